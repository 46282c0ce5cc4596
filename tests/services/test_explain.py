from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import ExplanationError, NotFoundError, RecengineError, SettingsError
from recengine.printing import plain
from recengine.services.case import Case
from recengine.services.changes import CATEGORIES, FEATURES, Change, counterfactual
from recengine.services.desk import profile_of
from recengine.services.explain import explain, in_steps, receipt
from recengine.services.recommend import guest, recommend
from recengine.services.runs import TrainSpec, load_run_model
from recengine.services.training import train
from recengine.services.why_not import ways_in, why_not
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

Put = Callable[[Workspace, Dataset], str]


@pytest.fixture(scope="module")
def shop(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A copy of it, in which more may be trained."""
    root = tmp_path_factory.mktemp("explained") / "home"
    shutil.copytree(shop.ws.root, root)
    return Shop(Workspace(root), shop.runs)


@pytest.fixture(scope="module")
def towers(shop: Shop) -> str:
    """A run of a model that reads features of people and of items."""
    name = shop.runs["ease"].spec.dataset
    spec = TrainSpec(dataset=name, model="two-tower", settings={"epochs": 3, "dims": 16}, repeats="new")
    return train(shop.ws, spec).id


def first_item(shop: Shop, run_id: str, person: str = "u1") -> str:
    return str(recommend(shop.ws, run_id, person, 5).rows["item_id"].iloc[0])


@pytest.mark.parametrize("question", ["score", "ahead"])
@pytest.mark.parametrize("model", ["ease", "habit", "towers"])
def test_base_and_reasons_make_the_score_and_the_place_is_that_of_the_list(
    shop: Shop, towers: str, model: str, question: str
) -> None:
    run_id = towers if model == "towers" else shop.runs[model].id
    listed = recommend(shop.ws, run_id, "u1", 5).rows
    told = explain(shop.ws, run_id, "u1", str(listed["item_id"].iloc[2]), question=question, k=5)  # type: ignore[arg-type]
    assert told.base + told.frame()["effect"].sum() == pytest.approx(told.score, abs=1e-4)
    assert told.rank == 3
    assert told.frame()["effect"].abs().is_monotonic_decreasing
    if told.frame()["effect"].any():  # what is new means nothing to habit
        assert told.frame()["share"].sum() == pytest.approx(1.0)
    if question == "score":
        assert told.score == pytest.approx(listed["score"].iloc[2], abs=1e-4)
    assert json.dumps(plain(told.as_dict()))


def test_only_a_model_that_reads_features_has_them_as_reasons_and_the_other_says_so(
    shop: Shop, towers: str
) -> None:
    reads = explain(shop.ws, towers, "u1", first_item(shop, towers))
    ignores = explain(shop.ws, shop.runs["ease"].id, "u1", first_item(shop, shop.runs["ease"].id))
    assert {"action", "person", "item"} <= set(reads.frame()["kind"])
    assert {"Group", "Age", "Taste"} <= set(reads.frame()["name"])
    assert reads.frame().set_index("name")["sensitive"]["Age"]
    assert reads.unit == "log-odds"
    assert set(ignores.frame()["kind"]) == {"action"}
    assert any("reads no features" in note for note in ignores.notes)
    assert ignores.unit == "points on the model's own scale"


def test_what_speaks_for_something_salty_is_salty(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    told = explain(shop.ws, run_id, "u1", first_item(shop, run_id))
    largest = told.frame().head(5)
    assert (largest["effect"] > 0).all()
    assert all(int(item_id[1:]) % 2 == 1 for item_id in largest["item_id"])
    assert all(value == "once" for value in largest["value"])
    assert all("2024" in detail for detail in largest["detail"])


def test_why_one_stands_above_another_shares_out_the_gap_between_their_scores(
    shop: Shop, towers: str
) -> None:
    listed = recommend(shop.ws, towers, "u1", 5).rows
    upper, lower = listed["item_id"].astype(str).iloc[[0, 3]]
    told = explain(shop.ws, towers, "u1", upper, against=lower)
    assert told.question == "above"
    assert told.score == pytest.approx(listed["score"].iloc[0] - listed["score"].iloc[3], abs=1e-4)
    assert "other" in set(told.frame()["kind"])
    assert (told.against, told.against_title) == (lower, listed["title"].iloc[3])


def test_many_past_actions_are_grouped_and_a_group_can_be_opened(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    item_id = first_item(shop, run_id)
    told = explain(shop.ws, run_id, "u1", item_id, most=6)
    groups = told.frame()[told.frame()["kind"] == "group"]
    assert 1 <= len(groups) < len(told.frame()) <= 6
    assert groups["name"].str.startswith("the rest of ").all()
    opened = explain(shop.ws, run_id, "u1", item_id, most=6, expand=list(groups["key"]))
    assert "group" not in set(opened.frame()["kind"])
    assert len(opened.frame()) == 20
    assert opened.score == pytest.approx(told.score)


def test_the_same_question_is_answered_once_and_others_anew(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    item_id = first_item(shop, run_id)
    told = explain(shop.ws, run_id, "u1", item_id)
    assert explain(shop.ws, run_id, "u1", item_id).codes is told.codes
    for other in (
        explain(shop.ws, run_id, "u3", item_id),
        explain(shop.ws, run_id, "u1", item_id, question="ahead"),
        explain(shop.ws, run_id, "u1", item_id, most=6),
    ):
        assert other.codes is not told.codes


def test_a_sampled_answer_comes_in_two_steps_and_a_known_one_at_once(shop: Shop, towers: str) -> None:
    item_id = first_item(shop, towers, "u5")
    first, fine = in_steps(shop.ws, towers, "u5", item_id, question="ahead")
    assert first.samples < fine.samples
    assert first.score == fine.score
    (known,) = in_steps(shop.ws, towers, "u5", item_id, question="ahead")
    assert known.codes is fine.codes


def test_several_at_once_are_told_what_each_is_told_alone(shop: Shop, towers: str) -> None:
    people = [f"u{code}" for code in range(10, 16)]
    item_id = first_item(shop, towers)

    def effects(person: str, seed: int) -> np.ndarray:
        case = Case.of(shop.ws, towers, person, item_id, most=40, k=10)
        return case.explanation("score", "first", seed).effects_P

    state = np.random.get_state(legacy=False)["state"]["key"].copy()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda person: effects(person, 7), people))
    assert (np.random.get_state(legacy=False)["state"]["key"] == state).all()
    for person, found in zip(people, together, strict=True):
        case = Case.of(shop.ws, towers, person, item_id, most=39, k=10)  # kept apart from the above
        np.testing.assert_allclose(found, case.explanation("score", "first", 7).effects_P, atol=1e-6)


def rank_without(shop: Shop, run_id: str, change: Change, item_id: str) -> int:
    """The item's place once the past actions named are taken away, worked out by hand."""
    case = Case.of(shop.ws, run_id, "u1", item_id, most=40, k=10)
    data, profile = case.desk.dataset, profile_of(case.desk.dataset, ["u1"])
    gone = data.items.codes(change.removed["item_id"], "item")
    scores = load_run_model(shop.ws, run_id).score(profile.where(~np.isin(profile.items, gone)))[0]
    return int((scores[case.eligible] > scores[case.item]).sum()) + 1


def test_what_would_change_it_does_change_it(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    item_id = str(recommend(shop.ws, run_id, "u1", 10, repeats="new").rows["item_id"].iloc[8])
    change = counterfactual(shop.ws, run_id, "u1", item_id, repeats="new", k=10)
    assert change.found
    assert change.rank == 9
    assert change.rank_after > 10
    assert change.rank_after == rank_without(shop, run_id, change, item_id)
    assert "9th" in change.sentence
    assert json.dumps(plain(change.as_dict()))


def test_features_and_categories_can_be_taken_away_too(shop: Shop, towers: str) -> None:
    item_id = first_item(shop, towers)
    by_feature = counterfactual(shop.ws, towers, "u1", item_id, kinds=FEATURES, k=3)
    by_category = counterfactual(shop.ws, towers, "u1", item_id, kinds=CATEGORIES, k=3)
    assert by_feature.sentence
    assert by_category.sentence
    assert set(by_category.removed["kind"]) <= {"group"}
    assert all(name.startswith("all of ") for name in by_category.removed["name"])


def test_why_not_tells_the_place_and_what_the_last_of_the_list_has_over_it(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    found = why_not(shop.ws, run_id, "u1", "i58", repeats="new", k=10)
    assert found.reason == "ranked"
    assert found.rank > 10
    last = recommend(shop.ws, run_id, "u1", 10, repeats="new").rows.iloc[9]
    assert (found.last, found.last_title) == (last["item_id"], last["title"])
    assert found.outdone
    assert explain(shop.ws, run_id, "u1", found.last, against="i58").score > 0
    assert json.dumps(plain(found.as_dict()))


def test_why_not_says_that_it_was_had_before_where_only_new_things_are_listed(
    shop: Shop, two_tastes: Dataset
) -> None:
    run_id = shop.runs["ease"].id
    had = two_tastes.interactions.frame.query("user == 1")["item"].iloc[0]
    found = why_not(shop.ws, run_id, "u1", f"i{had}", repeats="new", k=10)
    assert found.reason == "seen"
    assert not found.outdone
    assert "had it before" in found.sentence
    told = explain(shop.ws, run_id, "u1", f"i{had}", repeats="new")
    assert told.rank == 0
    assert any("cannot be on this list" in note for note in told.notes)


def test_what_would_bring_it_in_does_bring_it_in(shop: Shop) -> None:
    run_id, name = shop.runs["ease"].id, shop.runs["ease"].spec.dataset
    had = ["i1", "i3"]
    person = guest(shop.ws, name, had)
    item_id = str(recommend(shop.ws, run_id, person, 10, repeats="both").rows["item_id"].iloc[7])
    ways = ways_in(shop.ws, run_id, person, item_id, repeats="both", k=5)
    assert len(ways.added)
    then = guest(shop.ws, name, [*had, *ways.added["item_id"]])
    listed = list(recommend(shop.ws, run_id, then, 5, repeats="both").rows["item_id"])
    assert listed.index(item_id) + 1 == ways.rank_after <= 5
    assert json.dumps(plain(ways.as_dict()))


def test_an_item_the_model_never_met_is_said_so(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    items = two_tastes.items
    more = replace(
        items,
        ids=pd.Index([*items.ids, "i60"], dtype="str"),
        features=pd.concat([items.features, items.features.tail(1)], ignore_index=True),
    )
    data = replace(two_tastes, items=more, fingerprint="abababababababab")
    run = train(ws, TrainSpec(dataset=put(ws, data), model="ease"))
    with pytest.raises(ExplanationError, match="has never met"):
        explain(ws, run.id, "u1", "i60")
    with pytest.raises(ExplanationError, match="has never met"):
        explain(ws, run.id, "u1", "i3", against="i60")
    assert why_not(ws, run.id, "u1", "i60").reason == "not in catalogue"


def test_somebody_without_a_past_is_told_what_then_counts(shop: Shop, towers: str) -> None:
    nobody = guest(shop.ws, shop.runs["ease"].spec.dataset, [])
    item_id = str(recommend(shop.ws, towers, nobody, 5).rows["item_id"].iloc[0])
    told = explain(shop.ws, towers, nobody, item_id)
    assert "action" not in set(told.frame()["kind"])
    assert told.rank == told.stranger_rank == 1
    assert any("no history" in note for note in told.notes)
    silent = explain(shop.ws, shop.runs["ease"].id, nobody, item_id)
    assert silent.frame().empty
    assert silent.base == silent.score
    assert silent.sentences["executive"]


def test_a_newcomer_is_explained_like_anybody(shop: Shop, towers: str) -> None:
    liked = guest(shop.ws, shop.runs["ease"].spec.dataset, ["i1", "i3"], {"age": 50, "group": "south"})
    told = explain(shop.ws, towers, liked, "i5")
    assert told.person == ""
    assert set(told.frame()["item_id"]) >= {"i1", "i3"}
    assert told.frame().set_index("name")["value"]["Age"] == "50"


@pytest.mark.parametrize("depth", ["executive", "analyst", "scientist"])
def test_a_model_that_gives_everyone_the_same_list_says_that_nobody_is_the_reason(
    shop: Shop, depth: str
) -> None:
    run_id = shop.runs["popularity"].id
    told = explain(shop.ws, run_id, "u1", first_item(shop, run_id))
    assert told.frame().empty
    assert "gives all people the same one" in told.sentences[depth]


def test_the_receipt_is_about_the_question_asked(shop: Shop, towers: str) -> None:
    item_id = first_item(shop, towers)
    exact = receipt(shop.ws, shop.runs["ease"].id, "u1", item_id)
    sampled = receipt(shop.ws, towers, "u1", item_id, question="ahead", precision="first")
    assert "stable" in {check.code for check in sampled.checks}
    assert exact.sentence.startswith(("Green", "Amber"))


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"run_id": "ease-99"}, NotFoundError, "no run 'ease-99'"),
        ({"person": "u999"}, NotFoundError, "no person 'u999' among 200"),
        ({"item_id": "i999"}, NotFoundError, "no item 'i999' among 60"),
        ({"against": "i999"}, NotFoundError, "no item 'i999'"),
        ({"against": "i1"}, SettingsError, "an item cannot be above itself"),
        ({"precision": "exact"}, SettingsError, "no precision 'exact'. There are: first"),
        ({"expand": ["person:age"]}, SettingsError, "as 'group:3' or 'action:17'; found 'person:age'"),
        ({"most": 0}, SettingsError, "room for at least 1 past action"),
        ({"k": 0}, SettingsError, "at least 1 place"),
    ],
)
def test_each_mistake_has_a_sentence_of_its_own(
    shop: Shop, change: dict[str, object], error: type[RecengineError], said: str
) -> None:
    asked: dict[str, object] = {"run_id": shop.runs["ease"].id, "person": "u1", "item_id": "i1"}
    with pytest.raises(error, match=said.replace(".", r"\.")):
        explain(shop.ws, **{**asked, **change})  # type: ignore[arg-type]

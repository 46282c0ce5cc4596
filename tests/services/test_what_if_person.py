from __future__ import annotations

import json
import shutil
import time

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import Repeats
from recengine.core.edits.person_edits import Without
from recengine.core.errors import EditError, NotFoundError, SettingsError
from recengine.core.profiles import Profiles
from recengine.core.split import MOMENT
from recengine.printing import plain
from recengine.services.changes import counterfactual
from recengine.services.datasets import load_dataset
from recengine.services.desk import profile_of
from recengine.services.recommend import guest, recommend
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.what_if_person import reasons, what_if_person
from recengine.services.what_if_person_known import features_read, known_of_item, known_of_person, past
from recengine.services.what_if_person_words import outcome_of
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop


@pytest.fixture(scope="module")
def shop(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A copy of it, in which more may be trained."""
    root = tmp_path_factory.mktemp("edited") / "home"
    shutil.copytree(shop.ws.root, root)
    return Shop(Workspace(root), shop.runs)


@pytest.fixture(scope="module")
def towers(shop: Shop) -> str:
    """A run of a model that reads features of people and of items."""
    name = shop.runs["ease"].spec.dataset
    spec = TrainSpec(dataset=name, model="two-tower", settings={"epochs": 3, "dims": 16}, repeats="new")
    return train(shop.ws, spec).id


def had(shop: Shop, person: str = "u1") -> list[str]:
    """What they had, the latest first."""
    return list(past(shop.ws, shop.runs["ease"].id, person)["item_id"])


@pytest.mark.parametrize("repeats", ["new", "both", "again"])
@pytest.mark.parametrize("model", ["ease", "habit", "popularity", "towers"])
def test_before_is_the_persons_list_and_after_that_of_the_edited_profile(
    shop: Shop, towers: str, model: str, repeats: Repeats
) -> None:
    run_id = towers if model == "towers" else shop.runs[model].id
    first = had(shop)[0]
    told = what_if_person(shop.ws, run_id, "u1", [f"without {first}", "add i3 2 times"], repeats=repeats, k=8)
    listed = recommend(shop.ws, run_id, "u1", 8, repeats=repeats).rows
    before = told.rows[told.rows["rank_before"].between(1, 8)].sort_values("rank_before")
    assert before["item_id"].tolist() == listed["item_id"].tolist()
    np.testing.assert_allclose(before["score_before"], listed["score"], rtol=1e-6)

    data = load_dataset(shop.ws, "two tastes")
    whole = profile_of(data, ["u1"])
    rest = whole.where(whole.items != data.items.codes([first])[0])
    edited = Profiles.new(
        [*rest.items, 3, 3],
        now=float(whole.now[0]),
        times=[*rest.times, *[float(whole.now[0]) - MOMENT] * 2],
        features=dict(whole.features.iloc[0]),
    )
    listed = recommend(shop.ws, run_id, edited, 8, repeats=repeats).rows
    after = told.rows[told.rows["rank_after"].between(1, 8)]
    assert after["item_id"].tolist() == listed["item_id"].tolist()
    np.testing.assert_allclose(after["score_after"], listed["score"], rtol=1e-5)
    assert after["had"].tolist() == listed["had"].tolist()
    np.testing.assert_allclose(after["probability_after"], listed["probability"], rtol=1e-5)


def test_arrows_say_what_entered_left_rose_and_fell(shop: Shop) -> None:
    edits = [f"without {item}" for item in had(shop)[:10]]
    told = what_if_person(shop.ws, shop.runs["ease"].id, "u1", edits, k=10)
    for row in told.rows.itertuples():
        was, will = row.rank_before, row.rank_after
        inside = 1 <= will <= 10
        wanted = ("same" if was == will else "up" if will < was else "down") if was else "entered"
        wanted = "entered" if inside and not 1 <= was <= 10 else wanted if inside else "left"
        assert row.change == wanted
    assert {"entered", "left"} <= set(told.rows["change"])
    assert told.rows["rank_after"].head(10).tolist() == list(range(1, 11))


def test_nothing_changed_is_the_list_as_it_is(shop: Shop) -> None:
    told = what_if_person(shop.ws, shop.runs["ease"].id, "u1", [])
    assert (set(told.rows["change"]), told.sentence) == ({"same"}, "")
    assert told.finding == "Nothing is changed yet: this is the list as it is."
    assert told.edits.empty


def test_features_of_the_person_move_a_model_that_reads_them_and_others_say_so(
    shop: Shop, towers: str
) -> None:
    now = known_of_person(shop.ws, towers, "u3")
    other = "north" if now["group"] != "north" else "south"
    told = what_if_person(shop.ws, towers, "u3", [f"group = {other}", "age = 71.5"])
    assert not np.allclose(told.rows["score_before"], told.rows["score_after"])
    assert told.edits["back"].tolist() == [f"group = {now['group']}", f"age = {now['age']}"]
    assert told.sentence == f"Were their group {other} and their age 71.5"
    still = what_if_person(shop.ws, shop.runs["ease"].id, "u3", [f"group = {other}"])
    assert still.outcome == "the list stays as it is"
    assert still.notes[0].startswith("EASE #")
    assert "reads no features of people, so changing that changes nothing." in still.notes[0]


def test_an_item_described_otherwise_moves_and_the_others_keep_their_scores(shop: Shop, towers: str) -> None:
    first = str(recommend(shop.ws, towers, "u1", 10).rows["item_id"].iloc[0])
    known = known_of_item(shop.ws, towers, first)
    other = "salty" if known["taste"] == "sweet" else "sweet"
    told = what_if_person(shop.ws, towers, "u1", [f"taste of {first} = {other}", f"price of {first} = 50"])
    row = told.rows.set_index("item_id")
    assert row.loc[first, "swapped"]
    assert row.loc[first, "score_before"] != pytest.approx(row.loc[first, "score_after"])
    rest = told.rows[~told.rows["swapped"]]
    np.testing.assert_array_equal(rest["score_before"], rest["score_after"])
    before, after = reasons(shop.ws, towers, "u1", [f"taste of {first} = {other}"], first, precision="fine")
    for said in (before, after):
        assert said.base + said.frame()["effect"].sum() == pytest.approx(said.score, abs=1e-4)
    values = [
        said.frame().query("kind == 'item' and name == 'Taste'")["value"].item() for said in (before, after)
    ]
    assert values == [known["taste"], other]
    assert recommend(shop.ws, towers, "u1", 10).rows["item_id"].iloc[0] == first


def test_reasons_are_those_of_the_places_on_both_lists(shop: Shop) -> None:
    run_id, edits = shop.runs["ease"].id, [f"without {item}" for item in had(shop)[:6]]
    told = what_if_person(shop.ws, run_id, "u1", edits)
    for item_id in told.rows["item_id"].iloc[[0, -1]]:
        before, after = reasons(shop.ws, run_id, "u1", edits, item_id)
        row = told.rows.set_index("item_id").loc[item_id]
        assert (before.rank, after.rank) == (row["rank_before"], row["rank_after"])
        assert before.score == pytest.approx(row["score_before"], abs=1e-4)
        assert after.score == pytest.approx(row["score_after"], abs=1e-4)


def test_what_an_explanation_says_would_happen_happens(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    last = str(recommend(shop.ws, run_id, "u1", 10, repeats="both").rows["item_id"].iloc[-1])
    change = counterfactual(shop.ws, run_id, "u1", last, repeats="both")
    assert change.found
    edits = [Without(removed).text for removed in change.removed["item_id"]]
    told = what_if_person(shop.ws, run_id, "u1", edits, repeats="both")
    row = told.rows.set_index("item_id").loc[last]
    assert (row["rank_before"], row["rank_after"]) == (change.rank, change.rank_after)


def test_a_newcomer_can_be_edited_like_anybody(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    nobody = guest(shop.ws, "two tastes", [])
    told = what_if_person(shop.ws, run_id, nobody, ["add i4", "add i6"], k=5)
    assert told.person == ""
    wanted = recommend(shop.ws, run_id, guest(shop.ws, "two tastes", ["i4", "i6"]), 5).rows["item_id"]
    assert told.rows["item_id"].head(5).tolist() == wanted.tolist()
    assert past(shop.ws, run_id, nobody).empty


def test_what_is_no_longer_had_may_be_listed_as_new_and_that_is_said(shop: Shop) -> None:
    first = had(shop)[0]
    told = what_if_person(shop.ws, shop.runs["ease"].id, "u1", [f"without {first}"], repeats="new", k=60)
    row = told.rows.set_index("item_id").loc[first]
    assert (row["rank_before"], row["change"]) == (0, "entered")
    assert any("counts as new to them" in note for note in told.notes)


def test_the_past_is_told_item_by_item_the_latest_first(shop: Shop) -> None:
    frame = past(shop.ws, shop.runs["ease"].id, "u1")
    profile = profile_of(load_dataset(shop.ws, "two tastes"), ["u1"])
    assert frame["times"].sum() == len(profile.items)
    assert frame["item_id"].is_unique
    assert frame["time"].is_monotonic_decreasing
    assert frame["item_id"].iloc[0] == f"i{profile.items[-1]}"


def test_what_a_model_reads_is_told(shop: Shop, towers: str) -> None:
    assert features_read(shop.ws, shop.runs["ease"].id) == ((), ())
    people, items = features_read(shop.ws, towers)
    assert set(people) == {"group", "age"}
    assert set(items) == {"taste", "tags", "price", "title"}


def test_what_is_not_there_is_said_before_anything_is_scored(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    with pytest.raises(EditError, match="no item 'i999'"):
        what_if_person(shop.ws, run_id, "u1", ["without i999"])
    with pytest.raises(NotFoundError, match="nobody"):
        what_if_person(shop.ws, run_id, "nobody", [])
    with pytest.raises(SettingsError, match="at least 1 place"):
        what_if_person(shop.ws, run_id, "u1", [], k=0)


def test_as_dict_is_plain_json(shop: Shop) -> None:
    told = what_if_person(shop.ws, shop.runs["popularity"].id, "u1", ["add i5"])
    read = json.loads(json.dumps(plain(told.as_dict())))
    assert read["edits"] == ["add i5"]
    assert read["items"][0]["item_id"] == told.rows["item_id"].iloc[0]


def rows_of(*moves: tuple[str, int, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(moves, columns=["title", "rank_before", "rank_after", "change"])
    return frame.assign(score_before=1.0, score_after=2.0)


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        (
            [("A", 1, 1, "same"), ("B", 5, 2, "entered"), ("C", 2, 3, "down"), ("D", 3, 4, "left")],
            "2 of the 3 places change: “B” enters in 2nd place and “D” leaves",
        ),
        (
            [("B", 5, 1, "entered"), ("A", 1, 3, "down"), ("C", 2, 2, "same"), ("D", 3, 4, "left")],
            "2 of the 3 places change: “B” enters in 1st place, “D” leaves and “A” falls from 1st to 3rd",
        ),
        ([("A", 2, 1, "up"), ("B", 1, 2, "down")], "all 2 places change: “A” rises from 2nd to 1st"),
        (
            [(f"N{place}", 0, place, "entered") for place in (1, 2, 3)],
            "all 3 places change: 3 enter, first “N1” in 1st place",
        ),
        ([("A", 1, 0, "left")], "nothing is left that could be listed"),
        ([("A", 1, 1, "same"), ("B", 2, 0, "left")], "the list gets shorter: “B” leaves"),
        ([("A", 1, 1, "same")], "the list stays as it is; only scores move"),
        (
            [("A", 1, 1, "same"), ("X", 70, 31, "beyond")],
            "the list stays as it is; “X” rises from 70th to 31st",
        ),
    ],
)
def test_outcomes_in_words(moves: list[tuple[str, int, int, str]], said: str) -> None:
    assert outcome_of(rows_of(*moves), 3) == said


def test_an_item_on_neither_list_is_told_where_it_goes(shop: Shop, towers: str) -> None:
    last = str(recommend(shop.ws, towers, "u1", 60).rows["item_id"].iloc[-1])
    taste = "salty" if known_of_item(shop.ws, towers, last)["taste"] == "sweet" else "sweet"
    told = what_if_person(shop.ws, towers, "u1", [f"taste of {last} = {taste}"], k=3)
    (row,) = told.rows[told.rows["change"] == "beyond"].itertuples()
    assert (row.item_id, row.swapped) == (last, True)
    assert (row.rank_before, row.rank_after > 3) == (40, True)
    assert row.score_before != pytest.approx(row.score_after)
    assert told.outcome.startswith("the list stays as it is")


def test_it_answers_at_once(shop: Shop) -> None:
    """300 ms of compute are allowed for the sample; this is far smaller."""
    what_if_person(shop.ws, shop.runs["ease"].id, "u2", [])
    started = time.process_time()
    for item in had(shop, "u2")[:5]:
        what_if_person(shop.ws, shop.runs["ease"].id, "u2", [f"without {item}"])
    assert (time.process_time() - started) / 5 < 0.1

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import TIME, USER
from recengine.core.dataset import About, Dataset, Entities
from recengine.core.errors import NotFoundError, SettingsError
from recengine.services.datasets import load_dataset
from recengine.services.desk import profile_of
from recengine.services.recommend import guest, recommend, recommend_all
from recengine.services.runs import TrainSpec, load_run_model, run_catalogue
from recengine.services.training import split_of, train
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

Put = Callable[[Workspace, Dataset], str]
SWEET = [f"i{code}" for code in range(0, 60, 2)]  # what people with an even code like


def test_a_list_is_the_models_best_items_under_their_names(shop: Shop, two_tastes: Dataset) -> None:
    run = shop.runs["ease"]
    listed = recommend(shop.ws, run.id, "u4", 5)
    model = load_run_model(shop.ws, run.id)
    ranking = model.top_k(
        profile_of(two_tastes, ["u4"]), 5, repeats="new", catalogue_I=run_catalogue(shop.ws, run.id)
    )
    assert listed.rows["rank"].tolist() == [1, 2, 3, 4, 5]
    assert listed.rows["item_id"].tolist() == [f"i{code}" for code in ranking.items_UK[0]]
    assert listed.rows["title"].tolist() == two_tastes.items.labels(ranking.items_UK[0])
    np.testing.assert_allclose(listed.rows["score"], ranking.scores_UK[0])
    assert set(listed.rows["category"]) == {"sweet"}
    assert (listed.person, listed.repeats, listed.badges, listed.note) == ("u4", "new", (), "")


def test_a_probability_falls_with_the_score_and_is_one_of_many_items(shop: Shop) -> None:
    rows = recommend(shop.ws, shop.runs["ease"].id, "u4", 10).rows
    assert rows["probability"].between(0, 1).all()
    assert rows["probability"].is_monotonic_decreasing


def test_the_question_decides_what_may_be_listed(shop: Shop, two_tastes: Dataset) -> None:
    had = {f"i{code}" for code in profile_of(two_tastes, ["u4"]).items}
    new, again, both = (
        recommend(shop.ws, shop.runs["ease"].id, "u4", 10, repeats=repeats).rows
        for repeats in ("new", "again", "both")
    )
    assert had.isdisjoint(new["item_id"])
    assert set(again["item_id"]) <= had
    assert set(both["badges"]) == {"seen", ""} or set(both["badges"]) == {"seen"}
    assert (both["badges"].eq("seen") == both["item_id"].isin(had)).all()
    assert (again["had"] >= 1).all()


def test_a_newcomer_with_three_sweet_items_is_offered_sweet_ones(shop: Shop) -> None:
    profile = guest(shop.ws, "two tastes", ["i0", "i2", "i4"], {"age": "31", "group": "north"})
    assert profile.features.iloc[0].to_dict() == {"age": 31.0, "group": "north"}
    assert (np.diff(profile.times) > 0).all()
    assert (profile.times < profile.now[0]).all()
    listed = recommend(shop.ws, shop.runs["ease"].id, profile, 10)
    assert listed.person == ""
    assert set(listed.rows["item_id"]) <= set(SWEET) - {"i0", "i2", "i4"}


def test_a_person_without_a_history_gets_what_is_popular_and_a_badge(shop: Shop, two_tastes: Dataset) -> None:
    listed = recommend(shop.ws, shop.runs["ease"].id, guest(shop.ws, "two tastes", []), 5)
    assert listed.badges == ("fallback",)
    assert "no history" in listed.note
    popular = two_tastes.interactions.frame["item"].value_counts()
    assert listed.rows["item_id"].tolist()[:2] == [f"i{code}" for code in popular.index[:2]]


def test_a_model_that_is_the_same_for_all_says_so(shop: Shop) -> None:
    listed = recommend(shop.ws, shop.runs["popularity"].id, "u4", 3)
    assert listed.badges == ("not personal",)
    assert "everyone the same" in listed.note


def test_a_list_that_runs_out_of_items_says_so(shop: Shop) -> None:
    listed = recommend(shop.ws, shop.runs["ease"].id, "u4", 50, repeats="again")
    assert len(listed.rows) == 20
    assert listed.badges == ("short",)


def test_a_history_the_model_has_never_met_is_cold(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    """One more person, whose only event is the last of all: an item that nobody had before."""
    late = pd.DataFrame(
        {"user": [200], "item": [60], "time": [two_tastes.interactions.column(TIME)[-1] + 1.0]}
    )
    events = pd.concat([two_tastes.interactions.frame, late.assign(weight=1.0)])
    dataset = replace(
        two_tastes,
        interactions=two_tastes.interactions.sorted(events),
        users=Entities.bare(f"u{code}" for code in range(201)),
        items=Entities.bare(f"i{code}" for code in range(61)),
        fingerprint="c01dc01dc01dc01d",
    )
    run = train(ws, TrainSpec(dataset=put(ws, dataset), model="ease"))
    listed = recommend(ws, run.id, "u200", 5)
    assert listed.badges == ("cold",)
    assert "i60" not in set(listed.rows["item_id"])
    assert (
        listed.rows["item_id"].tolist()
        == recommend(ws, run.id, guest(ws, "two tastes", []), 5).rows["item_id"].tolist()
    )


def test_everyones_lists_are_the_lists_of_each(shop: Shop, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    count = recommend_all(
        shop.ws, shop.runs["ease"].id, tmp_path / "all.parquet", 5, progress=lambda *done: seen.append(done)
    )
    table = pd.read_parquet(tmp_path / "all.parquet")
    assert (count, len(table), seen[-1]) == (200, 1000, (200, 200))
    mine = table[table["person"] == "u4"]
    alone = recommend(shop.ws, shop.runs["ease"].id, "u4", 5).rows
    assert mine["item_id"].tolist() == alone["item_id"].tolist()
    np.testing.assert_allclose(mine["probability"], alone["probability"])
    assert not table["fallback"].any()


def test_everyones_lists_as_csv_hold_the_same(shop: Shop, tmp_path: Path) -> None:
    for name in ("all.csv", "all.parquet"):
        recommend_all(shop.ws, shop.runs["habit"].id, tmp_path / name, 3)
    text = pd.read_csv(tmp_path / "all.csv")
    pd.testing.assert_frame_equal(
        text, pd.read_parquet(tmp_path / "all.parquet"), check_dtype=False, rtol=1e-6
    )


def test_lists_go_into_no_unknown_kind_of_file(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"'lists.xlsx' ends in no format that can be written. Use .parquet or .csv"
    ):
        recommend_all(shop.ws, shop.runs["ease"].id, tmp_path / "lists.xlsx")
    with pytest.raises(SettingsError, match="there is no folder"):
        recommend_all(shop.ws, shop.runs["ease"].id, tmp_path / "nowhere" / "lists.csv")


def test_unknown_people_items_and_features_are_named(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    with pytest.raises(NotFoundError, match="no person 'u4000'"):
        recommend(shop.ws, run_id, "u4000")
    with pytest.raises(NotFoundError, match="no item 'tea'"):
        guest(shop.ws, "two tastes", ["tea"])
    with pytest.raises(SettingsError, match="no feature 'agee' in 'two tastes'. Did you mean 'age'"):
        guest(shop.ws, "two tastes", [], {"agee": 3})
    with pytest.raises(SettingsError, match="'age' is a number; found 'old'"):
        guest(shop.ws, "two tastes", [], {"age": "old"})


def test_a_run_recommends_from_the_data_it_was_trained_on(shop: Shop) -> None:
    data = load_dataset(shop.ws, "two tastes")
    assert split_of(shop.ws, shop.runs["ease"].id).before_test.num_items == data.num_items
    assert (data.interactions.frame[USER] == 4).sum() == 20


def test_a_list_as_json_is_what_the_command_line_promises(shop: Shop) -> None:
    described = recommend(shop.ws, shop.runs["ease"].id, "u4", 2, repeats="both").as_dict()
    assert (described["run"], described["person"], described["repeats"]) == ("ease-3", "u4", "both")
    assert set(described["items"][0]) == {
        *("rank", "item_id", "title", "category", "score", "probability", "had", "seen", "cold"),
    }


def test_no_probability_where_nobody_was_there_to_calibrate_on(
    ws: Workspace, dataset_of: Callable[..., Dataset], put: Put
) -> None:
    """Two events a person and the last one left out: nobody has a validation."""
    events = [(user, (user + place) % 4, 100.0 * place + user) for user in range(8) for place in range(2)]
    dataset = replace(dataset_of(events), about=About(repeats="new"))
    run = train(
        ws,
        TrainSpec.model_validate(
            {"dataset": put(ws, dataset), "model": "ease", "split": {"kind": "leave-last-out"}}
        ),
    )
    assert not run.likelihood
    assert recommend(ws, run.id, "u0").rows["probability"].isna().all()


@pytest.fixture(scope="module")
def arrivals(
    tmp_path_factory: pytest.TempPathFactory, two_tastes: Dataset, put: Put
) -> tuple[Workspace, str]:
    """A run of the two towers that never saw a sweet and a salty item; only features set them apart."""
    sweet = two_tastes.items.features["taste"].eq("sweet").to_numpy()
    late = [int(np.flatnonzero(sweet)[-1]), int(np.flatnonzero(~sweet)[-1])]
    frame = two_tastes.interactions.frame
    known = two_tastes.interactions.where(~frame["item"].isin(late).to_numpy())
    last = {"user": [0, 1], "item": late, "time": [known.column(TIME)[-1] + 1.0] * 2, "weight": [1.0] * 2}
    events = two_tastes.interactions.sorted(pd.concat([known.frame, pd.DataFrame(last)]))
    dataset = replace(two_tastes, interactions=events, fingerprint="a441a1a441a1a441")
    ws = Workspace(tmp_path_factory.mktemp("arrivals"))
    spec = TrainSpec(dataset=put(ws, dataset), model="two-tower", settings={"epochs": 12})
    return ws, train(ws, spec).id


def test_items_that_nobody_had_are_listed_by_their_features_and_say_so(
    arrivals: tuple[Workspace, str],
) -> None:
    """Before other sweet ones, to whom likes sweet; after the salty ones they come for the others."""
    (ws, run_id), rank = arrivals, {}
    for taste, liked in (("sweet", ["i0", "i2", "i4"]), ("salty", ["i1", "i3", "i5"])):
        listed = recommend(ws, run_id, guest(ws, "two tastes", liked), 60)
        assert listed.badges == ("short",)
        cold = listed.rows[listed.rows["badges"] == "cold"].set_index("category")["rank"]
        assert len(cold) == 2
        rank[taste] = cold
        assert [row["cold"] for row in listed.as_dict()["items"]].count(True) == 2
    assert rank["sweet"]["sweet"] <= 30 < rank["sweet"]["salty"]
    assert rank["salty"]["salty"] <= 30 < rank["salty"]["sweet"]


def test_someone_without_a_history_is_served_by_their_features_and_a_badge_says_so(
    arrivals: tuple[Workspace, str],
) -> None:
    (ws, run_id), lists = arrivals, {}
    for group in ("north", "south"):
        listed = recommend(ws, run_id, guest(ws, "two tastes", [], {"group": group}), 10)
        assert listed.badges == ("features",)
        assert "known of the person" in listed.note
        lists[group] = set(listed.rows["category"].head(5))
    assert lists["north"] != lists["south"]
    assert recommend(ws, run_id, guest(ws, "two tastes", []), 5).badges == ("fallback",)

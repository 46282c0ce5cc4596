from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import About, Dataset
from recengine.core.errors import NotFoundError
from recengine.services import compare
from recengine.services.exam import examine
from recengine.services.overview import Overview, Tile, ensure_first_models, overview
from recengine.services.recommend import example_person
from recengine.services.runs import TrainSpec, list_runs, run_report
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

Put = Callable[[Workspace, Dataset], str]


def ids(shop: Shop) -> list[str]:
    return [run.id for run in shop.runs.values()]


def test_runs_on_one_test_share_a_board_with_the_baselines(shop: Shop) -> None:
    (board,) = compare.leaderboard(shop.ws, "two tastes").exams
    assert board.current
    assert board.title == f"temporal split, only what is new, {board.num_people} people"
    assert board.rows["model"].iloc[0] == "EASE #3"
    assert board.rows["ndcg@10"].is_monotonic_decreasing
    assert board.rows["kind"].value_counts().to_dict() == {"run": 3, "baseline": 3}
    ease = board.intervals[
        (board.intervals["run_id"] == "ease-3") & (board.intervals["metric"] == "ndcg@10")
    ].iloc[0]
    assert ease["verdict"] == "better"
    assert ease["low"] < ease["value"] < ease["high"]


def test_another_question_is_another_board_and_the_newest_comes_first(
    ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    name = put(ws, two_tastes)
    for repeats in ("new", "both"):
        train(ws, TrainSpec.model_validate({"dataset": name, "model": "popularity", "repeats": repeats}))
    boards = compare.leaderboard(ws, name).exams
    assert [board.repeats for board in boards] == ["both", "new"]
    assert boards[0].key != boards[1].key
    table = compare.leaderboard(ws, name).frame()
    assert table.columns[0] == "exam"
    assert table["exam"].nunique() == 2


def test_a_dataset_without_runs_has_an_empty_board(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    board = compare.leaderboard(ws, put(ws, two_tastes))
    assert board.exams == []
    assert board.frame().empty
    with pytest.raises(NotFoundError):
        compare.leaderboard(ws, "nothing")


def test_a_board_on_older_data_says_so(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    train(ws, TrainSpec(dataset=put(ws, two_tastes), model="popularity"))
    put(ws, replace(two_tastes, fingerprint="beefbeefbeefbeef", about=About(source="again")))
    (board,) = compare.leaderboard(ws, "two tastes").exams
    assert not board.current


def test_a_metric_by_k_has_every_length_for_runs_and_baselines(shop: Shop) -> None:
    table = compare.metric_by_k(shop.ws, ids(shop), "recall")
    assert set(table["k"]) == {5, 10, 20}
    assert (table["run_id"] == "").sum() == 9
    ease = table[table["run_id"] == "ease-3"].set_index("k")["value"]
    assert ease[20] == shop.runs["ease"].metrics["recall@20"]
    assert ease.is_monotonic_increasing


def test_seeds_are_a_second_level_of_chance(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    name = put(ws, two_tastes)
    assert compare.over_seeds(ws, name).empty
    settings = {"epochs": 1, "dims": 4, "history": 4, "refit": False}
    specs = [
        TrainSpec.model_validate({"dataset": name, "model": "lstm", "settings": settings, "seed": seed})
        for seed in (0, 1, 2)
    ]
    lstms = [train(ws, spec) for spec in specs]
    train(ws, TrainSpec(dataset=name, model="popularity"))  # one seed alone is no row
    (row,) = compare.over_seeds(ws, name).to_dict(orient="records")
    values = np.array([run.metrics["ndcg@10"] for run in lstms])
    assert (row["model"], row["seeds"]) == ("lstm", 3)
    assert row["value"] == pytest.approx(values.mean())
    assert row["spread"] == pytest.approx(values.std(ddof=1))
    assert row["low"] < row["value"] < row["high"]
    best = max(lstms[0].baselines, key=lambda baseline: lstms[0].baselines[baseline]["ndcg@10"])
    assert row["baseline"] == best
    assert row["difference"] == pytest.approx(values.mean() - lstms[0].baselines[best]["ndcg@10"])


def test_training_curves_lie_over_each_other(shop: Shop) -> None:
    table = compare.curves(shop.ws, ids(shop), "ndcg@10")
    assert table.groupby("run_id").size().to_dict() == {"ease-3": 1, "habit-2": 1, "popularity-1": 1}
    assert compare.curves(shop.ws, [], "loss").empty


def test_likelihood_curves_and_confusion_agree_with_the_report(shop: Shop) -> None:
    curves = compare.likelihood_curves(shop.ws, ["ease-3"])
    assert curves.curves["threshold"].is_monotonic_decreasing
    like = run_report(shop.ws, "ease-3").plike
    assert like is not None
    table = compare.confusion(shop.ws, "ease-3", 0.5)
    assert table.to_numpy().sum() == len(like.labels)
    right = table.loc["chosen", "would like"] + table.loc["not chosen", "would not"]
    assert right / len(like.labels) == pytest.approx(shop.runs["ease"].metrics["accuracy"])
    assert curves.reliability["pairs"].sum() == len(like.labels)


def test_halves_are_told_apart_where_both_were_asked(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    """Everyone soon buys the same again: a habit is found, what is new is not."""
    events = two_tastes.interactions.frame
    again = events.iloc[-800:-400].assign(time=events["time"].iloc[-400:].to_numpy())
    mixed = two_tastes.interactions.sorted(pd.concat([events, again], ignore_index=True))
    dataset = replace(
        two_tastes, interactions=mixed, fingerprint="ba1fba1fba1fba1f", about=About(repeats="both")
    )
    run = train(ws, TrainSpec(dataset=put(ws, dataset), model="habit"))
    table = compare.halves(ws, [run.id]).set_index("half")
    assert set(table.index) == {"new", "again"}
    assert table.loc["again", "value"] > 2 * table.loc["new", "value"]
    assert compare.halves(ws, []).empty


def test_what_sets_a_run_apart_is_said_in_words(
    shop: Shop, ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    spec = {"dataset": put(ws, two_tastes), "model": "ease", "settings": {"regularisation": "9"}, "seed": 4}
    run = train(ws, TrainSpec.model_validate(spec))
    assert compare.settings_in_words(run) == "regularisation = 9.0, seed 4"
    assert compare.settings_in_words(shop.runs["ease"]) == ""


def test_a_run_is_examined_again_at_other_lengths(shop: Shop) -> None:
    examined = examine(shop.ws, "ease-3", ks=[3])
    assert set(examined.baselines) == set(shop.runs["ease"].baselines)
    assert examined.report.metrics["accuracy"] == pytest.approx(shop.runs["ease"].metrics["accuracy"])
    per_person = examined.people.set_index("person")
    assert per_person.index[0].startswith("u")
    assert per_person["ndcg@3"].mean() == pytest.approx(examined.report.metrics["ndcg@3"])
    assert examined.as_dict()["ks"] == [3]


def test_a_run_examined_as_it_was_gives_what_was_kept(shop: Shop) -> None:
    assert examine(shop.ws, "ease-3").report.metrics == dict(shop.runs["ease"].metrics)


def test_the_other_question_is_asked_of_other_people(shop: Shop) -> None:
    both = examine(shop.ws, "ease-3", repeats="both").report
    assert both.repeats == "both"
    assert np.isfinite(both.metrics["ndcg@10"])


def test_an_overview_of_nothing_says_so(ws: Workspace) -> None:
    found = overview(ws)
    assert (found.state, found.dataset, found.tiles, found.jobs) == ("empty", None, [], [])
    assert found.sentence == "Nothing is here yet: no data and no model."


def test_an_overview_of_data_without_models_says_so(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    put(ws, two_tastes)
    found = overview(ws)
    assert found.state == "empty"
    assert found.sentence == "'two tastes' is here with 4,000 events. No model has learnt from it yet."


def test_an_overview_speaks_of_the_best_run_against_the_best_rule(shop: Shop, two_tastes: Dataset) -> None:
    found = overview(shop.ws)
    assert found.state == "ready"
    assert found.best is not None
    assert found.best.id == "ease-3"
    hits = round(100 * found.best.metrics["hit_rate@10"])
    assert found.sentence.startswith(
        f"Of 100 lists of ten, EASE #3 puts something the person then chose on {hits};"
    )
    assert found.data_as_of == two_tastes.interactions.column("time")[-1]
    assert found.person is not None
    assert found.person.id == example_person(two_tastes)
    assert found.recommendations is not None
    assert len(found.recommendations.rows) == 10


def test_tiles_hold_the_run_against_a_baseline(shop: Shop) -> None:
    tile = tile_of(overview(shop.ws), "ndcg@10")
    metrics, baselines = shop.runs["ease"].metrics, shop.runs["ease"].baselines
    assert (tile.value, tile.baseline_value) == (metrics["ndcg@10"], baselines[tile.baseline]["ndcg@10"])
    assert tile.lift == pytest.approx(tile.value / tile.baseline_value - 1)
    assert tile.good is True
    assert tile.verdict.startswith("Better by")
    assert len(overview(shop.ws).tiles) == 5


def test_a_run_that_is_a_simple_rule_is_held_against_the_next_best_one(
    ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="popularity"))
    assert run.rule == "popularity"
    assert {one.baseline for one in run.comparisons} <= {"popularity-28d", "random"}
    found = overview(ws)
    assert (
        "That is a simple rule, and no trained model does better yet; the next best rule (" in found.sentence
    )
    assert all(tile.baseline in ("popularity-28d", "random") for tile in found.tiles)
    assert any(tile.lift != 0 for tile in found.tiles)


def test_a_trained_model_is_no_simple_rule(shop: Shop) -> None:
    assert [shop.runs[model].rule for model in ("popularity", "ease")] == ["popularity", ""]
    assert "; the best simple rule (popular of late) does on " in overview(shop.ws).sentence


def tile_of(found: Overview, metric: str) -> Tile:
    return next(tile for tile in found.tiles if tile.metric == metric)


def test_an_overview_shows_the_person_asked_for(shop: Shop) -> None:
    found = overview(shop.ws, person="u7")
    assert found.person is not None
    assert found.recommendations is not None
    assert (found.person.id, found.recommendations.person) == ("u7", "u7")
    with pytest.raises(NotFoundError, match="no person 'nobody'"):
        overview(shop.ws, person="nobody")


def test_a_workspace_with_data_gets_no_first_models(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    put(ws, two_tastes)
    assert ensure_first_models(ws) == []
    assert list_runs(ws) == []

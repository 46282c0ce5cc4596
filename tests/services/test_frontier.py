"""The frontier, against lists measured by hand."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER
from recengine.core.errors import SettingsError
from recengine.core.split import Split
from recengine.services.frontier import Frontier, dominated
from recengine.services.frontier_measures import Measure
from recengine.services.frontier_sweep import MOST, Axis, axes_of, settings_of
from recengine.services.frontier_work import KIND, measure_frontier, work
from recengine.services.processes import ProcessId
from recengine.services.strategies import save
from recengine.services.strategy_use import use
from recengine.services.tasks_queue import ask_to_stop, enter_inline
from recengine.services.tasks_worker import Report, Stopped
from recengine.services.training import split_of
from recengine.services.workspace import Workspace
from recengine.strategy import Boost, Diversify, Strategy

BASE = Strategy(name="dear", weights={"relevance": 1.0, "value price": 1.0})
SWEEP = [Axis("value price", (0.0, 1.0, 3.0)), Axis("variety", (0.0, 0.5))]
COVERAGE = Measure("coverage", "Coverage", "")
NDCG = Measure("ndcg", "NDCG", "", is_cost=True)


def swept(market: Workspace, lists: Path | None = None) -> Frontier:
    return measure_frontier(market, "ease-1", BASE, sweep=SWEEP, k=5, lists=lists)


def test_every_figure_is_what_its_lists_say(market: Workspace, tmp_path: Path) -> None:
    found = swept(market, tmp_path / "lists.parquet")
    lists, split = pd.read_parquet(tmp_path / "lists.parquet"), split_of(market, "ease-1")
    price = split.train.items.features["price"].set_axis(split.train.items.ids)
    known = set(split.train.items.ids[split.train.interactions.column(ITEM)])
    wanted = {
        person: {split.train.items.ids[item] for item in row}
        for person, row in zip(split.train.users.ids[split.validation.people], rows(split), strict=True)
    }
    people = sorted(set(lists["person"]))
    covered: list[float] = []
    by_hand: list[dict[str, dict[str, float]]] = []
    for _, of_setting in lists.groupby("setting"):
        listed = {person: rows_["item_id"].tolist() for person, rows_ in of_setting.groupby("person")}
        hits = {person: [item in wanted[person] for item in listed[person]] for person in people}
        covered.append(len(set(of_setting["item_id"])) / len(known))
        by_hand.append(
            {
                "ndcg": {one: ndcg_by_hand(hits[one], len(wanted[one])) for one in people},
                "hits": {one: float(sum(hits[one])) for one in people},
                "earned price": {
                    one: sum(price[item] for item in listed[one] if item in wanted[one]) for one in people
                },
            }
        )
    assert len(by_hand) == len(found.table) == 6
    assert found.num_people == len(people)
    assert found.frame()["coverage"].tolist() == pytest.approx(covered)
    for (_, row), figures in zip(found.frame().iterrows(), by_hand, strict=True):
        for name, of_person in figures.items():
            today = by_hand[0][name]
            assert row[name] == pytest.approx(np.mean(list(of_person.values())))
            apart = np.mean([of_person[one] - today[one] for one in people])
            assert row[f"{name}_difference"] == pytest.approx(apart, abs=1e-12)
            assert row[f"{name}_low"] <= apart + 1e-12
            assert row[f"{name}_high"] >= apart - 1e-12


def ndcg_by_hand(hits: list[bool], num_wanted: int) -> float:
    gained = sum(1 / math.log2(place + 2) for place, hit in enumerate(hits) if hit)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(num_wanted, len(hits))))


def rows(split: Split) -> list[NDArray[np.int64]]:
    """What each person of the validation chose that was new to them."""
    task = split.validation
    past = split.train.interactions.frame.groupby(USER)[ITEM].agg(set)
    found = np.split(task.targets.values, task.targets.offsets[1:-1])
    return [
        np.array([item for item in row if item not in past[person]], np.int64)
        for person, row in zip(task.people, found, strict=True)
    ]


def test_today_s_strategy_comes_first_and_differs_from_itself_by_nothing(market: Workspace) -> None:
    found = swept(market)
    first = found.frame().iloc[0]
    assert first["is_today"]
    assert first["setting"].startswith("today: lists as the run makes them")
    assert [first[f"{one.name}_difference"] for one in found.measures] == [0.0] * len(found.measures)
    assert found.frame()["is_today"].sum() == 1
    save(market, BASE, "ann")
    use(market, "two tastes", "dear", "ann")
    again = swept(market)
    assert again.today == "dear@1"
    assert again.strategy(0).weights == BASE.weights
    assert len(again.table) == len(found.table)


def test_a_heavier_price_costs_ndcg(market: Workspace) -> None:
    table = swept(market).frame()
    alone = table[table["variety"] == 0].sort_values("value price")
    assert alone["ndcg"].iloc[0] > alone["ndcg"].iloc[-1]


@pytest.mark.parametrize("seed", range(5))
def test_dominated_settings_are_those_of_brute_force(seed: int) -> None:
    goodness_SM = np.random.default_rng(seed).integers(0, 4, (12, 3)).astype(float)
    expected = [
        any(
            all(other >= one for other, one in zip(b, a, strict=True))
            and any(other > one for other, one in zip(b, a, strict=True))
            for b in goodness_SM.tolist()
        )
        for a in goodness_SM.tolist()
    ]
    assert dominated(goodness_SM).tolist() == expected


def test_a_measure_that_nobody_has_dominates_nothing() -> None:
    assert dominated(np.array([[1.0, np.nan], [2.0, np.nan]])).tolist() == [True, False]


def by_hand(coverage: list[float], ndcg: list[float]) -> Frontier:
    """A frontier with these figures, half a tenth of today's to either side of each difference."""
    table = pd.DataFrame({"setting": [f"s{number}" for number in range(len(ndcg))]})
    for name, values in (("coverage", coverage), ("ndcg", ndcg)):
        apart = np.array(values) - values[0]
        table[name], table[f"{name}_difference"] = values, apart
        table[f"{name}_low"], table[f"{name}_high"] = apart - 0.05 * values[0], apart + 0.05 * values[0]
    strategies = tuple(Strategy(name=f"s{number}") for number in range(len(ndcg)))
    return Frontier("ease-1", "today", table, (COVERAGE, NDCG), strategies, (), 9, 10, ())


def test_the_cheapest_setting_is_the_best_of_those_that_gain_enough() -> None:
    found = by_hand([0.2, 0.22, 0.24, 0.26, 0.30], [0.5, 0.49, 0.45, 0.47, 0.30])
    offer = found.cheapest("coverage", 0.2)
    assert offer.setting == 3
    assert offer.strategy == Strategy(name="s3")
    assert offer.sentence.startswith(
        "The cheapest setting that raises Coverage by 20 %: s3, with Coverage +30.0 % "
        "(95 % interval +25.0 to +35.0 %) and NDCG −6.0 %"
    )
    assert found.cheapest("coverage", 0.27, surely=True).setting == 4
    assert found.dominated("coverage", "ndcg").tolist() == [False, False, True, False, False]


def test_where_nothing_gains_enough_the_most_is_said() -> None:
    offer = by_hand([0.2, 0.22], [0.5, 0.49]).cheapest("coverage", 0.5)
    assert offer.setting is None
    assert offer.strategy is None
    assert offer.sentence.startswith(
        "No setting raises Coverage by 50 %. The most: s1, with Coverage +10.0 %"
    )
    with pytest.raises(SettingsError, match="'coverag' was not measured. Did you mean 'coverage'"):
        by_hand([0.2, 0.22], [0.5, 0.49]).cheapest("coverag")
    with pytest.raises(SettingsError, match="today's Coverage is 0"):
        by_hand([0.0, 0.2], [0.5, 0.4]).cheapest("coverage")


def test_all_weights_are_combined_or_each_is_swept_alone_where_those_are_too_many() -> None:
    settings = settings_of(BASE, SWEEP)
    assert {tuple(one.values.values()) for one in settings} == set(
        itertools.product((0.0, 1.0, 3.0), (0.0, 0.5))
    )
    assert settings[0].strategy.weights == BASE.weights
    assert settings[0].words == "value price 1, variety 0"
    wide = tuple(float(number) for number in range(MOST))
    alone = settings_of(BASE, [Axis("novelty", wide), Axis("variety", (0.0, 0.5))])
    assert len(alone) == MOST + 1


def test_by_default_every_part_is_swept() -> None:
    full = BASE.model_copy(
        update={
            "boosts": (Boost(column="taste", value="salty", weight=2.0),),
            "diversify": Diversify(method="dpp"),
        }
    )
    assert [axis.part for axis in axes_of(full)] == ["value price", "boosts", "variety"]
    assert [axis.part for axis in axes_of(Strategy())] == ["novelty"]
    doubled = settings_of(full, [Axis("boosts", (2.0,))])[1].strategy
    assert doubled.boosts[0].weight == 4.0


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ([Axis("novelti", (1.0,))], "no term 'novelti'"),
        ([Axis("novelty", ())], "name the weights"),
        ([Axis("novelty", (1.0,)), Axis("novelty", (2.0,))], "can be swept once"),
        ([Axis("boosts", (1.0,))], "no boosts to sweep"),
        ([Axis("variety", (2.0,))], "variety|weight"),
    ],
)
def test_what_cannot_be_swept_is_said(axes: list[Axis], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_of(BASE, axes)


def test_columns_that_are_no_numbers_are_refused_before_anything_is_fitted(market: Workspace) -> None:
    with pytest.raises(SettingsError, match="no numeric column 'taste'"):
        measure_frontier(market, "ease-1", Strategy(), columns=["taste"])
    assert not (market.runs / "ease-1" / "validated").exists()


def test_a_task_finds_the_same_and_can_be_stopped(market: Workspace) -> None:
    spec = {
        "run": "ease-1",
        "strategy": BASE.model_dump(mode="json"),
        "columns": [],
        "k": 5,
        "people": 2000,
        "sweep": [[axis.part, list(axis.values)] for axis in SWEEP],
    }
    taken = enter_inline(market, KIND, "ease-1", spec, ProcessId.me())
    with Report(market, taken) as report:
        told = json.loads(json.dumps(work(market, spec, report)))
        pd.testing.assert_frame_equal(Frontier.of_dict(told).frame(), swept(market).frame())
        ask_to_stop(market, taken.id)
        with pytest.raises(Stopped):
            work(market, spec, report)

"""A simulation as a log: what off-policy evaluation makes of it is what the world knows."""

from __future__ import annotations

import pandas as pd
import pytest

from recengine.services.off_policy import earned, evaluate_tables
from recengine.services.simulation import Side, simulated_log
from recengine.strategy import Explore, Strategy
from recengine.strategy.simulate.log import SimulatedLog

EXPLORING = Strategy(name="exploring", candidates=5, explore=Explore(method="epsilon", amount=0.8))
DEAR = Strategy(name="dear", candidates=5, weights={"value price": 1.0})


@pytest.fixture(scope="module")
def log() -> SimulatedLog:
    return simulated_log("shop", Side(EXPLORING, "popularity"), days=8, people=400, k=2)


def test_every_place_is_there_with_its_propensity_and_its_true_value(log: SimulatedLog) -> None:
    places = log.places()
    assert list(places.groupby("list_id").size().unique()) == [2]
    assert places["propensity"].between(0, 1, inclusive="right").all()
    prices = places["item"].map(dict(zip(log.world.ids, log.world.value_I, strict=True)))
    pd.testing.assert_series_equal(places["true_value"], places["true_chance"] * prices, check_names=False)
    assert places["earned"].sum() == pytest.approx(places["true_value"].sum(), rel=0.3)


def test_events_are_what_was_taken(log: SimulatedLog) -> None:
    places, events = log.places(), log.events()
    assert events["event_id"].is_unique
    assert set(events["source"]) == {"simulated"}
    assert set(events["kind"]) == {"purchase"}
    assert (events["at"] > events["shown_at"]).all()
    again = earned(places.rename(columns={"list_id": "list"}), events, "revenue")
    pd.testing.assert_series_equal(again["reward"], places["earned"], check_names=False)


def test_off_policy_evaluation_finds_what_the_world_knows(log: SimulatedLog) -> None:
    shown = log.places().rename(columns={"list_id": "list", "earned": "reward"})
    planned = log.planned(DEAR).rename(columns={"list_id": "list"})
    found = evaluate_tables(shown, planned, thing="revenue").evaluation
    truth = planned["true_value"].sum() / planned["list"].nunique()
    best = found.estimates["sndr"]
    assert not found.refused
    assert best.low <= truth <= best.high


def test_what_chance_moved_by_scores_has_no_propensity() -> None:
    thompson = Strategy(explore=Explore(method="thompson", amount=1.0))
    told = simulated_log("feed", Side(thompson, "take rate"), days=2, people=30, k=3)
    assert told.places()["propensity"].isna().all()
    assert set(told.events()["kind"]) == {"click"}
    assert told.events()["value"].isna().all()

"""Two strategies side by side: the verdict, its interval, and what the world knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from recengine.core.errors import JobError, SettingsError
from recengine.services.simulation import Progress, Side, Simulated, simulate
from recengine.services.simulation_models import learner, scoring_models
from recengine.strategy import Strategy
from recengine.strategy.simulate import WORLDS, World

DAYS, WORLDS_EACH = 4, 3
GOOD, BAD = Side(Strategy(name="good"), "perfect"), Side(Strategy(name="bad"), "chance")


def small(
    world: str,
    sides: Sequence[Side | Strategy],
    replicates: int = WORLDS_EACH,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Simulated:
    return simulate(
        world,
        sides,
        days=DAYS,
        people=100,
        replicates=replicates,
        k=5,
        progress=progress,
        cancelled=cancelled,
    )


@pytest.fixture(scope="module")
def found() -> Simulated:
    return small("feed", [BAD, GOOD])


def test_what_is_better_by_construction_is_found_better_by_as_much(found: Simulated) -> None:
    earned = found.compared().set_index("measure").loc["earned"]
    assert earned["verdict"] == "better"
    assert earned["low"] <= earned["truth"] <= earned["high"]
    assert earned["truth"] > earned["first"]  # more than twice as much
    assert found.sentence.startswith("In the simulated social feed 'good' makes ")
    assert "more reading time a day with 100 members than 'bad'" in found.sentence
    assert "a real difference. The true difference" in found.sentence
    assert found.label.startswith("Simulated social feed: 100 made-up members")


def test_a_strategy_is_no_better_than_itself_and_meets_the_same_people() -> None:
    same = small("shop", [Strategy(), Strategy()])
    one, other = (part.drop(columns="strategy") for _, part in same.days.groupby("strategy", sort=False))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
    assert set(same.compared()["verdict"]) == {"no real difference"}
    assert same.names == ("as the run (ease)", "as the run (ease), again")
    assert "no real difference in revenue" in same.sentence


def test_one_world_tells_no_real_difference_from_chance() -> None:
    one = small("courses", [BAD, GOOD], replicates=1)
    assert set(one.compared()["verdict"]) == {"cannot be said"}
    assert "One world does not tell a real difference from chance" in one.sentence


def test_it_travels_as_json(found: Simulated) -> None:
    again = Simulated.from_dict(json.loads(json.dumps(found.as_dict())))
    pd.testing.assert_frame_equal(again.days, found.days)
    assert again.sentence == found.sentence


def test_curves_are_means_over_worlds(found: Simulated) -> None:
    curves = found.curves()
    first = curves.query("measure == 'earned' and strategy == 'good' and day == 1").iloc[0]
    values = found.days.query("strategy == 'good' and day == 1")["earned"]
    assert first["mean"] == pytest.approx(values.mean())
    assert first["high"] - first["mean"] == pytest.approx(4.303 * values.std() / 3**0.5, rel=1e-3)
    assert len(curves) == len(found.measures) * 2 * DAYS


def test_progress_is_told_and_it_can_be_stopped() -> None:
    heard: list[tuple[float, float]] = []
    with pytest.raises(JobError, match="stopped after 3 of 24 days"):
        small(
            "shop",
            [BAD, GOOD],
            progress=lambda done, of: heard.append((done, of)),
            cancelled=lambda: len(heard) == 3,
        )
    assert heard == [(1, 24), (2, 24), (3, 24)]


@pytest.mark.parametrize("name", scoring_models())
def test_every_model_can_learn_a_world(name: str) -> None:
    two = simulate("shop", [Side(Strategy(), name), BAD], days=2, people=40, replicates=1, k=5)
    assert np.isfinite(two.days["worth"]).all()


def test_mistakes_are_told_in_words() -> None:
    with pytest.raises(SettingsError, match="lstm takes too long for that"):
        learner("lstm", World.drawn(WORLDS["shop"], 20))
    with pytest.raises(SettingsError, match="no model 'eas' to score items. Did you mean 'ease'?"):
        simulate("shop", [Side(Strategy(), "eas"), BAD])
    with pytest.raises(SettingsError, match="two strategies are simulated side by side; found 1"):
        simulate("shop", [GOOD])
    with pytest.raises(SettingsError, match="days = 0"):
        simulate("shop", [GOOD, BAD], days=0)


def test_what_is_worse_is_called_so_in_the_words_of_the_domain() -> None:
    worse = small("courses", [GOOD, BAD])
    assert " fewer completions a day with 100 learners than 'good' (\N{MINUS SIGN}" in worse.sentence
    assert "'bad' is worse in popularity bias" not in worse.sentence

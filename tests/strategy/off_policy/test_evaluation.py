"""Whether a new strategy is better, on worlds where that is known."""

import json

import numpy as np
import pytest

from recengine.core.errors import DataError
from recengine.strategy.off_policy.evaluation import evaluate
from recengine.strategy.off_policy.log import Log
from recengine.strategy.off_policy.policy import Policy
from tests.benchmarks.bandits import Bandit

BANDIT = Bandit(explore=0.5, distance=1.0, rows=2000)
FOUND = evaluate(*BANDIT.draw(3))


def test_a_better_policy_is_found_better() -> None:
    assert FOUND.verdict == "better"
    assert FOUND.lift.mean == pytest.approx(FOUND.gain.mean / FOUND.today.mean)
    assert FOUND.gain.mean == pytest.approx(FOUND.estimates["sndr"].mean - FOUND.today.mean)


def test_every_estimate_that_uses_the_log_holds_the_true_value() -> None:
    value = BANDIT.value()
    assert all(told.low <= value <= told.high for name, told in FOUND.estimates.items() if name != "dm")


def test_a_worse_policy_is_found_worse() -> None:
    log, _ = BANDIT.draw(3)
    worst = Policy.dense(np.tile(np.eye(10)[0], (len(log), 1)))
    rewards = np.where(log.items == 0, 0.0, 1.0)
    found = evaluate(Log.of_actions(log.items, rewards, log.propensities, log.contexts), worst)
    assert found.gain.high < 0


def test_the_policy_that_was_shown_makes_no_difference() -> None:
    bandit = BANDIT.same_policy()
    found = evaluate(*bandit.draw(0))
    assert found.verdict == "no real difference"
    assert found.gain.mean == pytest.approx(0, abs=0.02)


def lists_by_place(lists: int = 3000) -> tuple[Log, Policy]:
    """Two places: item 0 earns most on the first, item 1 on the second; the new strategy knows it."""
    draw = np.random.default_rng(0)
    list_N, place_N = np.divmod(np.arange(2 * lists), 2)
    items = draw.integers(4, size=len(list_N))
    chance_N = np.where(items == place_N, 0.6, 0.1)
    rewards = (draw.random(len(items)) < chance_N).astype(np.float64)
    log = Log(list_N // 3, items, place_N, rewards, np.full(len(items), 0.25), lists=list_N)
    return log, Policy.fixed(place_N)


def test_a_list_is_worth_what_its_places_are() -> None:
    log, policy = lists_by_place()
    found = evaluate(log, policy)
    assert found.estimates["sndr"].mean == pytest.approx(1.2, abs=0.06)
    assert found.places["new"].sum() == pytest.approx(found.estimates["sndr"].mean)
    np.testing.assert_allclose(found.places["new"], [0.6, 0.6], atol=0.05)
    assert found.today.mean == pytest.approx(2 * (0.6 + 3 * 0.1) / 4, abs=0.03)
    assert found.support.effective == pytest.approx(3000 / 4, rel=0.1)
    assert any("item-position" in sentence for sentence in found.assumes)


def test_lists_of_one_person_are_no_more_sure_than_that_person() -> None:
    """Each person's lists all earn the same: ten lists of one tell what one would."""
    draw, people = np.random.default_rng(0), 300
    once = draw.random(people)
    items, policy = np.zeros(people, np.int64), Policy.fixed(np.zeros(people, np.int64))
    single = evaluate(Log.of_actions(items, once, np.ones(people)), policy)
    tenfold = np.repeat(np.arange(people), 10)
    rows = np.arange(10 * people)
    repeated = Log(tenfold, rows * 0, rows * 0, once[tenfold], np.ones(len(rows)), lists=rows)
    many = evaluate(repeated, Policy.fixed(rows * 0))
    assert many.today.high - many.today.low == pytest.approx(single.today.high - single.today.low, rel=0.01)


def test_equal_seeds_equal_answers() -> None:
    assert evaluate(*BANDIT.draw(3)).frame().equals(FOUND.frame())


def test_all_of_it_is_json() -> None:
    told = FOUND.as_dict()
    assert told["verdict"] == "better"
    assert json.dumps(told, default=float)


def test_a_policy_over_other_rows_is_said() -> None:
    log, _ = BANDIT.draw(0)
    with pytest.raises(DataError, match="2,000 rows and the policy answers for 1 of them"):
        evaluate(log, Policy.fixed(np.zeros(1, np.int64)))

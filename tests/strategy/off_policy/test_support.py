"""A log that cannot answer says why."""

from dataclasses import replace

import numpy as np
import pytest

from recengine.strategy.off_policy.evaluation import evaluate
from recengine.strategy.off_policy.log import Floats, Log
from recengine.strategy.off_policy.policy import Policy
from tests.benchmarks.bandits import ACTIONS, Bandit

LOG, POLICY = Bandit(explore=1.0, distance=0.5, rows=400).draw(0)


def codes(log: Log, policy: Policy) -> set[str]:
    return {refusal.code for refusal in evaluate(log, policy).refused}


def of_item(item: int, log: Log = LOG) -> Policy:
    return Policy.fixed(np.full(len(log), item))


def kept(rows: np.ndarray, log: Log = LOG) -> Log:
    assert log.contexts is not None
    return Log.of_actions(log.items[rows], log.rewards[rows], log.propensities[rows], log.contexts[rows])


def with_propensities(propensities: Floats) -> Log:
    return replace(LOG, propensities=propensities)


def test_a_good_log_is_not_refused() -> None:
    assert codes(LOG, POLICY) == set()


@pytest.mark.parametrize("lacking", [1, len(LOG)])
def test_propensities_that_are_missing(lacking: int) -> None:
    log = with_propensities(np.where(np.arange(len(LOG)) < lacking, np.nan, LOG.propensities))
    assert "no propensities" in codes(log, POLICY)


def test_the_model_alone_is_left_where_propensities_are_missing() -> None:
    found = evaluate(with_propensities(np.full(len(LOG), np.nan)), POLICY)
    assert list(found.estimates) == ["dm"]
    assert found.verdict == "cannot be said"


def test_a_row_that_was_shown_by_no_chance() -> None:
    assert "propensity zero" in codes(with_propensities(np.where(np.arange(400) == 3, 0, 0.1)), POLICY)


def test_nothing_left_to_chance() -> None:
    log = with_propensities(np.ones(len(LOG)))
    assert "no exploration" in codes(log, of_item(3))
    assert codes(log, Policy.fixed(LOG.items)) == set()


def test_an_item_that_was_never_shown() -> None:
    few = kept(LOG.items != 4)
    found = evaluate(few, of_item(4, few))
    assert [refusal.code for refusal in found.refused][:1] == ["unseen items"]
    assert found.support.unseen_items.tolist() == [4]


def test_an_item_that_could_not_be_shown_there() -> None:
    possible = (POLICY.items != 2) | (POLICY.rows % 2 == 0)
    assert "unseen items" in codes(LOG, replace(POLICY, possible=possible))


def test_part_of_the_policy_is_out_of_reach() -> None:
    """On half of the people the log could show the first five items alone."""
    draw, rows = np.random.default_rng(0), 2000
    narrow = np.arange(rows) % 2 == 0
    items = np.where(narrow, draw.integers(5, size=rows), draw.integers(ACTIONS, size=rows))
    log = Log.of_actions(items, draw.random(rows), np.where(narrow, 1 / 5, 1 / ACTIONS))
    assert "missing support" in codes(log, Policy.dense(np.full((rows, ACTIONS), 1 / ACTIONS)))


def test_propensities_that_are_too_small() -> None:
    assert "wrong propensities" in codes(with_propensities(LOG.propensities / 2), POLICY)


def test_too_few_lists_that_count() -> None:
    found = evaluate(LOG, of_item(3))
    assert found.support.effective == (LOG.items == 3).sum()
    assert "effective sample too small" in {refusal.code for refusal in found.refused}


def test_too_few_people() -> None:
    log = replace(LOG, persons=LOG.persons % 20)
    assert codes(log, POLICY) == {"too few people"}


def test_too_few_rewards() -> None:
    assert "too few rewards" in codes(
        replace(LOG, rewards=np.where(np.arange(400) < 20, LOG.rewards, 0.0)), POLICY
    )


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_log_of_hardly_anybody_is_refused_in_words(rows: int) -> None:
    policy = Policy.fixed(LOG.items[:rows])
    found = evaluate(kept(np.arange(rows)), policy)
    assert found.verdict == "cannot be said"
    assert "too few people" in {refusal.code for refusal in found.refused}

"""A log is checked at the door; a policy's chances add up."""

import numpy as np
import pytest

from recengine.core.errors import DataError
from recengine.strategy.off_policy.log import Log
from recengine.strategy.off_policy.policy import Policy

ITEMS, HALF = np.array([0, 1]), np.array([0.5, 0.5])


def test_rows_of_a_list_are_found_whatever_lists_and_people_are_called() -> None:
    log = Log(
        np.array([70, 70, 9]),
        np.arange(3),
        np.array([0, 1, 0]),
        np.ones(3),
        np.ones(3),
        lists=np.array([40, 40, 7]),
    )
    assert (log.num_lists, log.num_persons) == (2, 2)
    np.testing.assert_array_equal(log.by_person(np.array([1.0, 2.0, 4.0])), [4.0, 3.0])
    np.testing.assert_array_equal(log.lists_of_person, [1.0, 1.0])


@pytest.mark.parametrize(
    ("rewards", "propensities", "words"),
    [
        (np.array([np.nan, 0.0]), HALF, "rewards that are no finite numbers"),
        (np.zeros(2), np.array([0.5, 1.5]), "found 1.5"),
        (np.zeros(3), HALF, "equal lengths"),
    ],
)
def test_what_is_no_log_is_said(rewards: np.ndarray, propensities: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        Log.of_actions(ITEMS, rewards, propensities)


def test_a_place_shown_twice_is_said() -> None:
    with pytest.raises(DataError, match="more than once"):
        Log(ITEMS, ITEMS, np.zeros(2, np.int64), np.ones(2), np.ones(2), lists=np.zeros(2, np.int64))


def test_an_empty_log_is_said() -> None:
    with pytest.raises(DataError, match="empty"):
        Log.of_actions(ITEMS[:0], HALF[:0], HALF[:0])


def test_chances_that_do_not_add_up_are_said() -> None:
    with pytest.raises(DataError, match="from 0.9 to 1"):
        Policy.dense(np.array([[0.5, 0.4], [0.5, 0.5]]))


def test_a_policy_may_leave_a_place_empty() -> None:
    policy = Policy.dense(np.array([[0.25, 0.75], [0.0, 0.0]]))
    np.testing.assert_array_equal(policy.chance_of(np.array([1, 1])), [0.75, 0.0])
    np.testing.assert_array_equal(policy.expected(np.array([4.0, 8.0])), [7.0, 0.0])

"""Intervals of ratios that lean."""

import numpy as np
import pytest

from recengine.strategy.off_policy.interval import MOST_GROUPS, ratio_interval


def held(people: int, trials: int = 400) -> float:
    """How often the mean of a skewed number is in its interval."""
    draw, hits = np.random.default_rng(0), 0
    for _ in range(trials):
        found = ratio_interval(draw.exponential(size=people), np.ones(people))
        hits += found.low <= 1 <= found.high
    return hits / trials


def test_skewed_numbers_are_held_as_often_as_said() -> None:
    assert 0.93 <= held(60) <= 0.975


def test_the_interval_leans_where_the_numbers_do() -> None:
    found = ratio_interval(np.random.default_rng(0).exponential(size=40), np.ones(40))
    assert found.high - found.mean > 1.2 * (found.mean - found.low)


def test_people_count_by_their_lists() -> None:
    found = ratio_interval(np.array([4.0, 0.0, 3.0]), np.array([4.0, 1.0, 2.0]))
    assert found.mean == 1.0
    assert found.num_people == 3


def test_many_people_are_redrawn_in_groups() -> None:
    value = np.random.default_rng(0).normal(size=3 * MOST_GROUPS)
    found = ratio_interval(value, np.ones(len(value)))
    assert found.high - found.low == pytest.approx(2 * 1.96 / np.sqrt(len(value)), rel=0.1)


def test_what_never_varies_has_an_interval_of_no_width() -> None:
    found = ratio_interval(np.ones(50), np.ones(50))
    assert (found.low, found.high) == (1.0, 1.0)


@pytest.mark.parametrize(("over", "under"), [([1.0], [1.0]), ([1.0, 2.0], [0.0, 0.0])])
def test_one_person_or_nothing_to_divide_by_has_none(over: list[float], under: list[float]) -> None:
    found = ratio_interval(np.array(over), np.array(under))
    assert np.isnan([found.low, found.high]).all()

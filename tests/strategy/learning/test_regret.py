"""Means and regrets with intervals over people, by hand and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from recengine.strategy.learning.regret import cumulative_regret, mean_over_people


def test_regret_by_hand() -> None:
    value_WN = np.array([[1.0, 0.5, 1.0], [0.5, 1.0, 0.0]])
    found = cumulative_regret(value_WN, np.array([0, 0, 1]), np.array([7, 9, 7]), 2)
    assert found.best == 0
    assert found.value_WD.tolist() == [[0, 0], [0, 1]]  # day 0: 0.5 - 0.5; day 1: 1
    # people lost 1.5 and -0.5 by the end: sum 1, deviation sqrt(2), error sqrt(2) x sqrt(2) = 2
    assert found.high_WD[1, 1] == pytest.approx(1 + 1.959964 * 2)


def test_lists_of_one_person_count_as_one_draw() -> None:
    value, alone = np.array([0.0, 0.0, 1.0, 1.0]), mean_over_people(np.array([0.0, 1.0]), np.arange(2))
    twice = mean_over_people(value, np.array([3, 3, 5, 5]))
    assert twice == pytest.approx(alone)
    assert mean_over_people(value, np.arange(4)).high < twice.high
    assert np.isnan(mean_over_people(value, np.zeros(4, np.int64)).low)


def test_the_interval_covers_the_truth_95_times_in_100() -> None:
    draw, covered = np.random.default_rng(0), 0
    for _ in range(400):
        lists_P = draw.poisson(4, 60) + 1
        person_N = np.repeat(np.arange(60), lists_P)
        value_N = draw.normal(0.3, 0.2, 60)[person_N] + draw.normal(0, 0.1, len(person_N))
        found = mean_over_people(value_N, person_N)
        covered += found.low < 0.3 < found.high
    assert 0.92 < covered / 400 < 0.98

"""The shelf on four rows that can be done on paper, and on a log that obp 0.4.1 was asked about, too."""

import numpy as np
import pytest

from recengine.strategy.off_policy.estimators import ESTIMATORS, Parts

# w r = 0, 2, 4, 1; w (r - q) = -0.5, 1, 2, 0; the weights' sum is 7
FOUR = Parts(
    rewards=np.array([0.0, 2.0, 1.0, 1.0]),
    weights=np.array([1.0, 1.0, 4.0, 1.0]),
    modelled=np.array([0.5, 1.0, 0.5, 1.0]),
    expected=np.array([0.5, 0.5, 1.0, 1.0]),
)
BY_HAND = {
    "ips": (0 + 2 + 4 + 1) / 4,
    "clipped ips": (0 + 2 + 2 + 1) / 4,  # 4 cut to 2
    "snips": (0 + 2 + 4 + 1) / 7,
    "dm": 3 / 4,
    "dr": 3 / 4 + (-0.5 + 1 + 2 + 0) / 4,
    "sndr": 3 / 4 + (-0.5 + 1 + 2 + 0) / 7,
    "switch-dr": 3 / 4 + (-0.5 + 1 + 0) / 4,
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_estimate_is_the_one_on_paper(name: str) -> None:
    limit = 2.0 if ESTIMATORS[name].limited else np.inf
    assert ESTIMATORS[name].function(FOUR, limit).mean() == pytest.approx(BY_HAND[name], abs=1e-12)


def of_obp() -> tuple[Parts, np.ndarray]:
    """A log of 24 rows and four actions, for which obp 0.4.1 gives OBP."""
    row_N, action_A = np.arange(24), np.arange(4)
    items, propensities = row_N * 7 % 4, 0.1 + row_N * 3 % 5 / 10
    chance_NA = 1.0 + (row_N[:, None] * 3 + action_A * 5) % 7
    chance_NA /= chance_NA.sum(axis=1, keepdims=True)
    modelled_NA = (row_N[:, None] * 2 + action_A * 3) % 5 / 5
    weights, expected = chance_NA[row_N, items] / propensities, (chance_NA * modelled_NA).sum(axis=1)
    return Parts(row_N * 5 % 3 / 2, weights, modelled_NA[row_N, items], expected), row_N // 3


OBP = {
    "ips": 0.7747492513649634,
    "snips": 0.6831423148078549,
    "dm": 0.369588256242668,
    "dr": 0.7886285807057866,
    "sndr": 0.739080936290084,
    "switch-dr": 0.45967499072278484,  # tau = 1.5
}


@pytest.mark.parametrize("name", OBP)
def test_the_estimate_is_obps(name: str) -> None:
    parts, _ = of_obp()
    assert ESTIMATORS[name].function(parts, 1.5).mean() == pytest.approx(OBP[name], abs=1e-12)


def test_a_list_of_three_is_worth_what_obps_independent_ips_says() -> None:
    parts, lists = of_obp()
    value = ESTIMATORS["ips"].function(parts, np.inf).sum() / len(np.unique(lists))
    assert value == pytest.approx(2.3242477540948903, abs=1e-12)


@pytest.mark.parametrize("name", ["snips", "sndr"])
def test_a_linearised_spread_is_that_of_leaving_rows_out(name: str) -> None:
    """The jackknife of Quenouille: n times the estimate less n - 1 times the one without the row."""
    draw, rows = np.random.default_rng(0), 400
    parts = Parts(draw.random(rows), draw.random(rows), draw.random(rows), np.full(rows, 0.5))
    told_N = ESTIMATORS[name].function(parts, np.inf)
    left_out = [
        ESTIMATORS[name]
        .function(Parts(*(np.delete(part, row) for part in vars(parts).values())), np.inf)
        .mean()
        for row in range(rows)
    ]
    jackknife_N = rows * told_N.mean() - (rows - 1) * np.array(left_out)
    assert told_N.std() == pytest.approx(jackknife_N.std(), rel=0.02)

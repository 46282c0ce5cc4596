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

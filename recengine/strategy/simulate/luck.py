"""Luck that depends on who, what and when alone: two strategies meet the same people with the same luck.

Each number is drawn from its keys by SplitMix64 (Steele, Lea and Flood 2014), not from a stream: what one
strategy asks for does not move what another gets (common random numbers).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
VISIT, DEPTH, TAKE, FINISH, LEAVE, WARM_UP, SERVE, SHOWN = range(8)  # what luck is needed for


def luck(*keys: int | NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Evenly spread over [0, 1), one number for each combination of the keys, which are broadcast."""
    state = np.zeros(1, np.uint64)
    for key in keys:
        state = _mixed(state + np.uint64(GOLDEN) + np.asarray(key).astype(np.uint64))
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(FIRST)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(SECOND)
    return state ^ (state >> np.uint64(31))

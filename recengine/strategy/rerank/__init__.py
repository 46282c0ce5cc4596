"""The shelf of re-rankers. To add one: write its file, then add its line to RERANKERS.

Importing this loads numba; `serve` does so when lists are made.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits
from recengine.strategy.rerank.calibrated import calibrated
from recengine.strategy.rerank.dpp import dpp
from recengine.strategy.rerank.greedy import Groups, Lists, Tastes
from recengine.strategy.rerank.mmr import mmr
from recengine.strategy.rerank.plain import plain
from recengine.strategy.rerank.xquad import xquad

Columns = NDArray[np.int64]

RERANKERS: dict[str, Callable[[Lists, Limits, int, Groups, Tastes, float], Columns]] = {
    "none": lambda lists, limits, k, groups, tastes, weight: plain(lists, limits, k),
    "mmr": lambda lists, limits, k, groups, tastes, weight: mmr(lists, limits, k, groups, weight),
    "dpp": lambda lists, limits, k, groups, tastes, weight: dpp(lists, limits, k, groups, weight),
    "calibrated": calibrated,
    "xquad": xquad,
}

__all__ = ["RERANKERS", "Groups", "Lists", "Tastes"]

"""What is left to chance, and with what probability each item is shown at its place.

epsilon: on a share of the lists one open place (no pin), all alike likely, is given to an item drawn
evenly from all that may stand there: those on the list (they change places) and every candidate that
keeps all bounds in place of the one it drives out. So each probability is a short sum, and exact.

L lists, C candidates, K places.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Bounds
from recengine.strategy.pool import Pool
from recengine.strategy.strategy import Strategy

Columns = NDArray[np.int64]
Parts = dict[str, NDArray[np.float64]]


def leaning(strategy: Strategy, pool: Pool, draw: np.random.Generator) -> Parts:
    """What thompson or linucb adds to the score."""
    return {}


def explored(
    strategy: Strategy,
    pool: Pool,
    column_LK: Columns,
    pinned_LK: NDArray[np.bool_],
    open_LC: NDArray[np.bool_],
    bounds: Bounds,
    draw: np.random.Generator,
) -> tuple[Columns, NDArray[np.float64]]:
    """The columns that are shown, and the probability of each at its place; NaN where there is none."""
    return column_LK, np.where(column_LK >= 0, 1.0, np.nan)

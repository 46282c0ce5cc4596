"""Which candidates could stand in place of one that is listed, all bounds being kept.

Importing this loads numba. L lists, C candidates, K places, R bounds.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits


@numba.njit(cache=True, nogil=True)
def count_swaps(
    items_LC: NDArray[np.int32],
    open_LC: NDArray[np.bool_],
    column_LK: NDArray[np.int64],
    limits: Limits,
) -> NDArray[np.int64]:
    """How many candidates that are not listed could stand at each place, shape (L, K)."""
    found_LK = np.zeros(column_LK.shape, np.int64)
    for row in range(len(column_LK)):
        for place in range(column_LK.shape[1]):
            if column_LK[row, place] >= 0:
                found_LK[row, place] = len(swaps(items_LC[row], open_LC[row], column_LK[row], place, limits))
    return found_LK


@numba.njit(cache=True, nogil=True)
def swaps(
    items_C: NDArray[np.int32],
    open_C: NDArray[np.bool_],
    column_K: NDArray[np.int64],
    place: int,
    limits: Limits,
) -> NDArray[np.int64]:
    """The columns of the candidates that are not listed and could stand at this place of one list."""
    have_R, free_C = np.zeros(len(limits.low), np.int64), open_C.copy()
    for column in column_K:
        if column >= 0:
            free_C[column] = False
            item = items_C[column]
            for entry in range(limits.offsets[item], limits.offsets[item + 1]):
                have_R[limits.ids[entry]] += 1
    old = items_C[column_K[place]]
    for entry in range(limits.offsets[old], limits.offsets[old + 1]):
        have_R[limits.ids[entry]] -= 1
    found_C, size = np.empty(len(items_C), np.int64), 0
    for column in range(len(items_C)):
        if free_C[column] and _keeps(items_C[column], old, have_R, limits):
            found_C[size] = column
            size += 1
    return found_C[:size]


@numba.njit(cache=True, nogil=True)
def _keeps(new: int, old: int, have_R: NDArray[np.int64], limits: Limits) -> bool:
    """Whether the new item breaks no bound in place of the old one, which is not counted any more."""
    for entry in range(limits.offsets[new], limits.offsets[new + 1]):
        bound = limits.ids[entry]
        if have_R[bound] >= limits.high[bound] and not _counts(old, bound, limits):
            return False
    for entry in range(limits.offsets[old], limits.offsets[old + 1]):
        bound = limits.ids[entry]
        if have_R[bound] < limits.low[bound] and not _counts(new, bound, limits):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _counts(item: int, bound: int, limits: Limits) -> bool:
    return bool((limits.ids[limits.offsets[item] : limits.offsets[item + 1]] == bound).any())

"""Whether a list that begins so can still keep its bounds: a search over what it still needs.

Importing this loads numba. C candidates, R bounds.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits

NO, YES, UNKNOWN = 0, 1, 2
STEPS = 2_000  # of one search; beyond them it is left to integer programming


@numba.njit(cache=True, nogil=True)
def reaches(
    items_C: NDArray[np.int32],
    open_C: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    low_R: NDArray[np.int64],
    limits: Limits,
    least: int,
    most: int,
) -> int:
    """Whether from `least` to `most` open candidates, those chosen among them, keep all bounds.

    Args:
        low_R: how many there must be of each, in place of the limits' own.
    """
    have_R, free_C = np.zeros(len(low_R), np.int64), open_C.copy()
    for column in chosen:
        free_C[column] = False
        _count(items_C[column], have_R, limits, 1)
    budget = np.array([STEPS])
    size = len(chosen)
    return _search(items_C, free_C, have_R, low_R, limits, least - size, most - size, budget)


@numba.njit(cache=True, nogil=True)
def _search(
    items_C: NDArray[np.int32],
    free_C: NDArray[np.bool_],
    have_R: NDArray[np.int64],
    low_R: NDArray[np.int64],
    limits: Limits,
    least: int,
    most: int,
    budget: NDArray[np.int64],
) -> int:
    """Try each candidate for the need that the fewest can meet; those alike are tried once."""
    budget[0] -= 1
    if budget[0] < 0:
        return UNKNOWN
    scarce = _scarcest(items_C, free_C, have_R, low_R, limits, most)
    if scarce == len(low_R):
        return YES if _fills(items_C, free_C, have_R, limits, least) else UNKNOWN
    found = NO
    closed_C = np.zeros(len(free_C), np.bool_)
    for column in range(len(items_C)):
        if scarce < 0 or found == YES:
            break
        item = items_C[column]
        if not free_C[column] or not _in(item, scarce, limits) or not _room(item, have_R, limits):
            continue
        for other in range(column, len(items_C)):
            if free_C[other] and _alike(item, items_C[other], limits):
                closed_C[other] = True
        free_C[column] = False
        _count(item, have_R, limits, 1)
        below = _search(items_C, free_C, have_R, low_R, limits, least - 1, most - 1, budget)
        _count(item, have_R, limits, -1)
        free_C &= ~closed_C  # a list with one of these would have been found
        found = below if below != NO else found
    free_C |= closed_C
    return found


@numba.njit(cache=True, nogil=True)
def _scarcest(
    items_C: NDArray[np.int32],
    free_C: NDArray[np.bool_],
    have_R: NDArray[np.int64],
    low_R: NDArray[np.int64],
    limits: Limits,
    most: int,
) -> int:
    """The unmet bound with the fewest candidates; R where all are met, -1 where one cannot be."""
    there_R, best = np.zeros(len(low_R), np.int64), len(low_R)
    for column in range(len(items_C)):
        if free_C[column] and _room(items_C[column], have_R, limits):
            _count(items_C[column], there_R, limits, 1)
    for bound in range(len(low_R)):
        need = low_R[bound] - have_R[bound]
        if need > min(there_R[bound], most):
            return -1
        if need > 0 and (best == len(low_R) or there_R[bound] < there_R[best]):
            best = bound
    return best


@numba.njit(cache=True, nogil=True)
def _fills(
    items_C: NDArray[np.int32],
    free_C: NDArray[np.bool_],
    have_R: NDArray[np.int64],
    limits: Limits,
    least: int,
) -> bool:
    """Whether taking what fits, one after the other, fills so many places."""
    full_R, taken = have_R.copy(), 0
    for column in range(len(items_C)):
        if taken >= least:
            break
        if free_C[column] and _room(items_C[column], full_R, limits):
            _count(items_C[column], full_R, limits, 1)
            taken += 1
    return taken >= least


@numba.njit(cache=True, nogil=True)
def _room(item: int, have_R: NDArray[np.int64], limits: Limits) -> bool:
    for entry in range(limits.offsets[item], limits.offsets[item + 1]):
        if have_R[limits.ids[entry]] >= limits.high[limits.ids[entry]]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _count(item: int, have_R: NDArray[np.int64], limits: Limits, by: int) -> None:
    for entry in range(limits.offsets[item], limits.offsets[item + 1]):
        have_R[limits.ids[entry]] += by


@numba.njit(cache=True, nogil=True)
def _in(item: int, bound: int, limits: Limits) -> bool:
    return bool((limits.ids[limits.offsets[item] : limits.offsets[item + 1]] == bound).any())


@numba.njit(cache=True, nogil=True)
def _alike(one: int, other: int, limits: Limits) -> bool:
    """Whether two items count for the same bounds."""
    size = limits.offsets[one + 1] - limits.offsets[one]
    if limits.offsets[other + 1] - limits.offsets[other] != size:
        return False
    for place in range(size):
        if limits.ids[limits.offsets[one] + place] != limits.ids[limits.offsets[other] + place]:
            return False
    return True

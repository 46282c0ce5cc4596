"""Calibrated recommendations (Steck, RecSys 2018). Importing this loads numba."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits
from recengine.strategy.rerank.greedy import Groups, Lists, Tastes, choose, empty_room, start

SMOOTHING = 0.01  # the paper's alpha: this share of the list counts as mixed like the past


@numba.njit(cache=True, nogil=True)
def calibrated(
    lists: Lists, limits: Limits, k: int, groups: Groups, tastes: Tastes, weight: float
) -> NDArray[np.int64]:
    """Each place goes to the best of (1 - weight) * sum of scores - weight * KL(past, list with it).

    An item with several values counts for each by equal parts; one without any is left out of the mixture.
    Where nothing is known of the past, the score alone counts.

    Returns:
        The columns chosen for each list in their order, shape (L, K); -1 where none fits any more.
    """
    room = empty_room(lists, limits)
    chosen_LK = np.full((len(lists.items_LC), k), -1, np.int64)
    gain_C = np.empty(lists.items_LC.shape[1])
    share_V, held_V = np.zeros(groups.number), np.zeros(groups.number)
    for row in range(len(chosen_LK)):
        start(lists, row, limits, room)
        begin, end, known = tastes.offsets[row], tastes.offsets[row + 1], 0
        for entry in range(begin, end):
            share_V[tastes.codes[entry]], held_V[tastes.codes[entry]] = tastes.shares[entry], 0.0
        for place in range(k):
            base = _divergence(tastes, begin, end, held_V, known)
            grown = _divergence(tastes, begin, end, held_V, known + 1)
            for column in range(len(gain_C)):
                if room.open_C[column]:
                    item, apart = lists.items_LC[row, column], base
                    if groups.offsets[item + 1] > groups.offsets[item]:
                        apart = grown + _closer(groups, item, share_V, held_V, known + 1)
                    gain_C[column] = (1 - weight) * lists.score_LC[row, column] - weight * apart
            best = choose(lists, row, place, k - place - 1, gain_C, limits, room)
            if best < 0:
                break
            chosen_LK[row, place] = best
            known += _hold(groups, lists.items_LC[row, best], held_V)
        for entry in range(begin, end):
            share_V[tastes.codes[entry]] = 0.0
    return chosen_LK


@numba.njit(cache=True, nogil=True)
def _term(share: float, held: float, known: int) -> float:
    return share * np.log(share / ((1 - SMOOTHING) * held / max(known, 1) + SMOOTHING * share))


@numba.njit(cache=True, nogil=True)
def _divergence(tastes: Tastes, begin: int, end: int, held_V: NDArray[np.float64], known: int) -> float:
    """KL(past, list), where the list holds held_V of each value on `known` items."""
    found = 0.0
    for entry in range(begin, end):
        found += _term(tastes.shares[entry], held_V[tastes.codes[entry]], known)
    return found


@numba.njit(cache=True, nogil=True)
def _closer(
    groups: Groups, item: int, share_V: NDArray[np.float64], held_V: NDArray[np.float64], known: int
) -> float:
    """How an item changes the divergence by the values it has."""
    found, part = 0.0, 1 / (groups.offsets[item + 1] - groups.offsets[item])
    for entry in range(groups.offsets[item], groups.offsets[item + 1]):
        value = groups.codes[entry]
        if share_V[value] > 0:
            found += _term(share_V[value], held_V[value] + part, known)
            found -= _term(share_V[value], held_V[value], known)
    return found


@numba.njit(cache=True, nogil=True)
def _hold(groups: Groups, item: int, held_V: NDArray[np.float64]) -> int:
    """Put an item on the list; 1 if it has any value."""
    size = groups.offsets[item + 1] - groups.offsets[item]
    for entry in range(groups.offsets[item], groups.offsets[item + 1]):
        held_V[groups.codes[entry]] += 1 / size
    return 1 if size else 0

"""Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998). Importing this loads numba."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits
from recengine.strategy.rerank.greedy import Groups, Lists, choose, empty_room, likeness, mark, start


@numba.njit(cache=True, nogil=True)
def mmr(lists: Lists, limits: Limits, k: int, groups: Groups, weight: float) -> NDArray[np.int64]:
    """Each place goes to the best of (1 - weight) * score - weight * (likeness to the most alike above).

    Returns:
        The columns chosen for each list in their order, shape (L, K); -1 where none fits any more.
    """
    room = empty_room(lists, limits)
    chosen_LK = np.full((len(lists.items_LC), k), -1, np.int64)
    alike_C, gain_C = np.empty(lists.items_LC.shape[1]), np.empty(lists.items_LC.shape[1])
    marked_V = np.zeros(groups.number, np.bool_)
    for row in range(len(chosen_LK)):
        start(lists, row, limits, room)
        items_C = lists.items_LC[row]
        alike_C[:], gain_C[:] = 0.0, (1 - weight) * lists.score_LC[row]
        for place in range(k):
            best = choose(lists, row, place, k - place - 1, gain_C, limits, room)
            if best < 0:
                break
            chosen_LK[row, place] = best
            mark(groups, items_C[best], marked_V, True)
            for column in range(len(gain_C)):
                if room.open_C[column]:
                    found = likeness(groups, marked_V, items_C[best], items_C[column])
                    alike_C[column] = max(alike_C[column], found)
                    gain_C[column] = (1 - weight) * lists.score_LC[row, column] - weight * alike_C[column]
            mark(groups, items_C[best], marked_V, False)
    return chosen_LK

"""Greedy maximum a posteriori of a determinantal point process (Chen, Zhang and Zhou, NeurIPS 2018).

Importing this loads numba.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits
from recengine.strategy.rerank.greedy import Groups, Lists, choose, empty_room, likeness, mark, start

ALIKE = 0.9  # items with the same values count as 90 % alike, or no list could hold two of them


@numba.njit(cache=True, nogil=True)
def dpp(lists: Lists, limits: Limits, k: int, groups: Groups, weight: float) -> NDArray[np.int64]:
    """Each place goes to what adds most to (1 - weight) * sum of scores + weight * log det(S of the list).

    S has 1 on its diagonal and ALIKE times the likeness (a cosine) beside it. A row of its Cholesky factor
    grows with each place, so that no determinant has to be taken (the paper's algorithm 1).

    Returns:
        The columns chosen for each list in their order, shape (L, K); -1 where none fits any more.
    """
    room, width = empty_room(lists, limits), lists.items_LC.shape[1]
    chosen_LK = np.full((len(lists.items_LC), k), -1, np.int64)
    factor_CK, left_C, gain_C = np.zeros((width, k)), np.empty(width), np.empty(width)
    marked_V = np.zeros(groups.number, np.bool_)
    for row in range(len(chosen_LK)):
        start(lists, row, limits, room)
        items_C = lists.items_LC[row]
        left_C[:], gain_C[:] = 1.0, (1 - weight) * lists.score_LC[row]
        for place in range(k):
            best = choose(lists, row, place, k - place - 1, gain_C, limits, room)
            if best < 0:
                break
            chosen_LK[row, place] = best
            mark(groups, items_C[best], marked_V, True)
            for column in range(width):
                if room.open_C[column]:
                    entry = ALIKE * likeness(groups, marked_V, items_C[best], items_C[column])
                    for before in range(place):
                        entry -= factor_CK[best, before] * factor_CK[column, before]
                    entry /= np.sqrt(left_C[best])
                    factor_CK[column, place] = entry
                    left_C[column] -= entry * entry
                    gain_C[column] = (1 - weight) * lists.score_LC[row, column] + weight * np.log(
                        left_C[column]
                    )
            mark(groups, items_C[best], marked_V, False)
    return chosen_LK

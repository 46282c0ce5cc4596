"""Explicit query aspect diversification (Santos, Macdonald and Ounis, WWW 2010): a person's interests
in place of the aspects of a query. Importing this loads numba.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits
from recengine.strategy.rerank.greedy import Groups, Lists, Tastes, choose, empty_room, start


@numba.njit(cache=True, nogil=True)
def xquad(
    lists: Lists, limits: Limits, k: int, groups: Groups, tastes: Tastes, weight: float
) -> NDArray[np.int64]:
    """Each place goes to the best of (1 - weight) * score + weight * (what it adds to the interests served).

    An item serves an interest (a value it has) as well as it scores; what is served is the sum over
    interests of share * (1 - product over the list of (1 - score)). Where nothing is known of the past,
    the score alone counts.

    Returns:
        The columns chosen for each list in their order, shape (L, K); -1 where none fits any more.
    """
    room = empty_room(lists, limits)
    chosen_LK = np.full((len(lists.items_LC), k), -1, np.int64)
    gain_C, unserved_V = np.empty(lists.items_LC.shape[1]), np.zeros(groups.number)
    for row in range(len(chosen_LK)):
        start(lists, row, limits, room)
        begin, end = tastes.offsets[row], tastes.offsets[row + 1]
        for entry in range(begin, end):
            unserved_V[tastes.codes[entry]] = tastes.shares[entry]
        for place in range(k):
            for column in range(len(gain_C)):
                if room.open_C[column]:
                    item, new = lists.items_LC[row, column], 0.0
                    for entry in range(groups.offsets[item], groups.offsets[item + 1]):
                        new += unserved_V[groups.codes[entry]]
                    gain_C[column] = lists.score_LC[row, column] * ((1 - weight) + weight * new)
            best = choose(lists, row, place, k - place - 1, gain_C, limits, room)
            if best < 0:
                break
            chosen_LK[row, place] = best
            item = lists.items_LC[row, best]
            for entry in range(groups.offsets[item], groups.offsets[item + 1]):
                unserved_V[groups.codes[entry]] *= 1 - lists.score_LC[row, best]
        for entry in range(begin, end):
            unserved_V[tastes.codes[entry]] = 0.0
    return chosen_LK

"""The best that fits, by score alone. Importing this loads numba."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits
from recengine.strategy.rerank.greedy import Lists, choose, empty_room, start


@numba.njit(cache=True, nogil=True)
def plain(lists: Lists, limits: Limits, k: int) -> NDArray[np.int64]:
    """The columns chosen for each list in their order, shape (L, K); -1 where none fits any more."""
    room = empty_room(lists, limits)
    chosen_LK = np.full((len(lists.items_LC), k), -1, np.int64)
    for row in range(len(chosen_LK)):
        start(lists, row, limits, room)
        for place in range(k):
            best = choose(lists, row, place, k - place - 1, lists.score_LC[row], limits, room)
            if best < 0:
                break
            chosen_LK[row, place] = best
    return chosen_LK

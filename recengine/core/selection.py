"""The one loop over all scores of a catalogue, compiled: hide what is excluded, keep the best.

Importing this loads numba; `core.product_ranking` does so when it is first used.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

LANES = 64  # scores compared with the worst kept one at once; only a block that holds a better one is read
# Not "ninf", that there are no infinities: -inf marks what is hidden.
FAST = {"nnan", "nsz", "arcp", "contract", "reassoc"}


@numba.njit(cache=True, nogil=True, fastmath=FAST)
def keep_best(
    score_BC: NDArray[np.float32],
    first: int,
    offsets: NDArray[np.int64],
    hidden: NDArray[np.int64],
    items_BK: NDArray[np.int32],
    scores_BK: NDArray[np.float32],
) -> None:
    """Put what is best among these columns into the lists, which stay sorted. Ties: the earlier item first.

    Args:
        score_BC: scores of items `first` to `first + C`; hidden ones are overwritten by -inf.
        offsets, hidden: row b must not list the items hidden[offsets[b] : offsets[b + 1]].
        items_BK, scores_BK: the best of the columns before, best first; -inf where there are fewer.
    """
    columns = score_BC.shape[1]
    for row in range(score_BC.shape[0]):
        score_C, scores_K, items_K = score_BC[row], scores_BK[row], items_BK[row]
        for entry in range(offsets[row], offsets[row + 1]):
            column = hidden[entry] - first
            if 0 <= column < columns:
                score_C[column] = -np.inf
        for start in range(0, columns, LANES):
            lane = score_C[start : start + LANES]
            best = lane[0]
            for score in lane:
                best = max(best, score)
            if best > scores_K[-1]:
                for column in range(len(lane)):
                    if lane[column] > scores_K[-1]:
                        _insert(items_K, scores_K, first + start + column, lane[column])


@numba.njit(cache=True, nogil=True)
def _insert(items_K: NDArray[np.int32], scores_K: NDArray[np.float32], item: int, score: float) -> None:
    """Push the last of a sorted list out and put this one behind all that are as good."""
    place = len(items_K) - 1
    while place > 0 and scores_K[place - 1] < score:
        scores_K[place], items_K[place] = scores_K[place - 1], items_K[place - 1]
        place -= 1
    scores_K[place], items_K[place] = score, item

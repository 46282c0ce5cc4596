"""What lists do besides being right: how much of the catalogue they show, how popular, how varied.

U people, K places of the list, I items, D dims of an item's content vector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Lists = NDArray[np.int32]
PerPerson = NDArray[np.float64]


def coverage(items_UK: Lists, catalogue_I: NDArray[np.bool_]) -> float:
    """Share of the catalogue that is on anybody's list, in [0, 1]; NaN for an empty catalogue."""
    shown_I = _exposure(items_UK, len(catalogue_I)) > 0
    return _mean(shown_I[catalogue_I])


def gini(items_UK: Lists, catalogue_I: NDArray[np.bool_]) -> float:
    """How unevenly places fall to items: 0 all alike, near 1 a few have them all; NaN without places."""
    exposure = np.sort(_exposure(items_UK, len(catalogue_I))[catalogue_I])
    count, total = len(exposure), exposure.sum()
    if total == 0:
        return float("nan")
    ranks = np.arange(1, count + 1)
    return float((2 * ranks - count - 1) @ exposure / (count * total))


def novelty(items_UK: Lists, share_I: NDArray[np.float64]) -> PerPerson:
    """Mean surprise of the list in bits, -log2 of the share of people who had the item; NaN if empty.

    Args:
        share_I: in [0, 1]; an item nobody had counts as if half a person had had it.
    """
    least = share_I[share_I > 0].min(initial=1.0) / 2
    surprise_I = -np.log2(np.maximum(share_I, least))
    return _mean_over_list(items_UK, surprise_I)


def popularity_lift(items_UK: Lists, history: Ragged, share_I: NDArray[np.float64]) -> float:
    """How much more popular lists are than histories: 0 equally, 1 twice as popular; NaN if empty.

    Both sides are averages over people of their average item (people without either are left out).
    """
    on_list_U = _mean_over_list(items_UK, share_I)
    summed_U = np.bincount(history.rows, share_I[history.values], minlength=len(history))
    known_U = (history.lengths > 0) & ~np.isnan(on_list_U)
    before = _mean(summed_U[known_U] / history.lengths[known_U])
    return _mean(on_list_U[known_U]) / before - 1 if before else float("nan")


def intra_list_diversity(items_UK: Lists, vector_ID: csr_array) -> PerPerson:
    """Mean over pairs on the list of 1 - cosine of their contents, in [0, 2]; NaN under two items.

    The pairs need not be formed: with unit vectors, |sum|^2 = K + 2 * (sum of pair cosines).

    Args:
        vector_ID: sparse content vectors of length 1, or 0 where nothing is known of an item.
    """
    from scipy.sparse import csr_array

    listed_UK = items_UK != NO_ITEM
    size_U = listed_UK.sum(axis=1)
    offsets = np.concatenate([[0], np.cumsum(size_U)])
    chosen = items_UK[listed_UK]
    member_UI = csr_array((np.ones(len(chosen)), chosen, offsets), shape=(len(items_UK), vector_ID.shape[0]))
    sum_UD = member_UI @ vector_ID
    length_I = np.asarray(vector_ID.multiply(vector_ID).sum(axis=1))
    cosines_U = np.asarray(sum_UD.multiply(sum_UD).sum(axis=1)) - member_UI @ length_I
    pairs_U = size_U * (size_U - 1)
    mean_U = np.divide(cosines_U, pairs_U, out=np.full(len(size_U), np.nan), where=pairs_U > 0)
    return np.maximum(1 - mean_U, 0)  # rounding may leave a list of equals a hair below 0


def _exposure(items_UK: Lists, num_items: int) -> NDArray[np.int64]:
    return np.bincount(items_UK[items_UK != NO_ITEM], minlength=num_items)


def _mean_over_list(items_UK: Lists, value_I: NDArray[np.float64]) -> PerPerson:
    listed_UK = items_UK != NO_ITEM
    summed_U = np.where(listed_UK, value_I[items_UK], 0.0).sum(axis=1)
    size_U = listed_UK.sum(axis=1)
    return np.divide(summed_U, size_U, out=np.full(len(items_UK), np.nan), where=size_U > 0)


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")

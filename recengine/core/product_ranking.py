"""Lists where a score is a product of two vectors: scored, masked and selected while still in the cache.

A catalogue's row of scores is never written to memory as a whole; the lists are those of `top_k`.

Shapes: B people, D numbers of a vector, I items, K places, R person-item pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM, Ranking

PEOPLE_AT_ONCE, ITEMS_AT_ONCE = 512, 512  # a block of scores is 1 MiB and stays in the second-level cache

Vectors = NDArray[np.float32]


def top_k_of_products(
    person_BD: Vectors,
    item_ID: Vectors,
    k: int,
    *,
    had: Ragged,
    repeats: Repeats,
    catalogue_I: NDArray[np.bool_],
) -> Ranking:
    """The k best items per person by person_BD @ item_ID.T, best first. Ties: lower code first.

    Args:
        had: what each person had, in any order; for "new" left out, for "again" all there is to choose.
    """
    if repeats == "again":
        return _best_of_pairs(person_BD, item_ID, k, had, catalogue_I)
    offered = np.flatnonzero(catalogue_I)
    everything = len(offered) == len(item_ID)
    place_I = np.full(len(item_ID), -1)
    place_I[offered] = np.arange(len(offered))
    hidden = had if repeats == "new" else Ragged(np.zeros(len(had) + 1, np.int64), had.values[:0])
    lists = _best(
        person_BD, item_ID if everything else item_ID[offered], k, hidden.offsets, place_I[hidden.values]
    )
    codes = np.append(offered, NO_ITEM)  # place -1 stands for no item
    return Ranking(codes[lists.items_UK].astype(np.int32), lists.scores_UK)


def products(
    person_BD: Vectors, item_ID: Vectors, rows: NDArray[np.int64], items: NDArray[np.int32]
) -> NDArray[np.float32]:
    """The scores of single pairs; shape (R,)."""
    return np.einsum("rd,rd->r", person_BD[rows], item_ID[items])


def _best(
    person_BD: Vectors, item_ID: Vectors, k: int, offsets: NDArray[np.int64], hidden: NDArray[np.int64]
) -> Ranking:
    from recengine.core.selection import keep_best

    items_BK = np.full((len(person_BD), k), NO_ITEM, np.int32)
    scores_BK = np.full((len(person_BD), k), -np.inf, np.float32)
    memory = np.empty(PEOPLE_AT_ONCE * ITEMS_AT_ONCE, np.float32)
    for start in range(0, len(person_BD), PEOPLE_AT_ONCE):
        people = slice(start, min(start + PEOPLE_AT_ONCE, len(person_BD)))
        left_BD, bounds = person_BD[people], offsets[people.start : people.stop + 1]
        for first in range(0, len(item_ID), ITEMS_AT_ONCE):
            right_DC = item_ID[first : first + ITEMS_AT_ONCE].T
            shape = (len(left_BD), right_DC.shape[1])
            score_BC = np.matmul(left_BD, right_DC, out=memory[: shape[0] * shape[1]].reshape(shape))
            keep_best(score_BC, first, bounds, hidden, items_BK[people], scores_BK[people])
    return Ranking(items_BK, scores_BK)


def _best_of_pairs(
    person_BD: Vectors, item_ID: Vectors, k: int, had: Ragged, catalogue_I: NDArray[np.bool_]
) -> Ranking:
    """The same among what each person had."""
    pairs = np.unique(had.rows * len(item_ID) + had.values)
    rows, items = np.divmod(pairs, len(item_ID))
    rows, items = rows[catalogue_I[items]], items[catalogue_I[items]]
    scores = products(person_BD, item_ID, rows, items)
    order = np.lexsort((-scores, rows))  # stable, and the pairs stand in order of their codes
    rows, items, scores = rows[order], items[order], scores[order]
    places = np.arange(len(rows)) - np.searchsorted(rows, rows)
    listed = places < k
    items_BK = np.full((len(person_BD), k), NO_ITEM, np.int32)
    scores_BK = np.full((len(person_BD), k), -np.inf, np.float32)
    items_BK[rows[listed], places[listed]] = items[listed]
    scores_BK[rows[listed], places[listed]] = scores[listed]
    return Ranking(items_BK, scores_BK)

"""More candidates for lists that came out short or broke a rule: rules may ask for what a run puts far down.

L lists, C candidates, I items, X added candidates, K places.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.strategy.bounds import Limits, bounds_of
from recengine.strategy.filling import picked
from recengine.strategy.parts import settled
from recengine.strategy.pool import Pool
from recengine.strategy.serve import allowed_items, apply, new_only
from recengine.strategy.strategy import Strategy

SCORES_AT_ONCE = 2**24  # of whole catalogues, in memory


def wanting(strategy: Strategy, pool: Pool, k: int) -> NDArray[np.int64]:
    """The lists that come out short, or without the least counts that are asked for; in order."""
    served = apply(settled(strategy), pool, k)
    bounds = bounds_of(strategy.rules, pool.facts, k)
    few_L = (bounds.counts(served.items_LK) < bounds.limits.low).any(axis=1)
    return np.union1d(np.flatnonzero(few_L), np.array([*served.short], np.int64))


def wide_enough(
    strategy: Strategy,
    pool: Pool,
    k: int,
    scored: Callable[[NDArray[np.int64]], tuple[NDArray[np.floating], NDArray[np.bool_]]],
    like: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> Pool:
    """The pool, with more candidates for lists that want some.

    Args:
        scored: of some lists, the run's score of every item and what it may list; shape (L, I) each.
        like: P(like) of scores, where the run can say.
    """
    if not strategy.rules and not new_only(strategy, pool):
        return pool
    rows = wanting(strategy, pool, k)
    step = max(1, SCORES_AT_ONCE // pool.facts.num_items)
    blocks = [rows[start : start + step] for start in range(0, len(rows), step)]
    added = [widened(strategy, pool.take(block), k, *scored(block), like) for block in blocks]
    width = pool.items_LC.shape[1]
    most = max((one.items_LC.shape[1] - width for one in added), default=0)
    items_LX = np.full((len(pool), most), NO_ITEM, np.int32)
    scores_LX, like_LX = np.zeros(items_LX.shape), np.full(items_LX.shape, np.nan)
    for block, one in zip(blocks, added, strict=True):
        new = slice(0, one.items_LC.shape[1] - width)
        items_LX[block, new], scores_LX[block, new] = one.items_LC[:, width:], one.scores_LC[:, width:]
        if one.like_LC is not None:
            like_LX[block, new] = one.like_LC[:, width:]
    return pool.beside(items_LX, scores_LX, like_LX) if most else pool


def widened(
    strategy: Strategy,
    pool: Pool,
    k: int,
    score_LI: NDArray[np.floating],
    offered_LI: NDArray[np.bool_],
    like: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> Pool:
    """The pool and, of all items that count for the same bounds, each list's k best that may be listed.

    If any list of the catalogue keeps the rules, one of these does: an item of another list can be
    exchanged for a better one that counts for the same.

    Args:
        score_LI: the run's score of every item.
        offered_LI: what the run may list.
        like: P(like) of scores, where the run can say.
    """
    kind_I = _kinds(bounds_of(strategy.rules, pool.facts, k).limits, pool.facts.num_items)
    open_LI = offered_LI & allowed_items(strategy, pool.facts)
    rows = np.arange(len(pool))[:, None]
    if new_only(strategy, pool) and pool.history is not None:
        open_LI[pool.history.rows, pool.history.values] = False
    open_LI[rows, np.where(pool.listed, pool.items_LC, pool.items_LC.max(axis=1, keepdims=True))] = False
    added = [
        _best_of_each(kind_I, score_I, open_I, k) for score_I, open_I in zip(score_LI, open_LI, strict=True)
    ]
    width = max(map(len, added), default=0)
    items_LX = np.array(
        [np.pad(row, (0, width - len(row)), constant_values=NO_ITEM) for row in added], np.int32
    )
    scores_LX = picked(np.asarray(score_LI, np.float64), items_LX.astype(np.int64), np.float64(0.0))
    return pool.beside(items_LX, scores_LX, None if like is None else like(scores_LX))


def _best_of_each(
    kind_I: NDArray[np.int64], score_I: NDArray[np.floating], open_I: NDArray[np.bool_], k: int
) -> NDArray[np.int64]:
    """The k best open items of each kind."""
    items = np.flatnonzero(open_I)
    items = items[np.lexsort((-score_I[items], kind_I[items]))]
    first = np.searchsorted(kind_I[items], kind_I[items])
    return items[np.arange(len(items)) - first < k]


def _kinds(limits: Limits, num_items: int) -> NDArray[np.int64]:
    """A number for each item, equal for items that count for the same bounds; shape (I,)."""
    numbers: dict[bytes, int] = {}
    ends = zip(limits.offsets[:-1], limits.offsets[1:], strict=True)
    found = [numbers.setdefault(limits.ids[begin:end].tobytes(), len(numbers)) for begin, end in ends]
    return np.array(found, np.int64).reshape(num_items)

"""Places of lists are filled: by a re-ranker, under bounds, pins first.

L lists, C candidates, K places, P pins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged, row_offsets
from recengine.core.ranking import NO_ITEM
from recengine.strategy.bounds import Bounds, Limits
from recengine.strategy.exact import refilled
from recengine.strategy.pool import Pool
from recengine.strategy.strategy import Diversify
from recengine.strategy.values import ItemValues

if TYPE_CHECKING:
    from recengine.strategy.rerank import Groups, Tastes

T = TypeVar("T", bound=np.generic)
BY_TASTE = ("calibrated", "xquad")
Columns = NDArray[np.int64]


def unit_scale(total_LC: NDArray[np.float64], open_LC: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scores from 0 (a list's worst open candidate) to 1 (its best); 1 where all are alike."""
    worst_L = np.where(open_LC, total_LC, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    best_L = np.where(open_LC, total_LC, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    width_L = best_L - worst_L
    return (
        np.divide(total_LC - worst_L, width_L, out=np.ones_like(total_LC), where=open_LC & (width_L > 0))
        * open_LC
    )


@dataclass(frozen=True)
class Filling:
    """Everything that filling the places of a pool's lists takes.

    Attributes:
        open_LC: what may be chosen.
        score_LC: from 0 to 1 in each list.
        pins_LP: columns of the pins of each list, -1 behind the last.
    """

    pool: Pool
    how: Diversify
    bounds: Bounds
    open_LC: NDArray[np.bool_]
    score_LC: NDArray[np.float64]
    pins_LP: Columns
    k: int

    def columns(self) -> Columns:
        """The columns chosen for each list, pins first, then in their order; -1 where none fits any more."""
        chosen_LK = self._filled(self.open_LC, self.bounds.limits)
        for row in self._doubtful(chosen_LK):
            one = self._row(int(row))
            chosen_LK[row] = refilled(
                one.pool.items_LC[0],
                one.open_LC[0],
                one.pins_LP[0][one.pins_LP[0] >= 0].tolist(),
                self.bounds.limits,
                self.k,
                one._refill,
            )
        return chosen_LK

    def _filled(self, open_LC: NDArray[np.bool_], limits: Limits) -> Columns:
        from recengine.strategy.rerank import RERANKERS, Lists

        lists = Lists(self.pool.items_LC, open_LC, self.score_LC, self.pins_LP)
        rerank = RERANKERS[self.how.method]
        return rerank(lists, limits, self.k, self._groups, self._tastes, self.how.weight)

    def _refill(self, open_C: NDArray[np.bool_], limits: Limits) -> Columns:
        return self._filled(open_C[None, :], limits)[0]

    def _row(self, row: int) -> Filling:
        """The same for one list."""
        rows = slice(row, row + 1)
        return replace(
            self,
            pool=self.pool.take(np.array([row])),
            open_LC=self.open_LC[rows],
            score_LC=self.score_LC[rows],
            pins_LP=self.pins_LP[rows],
        )

    def _doubtful(self, chosen_LK: Columns) -> NDArray[np.int64]:
        """Lists on which bounds meet, and one is not kept or places are left: there may be a better way."""
        if self.bounds.one_column:
            return np.empty(0, np.int64)
        size_L = (chosen_LK >= 0).sum(axis=1)
        short_L = (size_L < self.k) & (size_L < self.open_LC.sum(axis=1))
        items_LK = picked(self.pool.items_LC, chosen_LK, np.int32(NO_ITEM))
        have_LR, limits = self.bounds.counts(items_LK), self.bounds.limits
        missing = np.flatnonzero((have_LR < limits.low).any(axis=1))
        # Where there are no candidates for more, nothing is amiss.
        there_MR = self.bounds.counts(np.where(self.open_LC[missing], self.pool.items_LC[missing], NO_ITEM))
        reachable_MR = np.minimum(limits.low, np.minimum(there_MR, limits.high))
        amiss = missing[(have_LR[missing] < reachable_MR).any(axis=1)]
        return np.union1d(np.flatnonzero(short_L), amiss)

    @cached_property
    def _groups(self) -> Groups:
        from recengine.strategy.rerank import Groups

        if self.how.method == "none":
            return Groups(np.zeros(self.pool.facts.num_items + 1, np.int64), np.empty(0, np.int32), 0)
        values = self.pool.facts.values(self.how.column)
        return Groups(values.of_item.offsets, values.of_item.values, len(values.names))

    @cached_property
    def _tastes(self) -> Tastes:
        from recengine.strategy.rerank import Tastes

        if self.how.method not in BY_TASTE or self.pool.history is None:
            return Tastes(np.zeros(len(self.pool) + 1, np.int64), np.empty(0, np.int32), np.empty(0))
        return Tastes(*tastes(self.pool.history, self.pool.facts.values(self.how.column)))


def tastes(
    history: Ragged, values: ItemValues
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """What share of each person's past each value has: offsets, codes and shares that add up to 1.

    An item with several values counts for each by equal parts; one without any is left out.
    """
    of_event = values.of_item.take(history.values.astype(np.int64))
    size = max(len(values.names), 1)
    cells = history.rows[of_event.rows] * size + of_event.values
    found, place = np.unique(cells, return_inverse=True)
    weight = np.bincount(place, 1 / of_event.lengths[of_event.rows], minlength=len(found))
    rows = found // size
    total = np.bincount(rows, weight, minlength=len(history))
    return row_offsets(rows, len(history)), (found % size).astype(np.int32), weight / total[rows]


def picked(value_LC: NDArray[T], column_LK: Columns, otherwise: T) -> NDArray[T]:
    """The value of each chosen column; `otherwise` where none is chosen."""
    if not value_LC.shape[1]:
        return np.full(column_LK.shape, otherwise, value_LC.dtype)
    found_LK = np.take_along_axis(value_LC, np.maximum(column_LK, 0), axis=1)
    return np.where(column_LK >= 0, found_LK, otherwise)

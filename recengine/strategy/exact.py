"""Lists on which bounds over several columns meet, so that the best that fits may lead into a dead end.

What can be kept is then searched for, and each place goes to the best candidate after which it still can.
C candidates, R bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.strategy.bounds import Limits

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class Program:
    """All lists that keep to the bounds: how many are taken of each kind of candidate.

    Attributes:
        counts_RC: 1 where a candidate counts for a bound; a last row counts all.
        low_R, high_R: of each of them.
        most_C: how many there are of each.
    """

    counts_RC: csr_array
    low_R: NDArray[np.float64]
    high_R: NDArray[np.float64]
    most_C: NDArray[np.float64]

    def most(self, row: int, chosen: Sequence[int]) -> int:
        """How many of row `row` a list with these candidates can have at most; -1 where there is no list."""
        from scipy.optimize import Bounds as Box
        from scipy.optimize import LinearConstraint, milp

        least_C = np.bincount(np.array(chosen, np.int64), minlength=len(self.most_C)).astype(np.float64)
        found = milp(
            -self.counts_RC[[row]].toarray()[0],
            integrality=np.ones(len(least_C), np.int64),
            bounds=Box(least_C, self.most_C),
            constraints=LinearConstraint(self.counts_RC, self.low_R, self.high_R),
        )
        return round(-found.fun) if found.success else -1

    def needing(self, row: int, low: int) -> Program:
        """The same, with at least so many of a row."""
        low_R = self.low_R.copy()
        low_R[row] = low
        return replace(self, low_R=low_R)


@dataclass(frozen=True)
class Reach:
    """What lists of up to k of these candidates can be: searched for, or programmed where that takes long.

    Attributes:
        low: how many there must be of each bound; size: of all.
    """

    items_C: NDArray[np.int32]
    open_C: NDArray[np.bool_]
    limits: Limits
    k: int
    low: NDArray[np.int64]
    size: int = 0

    def allows(self, chosen: Sequence[int]) -> bool:
        """Whether some list with these columns keeps to all of it."""
        from recengine.strategy.rerank.reach import UNKNOWN, YES, reaches

        columns = np.array(chosen, np.int64)
        found = reaches(self.items_C, self.open_C, columns, self.low, self.limits, self.size, self.k)
        if found != UNKNOWN:
            return bool(found == YES)
        codes = np.where(self.open_C, self.items_C, 0).astype(np.int64)
        rows = Ragged(self.limits.offsets, self.limits.ids).take(codes)
        program = program_of(rows, self.open_C.astype(np.float64), chosen, self.limits, self.k)
        return replace(program, low_R=np.append(self.low, self.size).astype(np.float64)).most(-1, chosen) >= 0

    def furthest(self, pins: Sequence[int]) -> Reach:
        """The same with as much as can be had: of the bounds in their order, then of all."""
        if replace(self, low=self.limits.low, size=self.k).allows(pins):
            return replace(self, low=self.limits.low, size=self.k)
        found = self
        for bound in np.flatnonzero(self.limits.low):
            one_R = np.arange(len(self.low)) == bound
            needing = [replace(found, low=found.low + n * one_R) for n in range(self.limits.low[bound] + 1)]
            found = next((one for one in reversed(needing) if one.allows(pins)), found)
        sizes = [replace(found, size=size) for size in range(self.k + 1)]
        return next((one for one in reversed(sizes) if one.allows(pins)), found)


def refilled(
    items_C: NDArray[np.int32],
    open_C: NDArray[np.bool_],
    pins: Sequence[int],
    limits: Limits,
    k: int,
    fill: Callable[[NDArray[np.bool_], Limits], Columns],
) -> Columns:
    """The columns of one list that keeps every bound that can be kept, as long as that allows.

    Where not all least counts can be had, those of rules named first go first, and the others are had as
    far as they can.

    Args:
        fill: chooses columns place by place, pins first, among the candidates that are open, within limits.
    """
    reach = Reach(items_C, open_C, limits, k, np.zeros_like(limits.low)).furthest(pins)
    open_C, limits, safe = open_C.copy(), limits._replace(low=reach.low), len(pins)
    while True:
        chosen = fill(open_C, limits)
        listed = [int(column) for column in chosen if column >= 0]
        while safe < len(listed) and reach.allows(listed[: safe + 1]):
            safe += 1
        if safe >= len(listed):
            return chosen
        # No list that keeps the bounds begins so, nor does any that goes on before this candidate comes.
        open_C[listed[safe]] = False


def program_of(
    rows: Ragged, most_C: NDArray[np.float64], chosen: Sequence[int], limits: Limits, k: int
) -> Program:
    """All lists of up to k places with what is chosen; what that alone exceeds is taken as allowed.

    Args:
        rows: the bounds for which each candidate counts.
    """
    from scipy.sparse import csr_array, vstack

    shape = (len(limits.low), len(rows))
    counted = csr_array((np.ones(len(rows.values)), (rows.values, rows.rows)), shape=shape)
    counts_RC = csr_array(vstack([counted, csr_array(np.ones((1, len(rows))))]))
    high_R = np.maximum(np.append(limits.high, k), counts_RC[:, list(chosen)].sum(axis=1))
    return Program(counts_RC, np.zeros(len(high_R)), high_R, most_C)

"""Lists on which bounds over several columns meet, so that the best that fits may lead into a dead end.

What can be kept is then found by integer programming, and each place goes to the best candidate after
which it still can. C candidates, R bounds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.strategy.bounds import Bounds, Limits

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class Program:
    """All lists that keep to the bounds, as 0-1 vectors of the candidates.

    Attributes:
        counts_RC: 1 where a candidate counts for a bound; a last row counts all.
        low_R, high_R: of each of them.
        open_C: what may be chosen.
    """

    counts_RC: NDArray[np.float64]
    low_R: NDArray[np.float64]
    high_R: NDArray[np.float64]
    open_C: NDArray[np.bool_]

    def most(self, row: int, chosen: Sequence[int]) -> int:
        """How many of row `row` a list with these candidates can have at most; -1 where there is no list."""
        from scipy.optimize import Bounds as Box
        from scipy.optimize import LinearConstraint, milp

        least_C = np.zeros(len(self.open_C))
        least_C[list(chosen)] = 1.0
        found = milp(
            -self.counts_RC[row],
            integrality=np.ones(len(least_C), np.int64),
            bounds=Box(least_C, self.open_C.astype(np.float64)),
            constraints=LinearConstraint(self.counts_RC, self.low_R, self.high_R),
        )
        return round(-found.fun) if found.success else -1

    def needing(self, row: int, low: int) -> Program:
        """The same, with at least so many of a row."""
        low_R = self.low_R.copy()
        low_R[row] = low
        return replace(self, low_R=low_R)


def refilled(
    items_C: NDArray[np.int32],
    open_C: NDArray[np.bool_],
    pins: Sequence[int],
    bounds: Bounds,
    k: int,
    fill: Callable[[NDArray[np.bool_], Limits], Columns],
) -> Columns:
    """The columns of one list that keeps every bound that can be kept, as long as that allows.

    Where not all least counts can be had, those of rules named first go first, and the others are had as
    far as they can.

    Args:
        fill: chooses columns place by place, pins first, among the candidates that are open, within limits.
    """
    program = _program(items_C, open_C, pins, bounds, k)
    for row, low in enumerate([*bounds.limits.low, k]):
        if low:
            program = program.needing(row, min(int(low), max(program.most(row, pins), 0)))
    limits, open_C = bounds.limits._replace(low=program.low_R[:-1].astype(np.int64)), open_C.copy()
    while True:
        chosen = fill(open_C, limits)
        listed = [int(column) for column in chosen if column >= 0]
        ends = range(len(pins) + 1, len(listed) + 1)
        dead = bisect_left(ends, True, key=lambda end: program.most(-1, listed[:end]) < 0)
        if dead == len(ends):
            return chosen
        # No list that keeps the bounds begins so, nor does any that goes on before this candidate comes.
        open_C[listed[ends[dead] - 1]] = False


def _program(
    items_C: NDArray[np.int32], open_C: NDArray[np.bool_], pins: Sequence[int], bounds: Bounds, k: int
) -> Program:
    """All lists with these pins; what pins alone exceed is taken as allowed."""
    rows = Ragged(bounds.limits.offsets, bounds.limits.ids).take(
        np.where(open_C, items_C, 0).astype(np.int64)
    )
    counts_RC = np.zeros((len(bounds.keys) + 1, len(items_C)))
    counts_RC[rows.values, rows.rows] = 1.0
    counts_RC[-1] = 1.0
    counts_RC *= open_C
    high_R = np.maximum(np.append(bounds.limits.high, k), counts_RC[:, list(pins)].sum(axis=1))
    return Program(counts_RC, np.zeros(len(high_R)), high_R, open_C)

"""What a strategy would have shown at each place of a log.

N rows of the log; M candidates, all rows' one after the other; A actions of a plain bandit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import DataError
from recengine.strategy.off_policy.log import Floats, Ints

ROUNDING = 1e-6  # by which chances may miss 1


@dataclass(frozen=True, eq=False)
class Policy:
    """The chance of each item at each place of a log.

    Attributes:
        rows: which row of the log a candidate is for, shape (M,).
        items, chances: the candidates and their chances, shape (M,). A row's chances add up to 1, or to 0
            where the strategy would leave the place empty.
        num_rows: N.
        possible: whether what chose the logged lists could have put the candidate there, shape (M,); None
            where that is not known.
    """

    rows: Ints
    items: Ints
    chances: Floats
    num_rows: int
    possible: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        """Raises DataError: chances that are none, or that do not add up."""
        if not (len(self.rows) == len(self.items) == len(self.chances)):
            raise DataError("a policy needs a row, an item and a chance for each candidate.")
        total_N = self.total_of_row
        if (self.chances < 0).any() or not (np.isclose(total_N, 1, atol=ROUNDING) | (total_N == 0)).all():
            raise DataError(
                "the chances of the items of a place must be at least 0 and add up to 1; found sums from "
                f"{total_N.min():.4g} to {total_N.max():.4g}."
            )

    @classmethod
    def fixed(cls, items_N: Ints) -> Policy:
        """One item a row, for sure."""
        rows = np.arange(len(items_N))
        return cls(rows, items_N, np.ones(len(rows)), len(rows))

    @classmethod
    def dense(cls, chance_NA: Floats) -> Policy:
        """A chance for each of the items 0 to A - 1 in each row."""
        rows, items = np.nonzero(chance_NA)
        return cls(rows, items, chance_NA[rows, items], len(chance_NA))

    @cached_property
    def total_of_row(self) -> Floats:
        """1 where something would be shown, 0 elsewhere; shape (N,)."""
        return self._per_row(self.rows, self.chances)

    def chance_of(self, items_N: Ints) -> Floats:
        """The chance of one item a row, shape (N,)."""
        same_M = self.items == items_N[self.rows]
        return self._per_row(self.rows[same_M], self.chances[same_M])

    def expected(self, value_M: Floats) -> Floats:
        """The mean of a candidate's value in each row, shape (N,)."""
        return self._per_row(self.rows, self.chances * value_M)

    def _per_row(self, rows_M: Ints, value_M: Floats) -> Floats:
        return np.asarray(np.bincount(rows_M, value_M, minlength=self.num_rows), np.float64)

"""What was shown, by what chance, and what came of it.

N places shown (rows), in L lists, to U people; D numbers known when a list was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Log:
    """Places of lists that were shown, one a row. Checked once, here; trusted by everything that follows.

    Attributes:
        persons, items: who was shown what; any whole numbers, shape (N,).
        positions: place in the list, any whole numbers that grow down the list, shape (N,).
        rewards: what that place earned: clicks, purchases, money; shape (N,).
        propensities: chance with which what chose the list put this item at this place, knowing the person
            and the moment; shape (N,). NaN where nobody wrote it down.
        contexts: what was known when the list was made, shape (N, D); None where nothing was kept.
        lists: which list a row is of, any whole numbers, shape (N,); None where each row is a list of one.
    """

    persons: Ints
    items: Ints
    positions: Ints
    rewards: Floats
    propensities: Floats
    contexts: Floats | None = None
    lists: Ints | None = None

    def __post_init__(self) -> None:
        """Raises DataError: columns of unequal length, rewards that are no numbers, a place shown twice."""
        self._check_lengths()
        self._check_numbers()
        places = np.stack([self.list_of, self.positions])
        if len(np.unique(places, axis=1).T) < len(self):
            raise DataError(
                "a place of a list is in the log more than once. Give each place of each list one row, with "
                "all that it earned as its reward."
            )

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def of_actions(
        cls, items: Ints, rewards: Floats, propensities: Floats, contexts: Floats | None = None
    ) -> Log:
        """A plain bandit's log: each row one action, shown to somebody else each time."""
        rows = np.arange(len(items))
        return cls(rows, items, np.zeros_like(rows), rewards, propensities, contexts)

    @cached_property
    def list_of(self) -> Ints:
        """Each row's list, counted from 0; shape (N,)."""
        lists = np.arange(len(self)) if self.lists is None else self.lists
        return np.unique(lists, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def person_of(self) -> Ints:
        """Each row's person, counted from 0; shape (N,)."""
        return np.unique(self.persons, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def num_lists(self) -> int:
        """L."""
        return int(self.list_of.max(initial=-1)) + 1

    @cached_property
    def num_persons(self) -> int:
        """U."""
        return int(self.person_of.max(initial=-1)) + 1

    @cached_property
    def lists_of_person(self) -> Floats:
        """How many lists each person was shown, shape (U,)."""
        first_N = np.unique(self.list_of, return_index=True)[1]
        return np.bincount(self.person_of[first_N], minlength=self.num_persons).astype(np.float64)

    def by_person(self, value_N: Floats) -> Floats:
        """The sum of a value over each person's rows, shape (U,)."""
        return np.asarray(np.bincount(self.person_of, value_N, minlength=self.num_persons), np.float64)

    def _check_lengths(self) -> None:
        parts = {name: value for name, value in vars(self).items() if value is not None}
        lengths = {name: len(value) for name, value in parts.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"a log's columns need equal lengths; found {lengths}.")
        if not len(self):
            raise DataError("the log is empty. Show lists first, or widen the time that is asked about.")

    def _check_numbers(self) -> None:
        if not np.isfinite(self.rewards).all():
            raise DataError(
                "the log has rewards that are no finite numbers. Write 0 where nothing was earned."
            )
        if self.contexts is not None and not np.isfinite(self.contexts).all():
            raise DataError("the log has contexts that are no finite numbers. Fill the gaps first.")
        wrong_N = (self.propensities < 0) | (self.propensities > 1)
        if wrong_N.any():
            raise DataError(
                f"a propensity is a chance from 0 to 1; found {self.propensities[wrong_N][0]:g}. Log the "
                "chance with which the item was put at its place."
            )

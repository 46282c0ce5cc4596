"""Rows of unequal length in two flat arrays, the layout in which histories and answers travel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ragged:
    """Row r is values[offsets[r]:offsets[r + 1]].

    Attributes:
        offsets: int64, shape (rows + 1,), from 0 to len(values), never falling.
        values: int32 item codes, all rows one after the other.
    """

    offsets: NDArray[np.int64]
    values: NDArray[np.int32]

    def __post_init__(self) -> None:
        ends = (int(self.offsets[0]), int(self.offsets[-1]))
        if ends != (0, len(self.values)) or (np.diff(self.offsets) < 0).any():
            raise ValueError(f"offsets run from {ends}; want 0 to {len(self.values)}, never falling")

    @classmethod
    def of_rows(cls, rows: NDArray[np.int64], values: NDArray[np.int32], num_rows: int) -> Ragged:
        """From one (row, value) pair per entry; order inside a row is kept."""
        order = np.argsort(rows, kind="stable")
        return cls(row_offsets(rows, num_rows), np.asarray(values, np.int32)[order])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Entries per row, shape (rows,)."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each entry, shape (len(values),)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def take(self, rows: NDArray[np.int64]) -> Ragged:
        """The rows asked for, in that order; a row may be taken twice."""
        offsets, entries = take_rows(self.offsets, rows)
        return Ragged(offsets, self.values[entries])


def row_offsets(rows: NDArray[np.int64], num_rows: int) -> NDArray[np.int64]:
    """Where each row starts and ends once entries are sorted by row; shape (num_rows + 1,)."""
    counts = np.bincount(rows, minlength=num_rows)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def take_rows(
    offsets: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets of the chosen rows, and the index of each of their entries in the old values."""
    starts, lengths = offsets[:-1][rows], np.diff(offsets)[rows]
    chosen = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    entries = np.arange(chosen[-1]) - np.repeat(chosen[:-1] - starts, lengths)
    return chosen, entries

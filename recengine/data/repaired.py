"""What reading put right on the way: which rows by which rule, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recengine.data.texts import Values, texts

EXAMPLES = 3  # kept of each kind


@dataclass(frozen=True)
class Repaired:
    """The rows that one rule of reading concerns.

    Attributes:
        rows: True where it does, shape (E,).
        examples: the first few in words.
    """

    rows: NDArray[np.bool_]
    examples: tuple[str, ...] = ()

    def where(self, keep: NDArray[np.bool_]) -> Repaired:
        """The same of the rows marked True."""
        return replace(self, rows=self.rows[keep])


@dataclass
class Sightings:
    """The first few values of each kind that a column showed, with their rows, counted from 1."""

    _seen: dict[object, list[tuple[int, str]]] = field(default_factory=dict)

    def look(self, kind: object, values: Values, at: NDArray[np.bool_], first_row: int) -> None:
        """Remember the first values marked True, unless there are enough of the kind."""
        seen = self._seen.setdefault(kind, [])
        if len(seen) >= EXAMPLES or not at.any():
            return
        places = np.flatnonzero(at)[: EXAMPLES - len(seen)]
        seen += zip((places + first_row).tolist(), written(values, places), strict=True)

    def of(self, kind: object) -> list[tuple[int, str]]:
        """What was seen of a kind."""
        return self._seen.get(kind, [])


def written(values: Values, places: NDArray[np.int64]) -> Iterator[str]:
    """The cells at these places as text."""
    return (cell or "" for cell in texts(values.take(pa.array(places))).to_pylist())

"""Columns that grow piece by piece and are never held twice, however many rows come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recengine.data.texts import without_null

FEW_IDS = 2**19  # distinct texts of pieces that may wait before they are brought together


class Growing:
    """An array that takes pieces; it is made longer where it lies, so there is no copy at the end."""

    def __init__(self, kind: type[np.generic]) -> None:
        self._array: NDArray[Any] = np.empty(0, kind)

    def add(self, piece: NDArray[Any]) -> None:
        """The next values."""
        start = len(self._array)
        self._array.resize(start + len(piece), refcheck=False)
        self._array[start:] = piece

    def array(self) -> NDArray[Any]:
        """All values; nothing may be added afterwards."""
        return self._array


class TwoReadings:
    """Numbers that may be read in two ways; the second is kept only where it differs."""

    def __init__(self) -> None:
        self._first, self._second, self._places = Growing(np.float64), Growing(np.float64), Growing(np.int64)
        self._num_rows = 0

    def add(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
        """The next values both ways; where one way gives NaN, the other counts."""
        if second is not first:
            first, second = (
                np.where(np.isnan(first), second, first),
                np.where(np.isnan(second), first, second),
            )
            differ = np.flatnonzero((first != second) & ~np.isnan(first))
            self._places.add(differ + self._num_rows)
            self._second.add(second[differ])
        self._first.add(first)
        self._num_rows += len(first)

    def places(self) -> NDArray[np.int64]:
        """Which values are two different numbers."""
        return self._places.array()

    def settled(self, second: NDArray[np.bool_] | bool) -> NDArray[np.float64]:
        """All values, the first way but where `second` says otherwise.

        Args:
            second: one answer for each value at `places`, or one for all of them.
        """
        values, chosen = self._first.array(), np.broadcast_to(second, len(self.places()))
        values[self.places()[chosen]] = self._second.array()[chosen]
        return values


class IdColumn:
    """Ids that come in pieces, kept as places among distinct texts."""

    def __init__(self) -> None:
        self._pieces: list[pa.DictionaryArray] = []
        self._num_known = self._num_waiting = 0

    def add(self, piece: pa.DictionaryArray) -> None:
        """The next ids."""
        self._pieces.append(without_null(piece))
        self._num_waiting += len(piece.dictionary)
        if self._num_waiting > max(FEW_IDS, self._num_known):
            self._bring_together()

    def pieces(self) -> list[pa.DictionaryArray]:
        """All ids, handed over: nothing of them stays here."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def _bring_together(self) -> None:
        """One dictionary for all pieces: each brings its own, and ids come again in most of them."""
        pieces = pa.chunked_array(self._pieces).unify_dictionaries().chunks
        known = pieces[0].dictionary
        indices = pa.concat_arrays([piece.indices for piece in pieces])
        self._pieces = [pa.DictionaryArray.from_arrays(indices, known)]
        self._num_known, self._num_waiting = len(known), 0

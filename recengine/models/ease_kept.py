"""Inverses that trainings of EASE leave in files, so that what-ifs on them need not begin from nothing.

Shapes: U people, I items.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recengine.models import ease
from recengine.models.ease_updates import Solved, Start
from recengine.models.event_matrix import arrays_of, matrix_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_ITEMS = 4_000  # 64 MB a file; a longer catalogue leaves none


@dataclass(frozen=True)
class InFile(Start):
    """An inverse whose file is not read before it is asked for."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> InFile:
        """What `leaving` has written there."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(matrix_of(arrays), float(arrays["regularisation"]), path)

    def solved(self) -> Solved:
        """Read all of it."""
        from recengine.models.gram import unpacked

        with np.load(self.path, allow_pickle=False) as arrays:
            inverse_II = unpacked(arrays["lower"], self.x_UI.shape[1])
        return Solved(self.x_UI, self.regularisation, inverse_II)


def left_in(folder: Path) -> list[InFile]:
    """The inverses that a training left in a folder; none where it left none."""
    return [InFile.of(path) for path in sorted(folder.glob("[!.]*.npz"))]


def leaving(write: Callable[[str, dict[str, NDArray[Any]]], None]) -> ease.Solve:
    """What fits as `ease.weights`, and leaves the inverse of a catalogue that is not too long.

    Args:
        write: puts arrays into a file of that name.
    """

    def solve(x_UI: csr_array, regularisation: float) -> ease.Weights:
        from recengine.models.gram import item_weights, packed

        inverse_II = ease.inverse(x_UI, regularisation)
        if len(inverse_II) <= MOST_ITEMS:
            kept = {
                **arrays_of(x_UI),
                "regularisation": np.array(regularisation),
                "lower": packed(inverse_II),
            }
            with suppress(OSError):  # a full disk: what-ifs are fitted then
                write(_name(x_UI, regularisation), kept)
        return item_weights(inverse_II)

    return solve


def _name(x_UI: csr_array, regularisation: float) -> str:
    """Equal for equal fits, so that one done again after a kill takes the place of the first."""
    digest = hashlib.blake2b(repr((x_UI.shape, regularisation)).encode(), digest_size=8)
    for array in (x_UI.indptr, x_UI.indices, x_UI.data):
        digest.update(np.ascontiguousarray(array).data)
    return f"{digest.hexdigest()}.npz"

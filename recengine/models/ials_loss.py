"""The loss of iALS, and the moves that lower it.

Shapes: N rows to move (people or items), I columns that explain their entries, D factors.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recengine.models.threads import num_threads

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from recengine.models.ials import IalsConfig

EXACT_STEPS, TOLERANCE = 1000, 1e-6  # steps at most; of the first residual, about what float32 can tell
ALL_UNOBSERVED, HELD_DOWN = 750.0, 0.065  # in choices; see `Loss.of`
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Loss:
    """What the loss is made of, with nothing left open."""

    unobserved: float
    regularisation: float
    exponent: float

    @classmethod
    def of(cls, config: IalsConfig, person_UI: csr_array) -> Loss:
        """What was left open is set as suits MovieLens, Million Song and Gowalla alike."""
        chosen = float(person_UI.sum() / np.count_nonzero(np.diff(person_UI.indptr)))
        unobserved = config.unobserved or min(1.0, ALL_UNOBSERVED / person_UI.shape[1])
        whole = chosen + unobserved * person_UI.shape[1]
        ridge = config.regularisation or HELD_DOWN * chosen / whole**config.frequency_exponent
        return cls(unobserved, ridge, config.frequency_exponent)

    def ridge(self, matrix_NI: csr_array) -> Vectors:
        """How strongly each row is held down, shape (N,)."""
        num_columns = matrix_NI.shape[1]
        known_N = matrix_NI @ np.ones(num_columns, np.float32) + self.unobserved * num_columns
        return (self.regularisation * known_N**self.exponent).astype(np.float32)


def improve(loss: Loss, matrix_NI: csr_array, column_ID: Vectors, row_ND: Vectors, steps: int) -> float:
    """Move each row towards the vector that explains its entries best.

    Args:
        column_ID: what explains them, in its principal axes.
        row_ND: changed in place.

    Returns:
        The loss before, without what holds the columns down.
    """
    from recengine.models import least_squares

    spread_D, ridge_N = loss.unobserved * (column_ID**2).sum(axis=0), loss.ridge(matrix_NI)
    held = float(((row_ND**2) @ spread_D + ridge_N * (row_ND**2).sum(axis=1)).sum())
    offsets, columns = matrix_NI.indptr.astype(np.int64), matrix_NI.indices.astype(np.int32)

    def improved(rows: slice) -> float:
        inside, ridge_R, row_RD = offsets[rows.start : rows.stop + 1], ridge_N[rows], row_ND[rows]
        return least_squares.improve(
            inside, columns, matrix_NI.data, column_ID, spread_D, ridge_R, row_RD, steps, TOLERANCE
        )

    parts = _parts(offsets, threads=num_threads())
    with ThreadPoolExecutor(len(parts)) as pool:  # the compiled loop lets other threads run
        return held + sum(pool.map(improved, parts))


def _parts(offsets: NDArray[np.int64], threads: int) -> list[slice]:
    """As many runs of rows as there are threads, of about as many entries each."""
    wanted = np.linspace(0, offsets[-1], threads + 1)
    bounds = np.unique(np.r_[0, np.searchsorted(offsets, wanted[1:-1]), len(offsets) - 1])
    return [slice(first, last) for first, last in itertools.pairwise(bounds.tolist())]


def principal_axes(vector_ND: Vectors) -> Vectors:
    """The axes along which the vectors' sums of squares are uncorrelated, shape (D, D)."""
    gram_DD = (vector_ND.T @ vector_ND).astype(np.float64)
    return np.linalg.eigh(gram_DD)[1].astype(np.float32)

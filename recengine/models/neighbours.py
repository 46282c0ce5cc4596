"""Which rows of a sparse matrix are most alike, and sums over them, compiled. Importing this loads numba.

Matrices come as scipy's CSR arrays: row r has values[e] in columns[e] for offsets[r] <= e < offsets[r + 1].

Shapes: Q rows that ask, N rows that are compared with, F columns of both, K neighbours, E entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NOBODY = -1  # fills up where a row has fewer than K others that share anything with it
Codes = NDArray[np.int32]
Lengths = NDArray[np.float64]


def nearest(
    asking_QF: csr_array,
    columns_FN: csr_array,
    k: int,
    *,
    damping: tuple[Lengths, Lengths] | None = None,
    shrinkage: float = 0.0,
    itself: bool = True,
) -> tuple[Codes, NDArray[np.float32]]:
    """The k rows most alike to each asking row, most alike first. Ties: lower row first.

    Alike is their product over (damping_Q x damping_N + shrinkage); only rows that share something count.
    Memory grows with Q x k, never with Q x N.

    Args:
        columns_FN: the rows compared with, turned: row f says which of them have column f.
        damping: of the asking rows and of the others, shapes (Q,) and (N,); their lengths make it a cosine.
        itself: whether row q may be its own neighbour (False where both matrices are the same).

    Returns:
        Rows, NOBODY where nothing more is alike at all, and how alike they are; both (Q, k).
    """
    near_QK = np.full((asking_QF.shape[0], k), NOBODY, np.int32)
    alike_QK = np.zeros(near_QK.shape, np.float32)
    damping_Q, damping_N = damping or (np.ones(asking_QF.shape[0]), np.ones(columns_FN.shape[1]))
    matrices = (*_parts(asking_QF), *_parts(columns_FN))
    _nearest(*matrices, damping_Q, damping_N, shrinkage, itself, near_QK, alike_QK)
    return near_QK, alike_QK


def product(left_QF: csr_array, right_FN: csr_array) -> NDArray[np.float32]:
    """Their product as a dense matrix, shape (Q, N)."""
    sum_QN = np.zeros((left_QF.shape[0], right_FN.shape[1]), np.float32)
    _add_product(*_parts(left_QF), *_parts(right_FN), sum_QN)
    return sum_QN


def _parts(matrix: csr_array) -> tuple[NDArray[np.int64], Codes, NDArray[np.float64]]:
    """In the types that the loops below are compiled for."""
    return (
        matrix.indptr.astype(np.int64, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data.astype(np.float64, copy=False),
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _nearest(
    offsets: NDArray[np.int64],
    columns: Codes,
    values: Lengths,
    turned_offsets: NDArray[np.int64],
    turned_rows: Codes,
    turned_values: Lengths,
    damping_Q: Lengths,
    damping_N: Lengths,
    shrinkage: float,
    itself: bool,
    near_QK: Codes,
    alike_QK: NDArray[np.float32],
) -> None:
    sum_N, touched_N = np.zeros(len(damping_N)), np.empty(len(damping_N), np.int32)
    for row in range(len(near_QK)):
        count = 0
        for e in range(offsets[row], offsets[row + 1]):
            for t in range(turned_offsets[columns[e]], turned_offsets[columns[e] + 1]):
                other = turned_rows[t]
                if sum_N[other] == 0:
                    touched_N[count] = other
                    count += 1
                sum_N[other] += values[e] * turned_values[t]
        for other in touched_N[:count]:
            alike = np.float32(sum_N[other] / (damping_Q[row] * damping_N[other] + shrinkage))
            sum_N[other] = 0
            if itself or other != row:
                _insert(near_QK[row], alike_QK[row], other, alike)


@numba.njit(cache=True, nogil=True)
def _insert(near_K: Codes, alike_K: NDArray[np.float32], other: int, alike: np.float32) -> None:
    """Push the last out of a sorted list if this one is more alike, or as much with a lower code."""
    place = len(near_K)
    while place > 0 and (
        alike > alike_K[place - 1] or (alike == alike_K[place - 1] and other < near_K[place - 1])
    ):
        place -= 1
        if place + 1 < len(near_K):
            near_K[place + 1], alike_K[place + 1] = near_K[place], alike_K[place]
    if place < len(near_K):
        near_K[place], alike_K[place] = other, alike


@numba.njit(cache=True, nogil=True)
def _add_product(
    offsets: NDArray[np.int64],
    columns: Codes,
    values: Lengths,
    right_offsets: NDArray[np.int64],
    right_columns: Codes,
    right_values: Lengths,
    sum_QN: NDArray[np.float32],
) -> None:
    for row in range(len(sum_QN)):
        for e in range(offsets[row], offsets[row + 1]):
            for r in range(right_offsets[columns[e]], right_offsets[columns[e] + 1]):
                sum_QN[row, right_columns[r]] += values[e] * right_values[r]

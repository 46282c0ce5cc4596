"""The two loops of EASE that are not LAPACK's, compiled. Importing this loads numba.

Symmetric matrices are written down below the diagonal and on it; what lies above is no matter.

Shapes: U people, I items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Matrix = NDArray[np.float64]


def gram(x_UI: csr_array) -> Matrix:
    """The lower triangle of x_UI.T @ x_UI, shape (I, I)."""
    gram_II, x_IU = np.zeros((x_UI.shape[1],) * 2), x_UI.T.tocsr()
    _add_gram(x_UI.indptr, x_UI.indices, x_UI.data, x_IU.indptr, x_IU.indices, x_IU.data, gram_II)
    return gram_II


def item_weights(inverse_II: Matrix) -> NDArray[np.float32]:
    """EASE's weights from the inverse's lower triangle: -P_ij / P_jj, and 0 on the diagonal."""
    weight_II = np.zeros(inverse_II.shape, np.float32)
    _weigh(inverse_II, weight_II)
    return weight_II


@numba.njit(cache=True, nogil=True)
def _add_gram(
    offsets_U: NDArray[np.int32],
    items_E: NDArray[np.int32],
    value_E: NDArray[np.float64],
    offsets_I: NDArray[np.int32],
    people_E: NDArray[np.int32],
    worth_E: NDArray[np.float64],
    gram_II: Matrix,
) -> None:
    """Row after row, so that the row under way stays in the cache; people's items in ascending order."""
    for item in range(len(gram_II)):
        row = gram_II[item]
        for entry in range(offsets_I[item], offsets_I[item + 1]):
            person, worth = people_E[entry], worth_E[entry]
            for other in range(offsets_U[person], offsets_U[person + 1]):
                if items_E[other] > item:
                    break
                row[items_E[other]] += worth * value_E[other]


@numba.njit(cache=True, nogil=True)
def _weigh(inverse_II: Matrix, weight_II: NDArray[np.float32]) -> None:
    for i in range(len(inverse_II)):
        for j in range(i):
            weight_II[i, j] = -inverse_II[i, j] / inverse_II[j, j]
            weight_II[j, i] = -inverse_II[i, j] / inverse_II[i, i]


@numba.njit(cache=True, nogil=True)
def mirror(lower_II: Matrix) -> None:
    """Write the lower triangle above the diagonal as well."""
    for i in range(len(lower_II)):
        for j in range(i):
            lower_II[j, i] = lower_II[i, j]


@numba.njit(cache=True, nogil=True)
def packed(lower_II: Matrix) -> NDArray[np.float64]:
    """The lower triangle, row after row; shape (I (I + 1) / 2,)."""
    size = len(lower_II)
    lower_T = np.empty(size * (size + 1) // 2)
    for i in range(size):
        start = i * (i + 1) // 2
        lower_T[start : start + i + 1] = lower_II[i, : i + 1]
    return lower_T


@numba.njit(cache=True, nogil=True)
def unpacked(lower_T: NDArray[np.float64], size: int) -> Matrix:
    """The symmetric matrix of that lower triangle, shape (I, I)."""
    full_II = np.empty((size, size))
    for i in range(size):
        start = i * (i + 1) // 2
        full_II[i, : i + 1] = lower_T[start : start + i + 1]
    mirror(full_II)
    return full_II

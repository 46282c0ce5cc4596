"""Who chose what as a sparse matrix: what all linear models learn from and read.

Shapes: U people of a dataset, B people of some profiles, I items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER, WEIGHT
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles

if TYPE_CHECKING:
    from scipy.sparse import csr_array

F = TypeVar("F", np.float32, np.float64)
STRIPE_BYTES = 2**21  # of weights: about what a processor's cache holds
READ_OFTEN = 8  # times that each row of weights is read before a copy of it pays

Weighting = Literal["log", "binary"]
WEIGHTING_HELP = (
    "What a person's events with an item count. log: the logarithm of one plus their summed weight. "
    "binary: 1, however often."
)


def of_dataset(data: Dataset, weighting: Weighting) -> csr_array:
    """All people of a dataset, shape (U, I), float64."""
    rows, items, weights = (data.interactions.column(name) for name in (USER, ITEM, WEIGHT))
    return _matrix(rows, items, weights, (data.num_users, data.num_items), weighting)


def of_profiles(profiles: Profiles, num_items: int, weighting: Weighting) -> csr_array:
    """These profiles, shape (B, I), float64."""
    shape = (len(profiles), num_items)
    return _matrix(profiles.rows, profiles.items, profiles.weights, shape, weighting)


def product(x_BI: csr_array, weight_II: NDArray[F]) -> NDArray[F]:
    """x_BI @ weight_II; for many people in stripes of items that stay in the processor's cache."""
    num_items = max(1, weight_II.shape[1])
    stripe = max(1, STRIPE_BYTES // (weight_II.itemsize * num_items))
    if x_BI.nnz < READ_OFTEN * num_items:
        return np.asarray(x_BI @ weight_II)
    product_BI = np.empty((x_BI.shape[0], num_items), weight_II.dtype)
    for first in range(0, num_items, stripe):
        columns = slice(first, first + stripe)
        product_BI[:, columns] = x_BI @ np.ascontiguousarray(weight_II[:, columns])
    return product_BI


def _matrix(
    rows: NDArray[Any],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    shape: tuple[int, int],
    weighting: Weighting,
) -> csr_array:
    """What each person's events come to, item by item: one entry a pair, lowest item first."""
    from scipy.sparse import coo_array

    summed = coo_array((weights.astype(np.float64), (rows, items)), shape=shape).tocsr()
    summed.data = np.log1p(summed.data) if weighting == "log" else np.ones_like(summed.data)
    return summed


def arrays_of(matrix: csr_array) -> dict[str, NDArray[Any]]:
    """A sparse matrix as plain arrays, to be written to a file."""
    shape = np.array(matrix.shape, np.int64)
    return {"offsets": matrix.indptr, "columns": matrix.indices, "values": matrix.data, "shape": shape}


def matrix_of(arrays: dict[str, NDArray[Any]]) -> csr_array:
    """The sparse matrix that `arrays_of` took apart."""
    from scipy.sparse import csr_array

    entries = (arrays["values"], arrays["columns"], arrays["offsets"])
    return csr_array(entries, shape=tuple(arrays["shape"].tolist()))

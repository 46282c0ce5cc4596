"""Embeddings of items from who chose what, the same for every kind of model.

U people, I items, D dimensions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.models import event_matrix


def item_embeddings(data: Dataset, dims: int) -> NDArray[np.float64]:
    """Items by the strongest right singular vectors of the events, each of length 1 or 0; shape (I, D).

    Fewer dimensions where there are too few people or items.
    """
    from scipy.sparse.linalg import svds

    x_UI = event_matrix.of_dataset(data, "log")
    dims = min(dims, min(x_UI.shape) - 1)
    if dims < 1:
        return np.zeros((data.num_items, 0))
    start = np.random.default_rng(0).standard_normal(min(x_UI.shape))
    _, strength_D, right_DI = svds(x_UI, k=dims, v0=start)
    vector_ID = right_DI.T * strength_D
    length_I = np.linalg.norm(vector_ID, axis=1, keepdims=True)
    return np.divide(vector_ID, length_I, out=np.zeros_like(vector_ID), where=length_I > 0)

"""iALS brought up to date with new events: the rows they touch solved exactly, all else left as it is.

The loss is that of `ials`, with the weights the model was trained with. Two blocks of it are brought to
their least, one after the other, so it never rises:
1. every person's vector, given the items (the fold-in of Hu, Koren & Volinsky, ICDM 2008);
2. the vectors of items whose events changed, given the people. Other items stay where they are.

Shapes: U people, I items, T touched items, D factors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.models.ials import Ials
from recengine.models.ials_loss import EXACT_STEPS, improve, principal_axes


def updated(model: Ials, before: Dataset, after: Dataset) -> Ials:
    """The model after one round of both steps; the one that is given stays as it is.

    Args:
        before: what the model has learnt from; people and items have the same codes in both.
    """
    old_UI, new_UI = model.counted(before), model.counted(after)
    items_T = np.unique((new_UI - old_UI).tocoo().coords[1])
    item_ID = model.item_ID.copy()
    person_UD = np.zeros((new_UI.shape[0], model.config.dims), np.float32)
    improve(model.loss, new_UI, item_ID, person_UD, EXACT_STEPS)
    axes_DD = principal_axes(person_UD)
    person_UD, item_ID = person_UD @ axes_DD, item_ID @ axes_DD
    if len(items_T):
        touched_TD = item_ID[items_T]
        improve(model.loss, new_UI.T.tocsr()[items_T], person_UD, touched_TD, EXACT_STEPS)
        item_ID[items_T] = touched_TD
    return _of(model, person_UD, item_ID)


def _of(model: Ials, person_UD: NDArray[np.float32], item_ID: NDArray[np.float32]) -> Ials:
    """A model of these vectors, turned into the items' principal axes."""
    axes_DD = principal_axes(item_ID)
    found = model.config.build()
    arrays = {"item_ID": item_ID @ axes_DD, "average_D": (person_UD @ axes_DD).mean(axis=0)}
    found.restore(arrays, model.meta())
    return found

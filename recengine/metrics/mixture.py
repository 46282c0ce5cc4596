"""How far a list's mixture of categories is from that of its person's past (Steck, RecSys 2018).

U people, K places, V values of a column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM

SMOOTHING = 0.01  # the paper's alpha: this share of the list counts as mixed like the past


def miscalibration(
    items_UK: NDArray[np.int32], past_UV: NDArray[np.float64], of_item: Ragged
) -> NDArray[np.float64]:
    """KL(past, list) in nats per person: 0 where both are mixed alike, NaN where the past is unknown.

    Args:
        past_UV: what share of each person's past each value has, from `mixture`.
        of_item: codes of each item's values.
    """
    list_N, place_N = np.nonzero(items_UK != NO_ITEM)
    listed = Ragged.of_rows(list_N, items_UK[list_N, place_N], len(items_UK))
    list_UV = mixture(listed, of_item, past_UV.shape[1])
    smooth_UV = (1 - SMOOTHING) * list_UV + SMOOTHING * past_UV
    ratio_UV = np.divide(past_UV, smooth_UV, out=np.ones_like(past_UV), where=past_UV > 0)
    return np.where(past_UV.any(axis=1), (past_UV * np.log(ratio_UV)).sum(axis=1), np.nan)


def mixture(items: Ragged, of_item: Ragged, num_values: int) -> NDArray[np.float64]:
    """What share of each row's items has each value, shape (rows, V); all 0 where none has any.

    An item with several values counts for each by equal parts; one without any is left out.
    """
    of_event = of_item.take(items.values.astype(np.int64))
    cells = items.rows[of_event.rows] * num_values + of_event.values
    weight = 1 / of_event.lengths[of_event.rows]
    # bincount of nothing counts in whole numbers
    count_UV = np.bincount(cells, weight, len(items) * num_values).astype(np.float64)
    count_UV = count_UV.reshape(len(items), num_values)
    total_U = count_UV.sum(axis=1, keepdims=True)
    return np.divide(count_UV, total_U, out=np.zeros_like(count_UV), where=total_U > 0)

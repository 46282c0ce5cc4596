"""Pins: where they are among the candidates, and how the others stand around them.

L lists, C candidates, K places, P pins.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recengine.strategy.pool import Pool

Columns = NDArray[np.int64]


def pin_columns(codes: Sequence[int], pool: Pool, open_LC: NDArray[np.bool_]) -> Columns:
    """The column of each pinned item, shape (L, P); -1 on lists on which it may not be."""
    found_LP = np.full((len(pool), len(codes)), -1, np.int64)
    for place, code in enumerate(codes):
        is_LC = (pool.items_LC == code) & open_LC
        found_LP[:, place] = np.where(is_LC.any(axis=1), is_LC.argmax(axis=1), -1)
    return found_LP


def first_pins(pins_LP: Columns) -> Columns:
    """The same without gaps: -1 only behind the last."""
    return np.take_along_axis(pins_LP, np.argsort(pins_LP < 0, axis=1, kind="stable"), axis=1)


def arranged(
    chosen_LK: Columns, pins_LP: Columns, places: Sequence[int]
) -> tuple[Columns, NDArray[np.bool_]]:
    """Pins come first in `chosen_LK`; put each where it belongs, the others around them in their order.

    A list too short for a pin's place ends with the pin.

    Returns:
        The columns place by place, and which of them are pins.
    """
    arranged_LK, pinned_LK = chosen_LK.copy(), np.zeros(chosen_LK.shape, bool)
    kinds, kind_L = np.unique(pins_LP >= 0, axis=0, return_inverse=True)
    for number, present_P in enumerate(kinds if pins_LP.shape[1] else []):
        rows = np.flatnonzero(kind_L.ravel() == number)
        wanted = np.array(places)[present_P] - 1
        order_K, pinned_K = _order(wanted, chosen_LK.shape[1])
        moved_LK = chosen_LK[rows][:, order_K]
        closed_LK = np.argsort(moved_LK < 0, axis=1, kind="stable")
        arranged_LK[rows] = np.take_along_axis(moved_LK, closed_LK, axis=1)
        pinned_LK[rows] = pinned_K[closed_LK] & (arranged_LK[rows] >= 0)
    return arranged_LK, pinned_LK


def _order(wanted: NDArray[np.int64], k: int) -> tuple[Columns, NDArray[np.bool_]]:
    """Which of the chosen goes to each place: the pins (chosen first) to those wanted, the rest in order."""
    wanted = wanted[:k]
    inside = wanted < k
    pinned_K = np.zeros(k, bool)
    pinned_K[wanted[inside]] = True
    pinned_K[np.flatnonzero(~pinned_K)[::-1][: (~inside).sum()]] = (
        True  # beyond the last place: as low as it gets
    )
    by_place = np.argsort(wanted, kind="stable")
    order_K = np.empty(k, np.int64)
    order_K[pinned_K] = by_place
    order_K[~pinned_K] = np.arange(len(wanted), len(wanted) + (~pinned_K).sum())
    return order_K, pinned_K

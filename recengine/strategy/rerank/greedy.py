"""What all re-rankers share: lists are filled place by place with the best candidate that fits.

A candidate fits where it counts for nothing that is full, and where the places left after it are enough
for what each group of bounds still needs. Importing this loads numba.

Shapes: L lists, C candidates, K places, I items, R bounds, G groups, V values, P pins.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from recengine.strategy.bounds import Limits


class Lists(NamedTuple):
    """Candidates to choose from.

    Attributes:
        items_LC: int32 codes.
        open_LC: False for what must not be chosen.
        score_LC: from 0 (worst of the list) to 1 (best).
        pins_LP: columns that are chosen first, -1 behind the last.
    """

    items_LC: NDArray[np.int32]
    open_LC: NDArray[np.bool_]
    score_LC: NDArray[np.float64]
    pins_LP: NDArray[np.int64]


class Room(NamedTuple):
    """How full one list is; changed in place.

    Attributes:
        open_C: what may still be chosen.
        have_R: how many of each bound it has; low_R: how many it must get, as far as there are any.
        need_G: how many each group still needs.
    """

    open_C: NDArray[np.bool_]
    have_R: NDArray[np.int64]
    low_R: NDArray[np.int64]
    need_G: NDArray[np.int64]


class Groups(NamedTuple):
    """The values by which items are alike: those of item i are codes[offsets[i] : offsets[i + 1]]."""

    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]
    number: int


class Tastes(NamedTuple):
    """What share of a person's past each value has: rows of codes and shares that add up to 1, or empty."""

    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]
    shares: NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def empty_room(lists: Lists, limits: Limits) -> Room:
    """A room of the right size, to be started for each list."""
    num_groups = 0
    for group in limits.group:
        num_groups = max(num_groups, group + 1)
    size = len(limits.low)
    return Room(
        np.zeros(lists.items_LC.shape[1], np.bool_),
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(num_groups, np.int64),
    )


@numba.njit(cache=True, nogil=True)
def start(lists: Lists, row: int, limits: Limits, room: Room) -> None:
    """Empty the list; what it must have is bounded by what candidates there are."""
    room.have_R[:], room.low_R[:], room.need_G[:] = 0, 0, 0
    for column in range(len(room.open_C)):
        room.open_C[column] = lists.open_LC[row, column]
        if room.open_C[column]:
            item = lists.items_LC[row, column]
            for entry in range(limits.offsets[item], limits.offsets[item + 1]):
                room.low_R[limits.ids[entry]] += 1
    for bound in range(len(limits.low)):
        room.low_R[bound] = min(room.low_R[bound], limits.low[bound], limits.high[bound])
        if limits.group[bound] >= 0:
            room.need_G[limits.group[bound]] += room.low_R[bound]


@numba.njit(cache=True, nogil=True)
def choose(
    lists: Lists, row: int, place: int, left: int, gain_C: NDArray[np.float64], limits: Limits, room: Room
) -> int:
    """The column of the next item, which is then on the list: a pin, or the best that fits; -1: none does.

    Args:
        left: how many places are left after this one.
        gain_C: what each candidate would add; of equals the earlier is taken.
    """
    best = -1
    if place < lists.pins_LP.shape[1]:
        best = lists.pins_LP[row, place]
    if best < 0:
        tight = 0
        for need in room.need_G:
            tight += need > left
        for column in range(len(gain_C)):
            if (
                room.open_C[column]
                and (best < 0 or gain_C[column] > gain_C[best])
                and _fits(lists.items_LC[row, column], left, tight, limits, room)
            ):
                best = column
    if best >= 0:
        _take(lists.items_LC[row, best], best, limits, room)
    return best


@numba.njit(cache=True, nogil=True)
def _fits(item: int, left: int, tight: int, limits: Limits, room: Room) -> bool:
    helped = 0
    for entry in range(limits.offsets[item], limits.offsets[item + 1]):
        bound = limits.ids[entry]
        if room.have_R[bound] >= limits.high[bound]:
            return False
        group = limits.group[bound]
        if group >= 0 and room.need_G[group] > left and room.have_R[bound] < room.low_R[bound]:
            helped += 1
    return helped == tight


@numba.njit(cache=True, nogil=True)
def _take(item: int, column: int, limits: Limits, room: Room) -> None:
    room.open_C[column] = False
    for entry in range(limits.offsets[item], limits.offsets[item + 1]):
        bound = limits.ids[entry]
        if limits.group[bound] >= 0 and room.have_R[bound] < room.low_R[bound]:
            room.need_G[limits.group[bound]] -= 1
        room.have_R[bound] += 1


@numba.njit(cache=True, nogil=True)
def mark(groups: Groups, item: int, marked_V: NDArray[np.bool_], value: bool) -> None:
    """Mark the values of an item, or take the marks away."""
    for entry in range(groups.offsets[item], groups.offsets[item + 1]):
        marked_V[groups.codes[entry]] = value


@numba.njit(cache=True, nogil=True)
def likeness(groups: Groups, marked_V: NDArray[np.bool_], first: int, second: int) -> float:
    """Cosine of two items' values, in [0, 1]; `first`'s are marked. 0 where nothing is known of one."""
    size = groups.offsets[second + 1] - groups.offsets[second]
    marked = groups.offsets[first + 1] - groups.offsets[first]
    shared = 0
    for entry in range(groups.offsets[second], groups.offsets[second + 1]):
        shared += marked_V[groups.codes[entry]]
    return shared / np.sqrt(size * marked) if shared else 0.0

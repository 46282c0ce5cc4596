"""Log: events as they were read, ids already codes, nothing removed and nothing sorted yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, TimeKind
from recengine.data.repaired import Repaired
from recengine.data.times import TimeFormat

GROUP = 2**21  # events compared with each other at a time
ROW_ORDER = TimeFormat("order", words="no time column: the order of the rows")


@dataclass(frozen=True)
class Log:
    """E events in file order; 40 bytes each, whatever their ids look like.

    Attributes:
        users, items: the ids behind the codes.
        user, item: int32 codes, -1 where the id is missing.
        time: float64 seconds, NaN where it cannot be read; the row number where there is none.
        weight: float32, NaN where none is stated.
        event: int16 codes into `events`, -1 where missing; None without an event column.
        row: int64 row of the file, counted from 1.
        rest: a hash of all other columns, to tell a copied row from a repeated event; None
            where there are no others.
        time_format: how times were written, and so what they mean.
        rating: the weight is a grade somebody gave, not a quantity.
        event_weight_of: how much each kind in `events` counts.
        repaired: by the rule's code, the rows that reading put right or found to be no events.
        unread: the first times that could not be read, by their rows.
    """

    users: pd.Index
    items: pd.Index
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    time: NDArray[np.float64]
    weight: NDArray[np.float32]
    row: NDArray[np.int64]
    event: NDArray[np.int16] | None = None
    events: list[str] = field(default_factory=list)
    rest: NDArray[np.uint64] | None = None
    time_format: TimeFormat = ROW_ORDER
    rating: bool = False
    event_weight_of: NDArray[np.float32] = field(default_factory=lambda: np.ones(0, np.float32))
    repaired: dict[str, Repaired] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.user)

    @property
    def event_weight(self) -> NDArray[np.float32]:
        """How much each event's kind counts; 1 without kinds, shape (E,)."""
        if self.event is None:
            return np.ones(len(self), np.float32)
        return np.append(self.event_weight_of, np.float32(1))[self.event]

    @property
    def time_kind(self) -> TimeKind:
        """How times are to be read."""
        return self.time_format.kind

    @cached_property
    def repeated(self) -> NDArray[np.bool_]:
        """True where the person had the item in an earlier row, shape (E,)."""
        return repeats(self.user, self.item)

    def moved(self) -> Log:
        """The same; this one is empty from now on, so that nobody who still holds it holds its memory."""
        log = replace(self)
        nothing = self.where(np.zeros(len(self), bool))
        for name in log.__dataclass_fields__:
            object.__setattr__(self, name, getattr(nothing, name))
        self.__dict__.pop("repeated", None)
        return log

    def where(self, keep: NDArray[np.bool_]) -> Log:
        """Only the events marked True, in the same order."""
        return replace(
            self,
            user=self.user[keep],
            item=self.item[keep],
            time=self.time[keep],
            weight=self.weight[keep],
            row=self.row[keep],
            event=None if self.event is None else self.event[keep],
            rest=None if self.rest is None else self.rest[keep],
            repaired={code: one.where(keep) for code, one in self.repaired.items()},
        )

    def describe(self, place: int) -> str:
        """One event in words, for the examples of a report."""
        ids = (
            self.users[self.user[place]] if self.user[place] >= 0 else "(none)",
            self.items[self.item[place]] if self.item[place] >= 0 else "(none)",
        )
        moment = self.time[place]
        unread = self.unread.get(int(self.row[place])) if np.isnan(moment) else None
        told = _moment(moment, self.time_kind) if unread is None else repr(unread)
        when = "" if self.time_kind == "order" else f", time {told}"
        weight = "" if np.isnan(self.weight[place]) else f", weight {self.weight[place]:g}"
        return f"row {self.row[place]:,}: person {ids[0]}, item {ids[1]}{when}{weight}"


def repeats(user: NDArray[np.int32], item: NDArray[np.int32]) -> NDArray[np.bool_]:
    """True where the person had the item in an earlier row, shape (E,).

    People are taken in groups, for a table of all pairs would be larger than the log.
    """
    repeated = np.empty(len(user), bool)
    num_groups = 1 + len(user) // GROUP
    for group in range(num_groups):
        places = np.flatnonzero(user % num_groups == group) if num_groups > 1 else np.arange(len(user))
        pair = (user[places].astype(np.int64) << 32) + item[places]
        repeated[places] = pd.Series(pair).duplicated()
    return repeated


def _moment(seconds: float, kind: TimeKind) -> str:
    if np.isnan(seconds):
        return "unreadable"
    if kind == "day":
        return f"day {seconds / DAY:g}"
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")

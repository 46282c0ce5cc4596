"""Log: events as they were read, ids already codes, nothing removed and nothing sorted yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recengine.core.columns import DAY, TimeKind
from recengine.core.errors import DataError
from recengine.data.mapping import RATING, Mapping
from recengine.data.texts import id_codes, numbers, texts
from recengine.data.times import TimeFormat, guess_time

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

    @property
    def pair(self) -> NDArray[np.int64]:
        """One number per (person, item), shape (E,)."""
        return self.user.astype(np.int64) * max(1, len(self.items)) + self.item

    @cached_property
    def repeated(self) -> NDArray[np.bool_]:
        """True where the person had the item in an earlier row, shape (E,)."""
        return np.asarray(pd.Series(self.pair).duplicated())

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
        )

    def describe(self, place: int) -> str:
        """One event in words, for the examples of a report."""
        ids = (
            self.users[self.user[place]] if self.user[place] >= 0 else "(none)",
            self.items[self.item[place]] if self.item[place] >= 0 else "(none)",
        )
        moment = self.time[place]
        when = "" if self.time_kind == "order" else f", time {_moment(moment, self.time_kind)}"
        weight = "" if np.isnan(self.weight[place]) else f", weight {self.weight[place]:g}"
        return f"row {self.row[place]:,}: person {ids[0]}, item {ids[1]}{when}{weight}"


def _moment(seconds: float, kind: TimeKind) -> str:
    if np.isnan(seconds):
        return "unreadable"
    if kind == "day":
        return f"day {seconds / DAY:g}"
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")


class LogBuilder:
    """Takes tables of raw columns one after the other and keeps codes only."""

    def __init__(self, mapping: Mapping, time_format: TimeFormat | None = None) -> None:
        self.mapping = mapping
        self.num_rows = [0, 0]  # events, test events
        self._time_format = time_format
        self._user: list[pa.Array] = []
        self._item: list[pa.Array] = []
        self._event: list[pa.Array] = []
        self._time: list[NDArray[np.float64]] = []
        self._weight: list[NDArray[np.float32]] = []
        self._rest: list[NDArray[np.uint64]] = []

    def add(self, table: pa.Table, *, test: bool = False) -> None:
        """The next rows; columns are found by the mapping's names. Test rows come last."""
        names = self.mapping
        if len(table) == 0:
            return
        self._user.append(_encoded(table.column(names.user)))
        self._item.append(_encoded(table.column(names.item)))
        if names.event:
            self._event.append(_encoded(table.column(names.event)))
        if names.time:
            self._time.append(self._seconds(table.column(names.time), names.time, test))
        if names.weight:
            self._weight.append(numbers(table.column(names.weight)).astype(np.float32))
        others = [name for name in table.column_names if name not in names.columns]
        if others and names.time and not test:
            self._rest.append(_row_hash(table.select(others)))
        self.num_rows[test] += len(table)

    def finish(self) -> tuple[Log, Log | None]:
        """All rows added so far: the events, and the test events if there are any; codes are shared."""
        names, total = self.mapping, sum(self.num_rows)
        user, users = id_codes(self._user)
        item, items = id_codes(self._item)
        event, events = id_codes(self._event) if names.event else (None, pd.Index([]))
        position = np.arange(1, total + 1)
        log = Log(
            users=users,
            items=items,
            user=user,
            item=item,
            time=np.concatenate(self._time) if self._time else position.astype(np.float64),
            weight=np.concatenate(self._weight) if self._weight else np.ones(total, np.float32),
            row=np.where(position > self.num_rows[0], position - self.num_rows[0], position),
            event=None if event is None else event.astype(np.int16),
            events=list(events),
            rest=self._all_rest(),
            rating=bool(names.weight and RATING.search(names.weight)),
            event_weight_of=np.array([names.weight_of(kind) for kind in events], np.float32),
            time_format=self._time_format if self._time_format and names.time else ROW_ORDER,
        )
        if not self.num_rows[1]:
            return log, None
        return log.where(position <= self.num_rows[0]), log.where(position > self.num_rows[0])

    def _all_rest(self) -> NDArray[np.uint64] | None:
        """Of a given test only the mapped columns are read: nothing looks for copies in it."""
        if not self._rest:
            return None
        return np.concatenate([*self._rest, np.zeros(self.num_rows[1], np.uint64)])

    def _seconds(self, values: pa.ChunkedArray, name: str, test: bool) -> NDArray[np.float64]:
        if self._time_format is None:
            self._time_format = guess_time(values, name)
        if self._time_format is None:
            shown = ", ".join(map(repr, values.slice(0, 3).to_pylist()))
            raise DataError(
                f"column '{name}' holds no time that can be read; it starts with {shown}. Times are ISO text "
                "(2024-05-17 09:30), seconds or milliseconds since 1970, or plain day numbers. "
                "Choose another column for the time, or none."
            )
        seconds = self._time_format.read(values)
        if test and np.isnan(seconds).all() and (own := guess_time(values, name)):
            return own.read(values)  # the test may write the same moments in another way
        return seconds


def _encoded(values: pa.ChunkedArray) -> pa.DictionaryArray:
    """One column of ids as dictionary of text; numbers are written out once per distinct value."""
    column = pa.concat_arrays(values.chunks)
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), texts(encoded.dictionary))


def _row_hash(table: pa.Table) -> NDArray[np.uint64]:
    """One number per row that differs (but for one case in 10^19) where any column differs."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("rows", table)
        columns = ", ".join('"' + name.replace('"', '""') + '"' for name in table.column_names)
        found = connection.execute(f"SELECT hash({columns}) AS h FROM rows").fetchnumpy()
    return np.asarray(found["h"], np.uint64)

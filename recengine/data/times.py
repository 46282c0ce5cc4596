"""How a column of times is written, seen from some of its values."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recengine.core.columns import DAY, TimeKind
from recengine.data.moments import EXCEL_DAYS, EXCEL_START, FORMS, UNREAD, Readings, read_moments, seconds_of
from recengine.data.texts import Values, is_no_text, numbers, texts

ISO, WRITTEN = "ISO8601", "written"
SAMPLE = 2_000  # values looked at to find out how a time is written
READABLE = 0.5  # share of the values that must be times for a column to hold times
MOSTLY = 0.95  # share of numbers within Excel's days for a column of them
GLANCED_AT = 20  # values among which one must look like a date before all are read
DATE_LIKE = re.compile(
    r"\d\s?[./-]\s?\d{1,2}\s?[./-]\s?\d|\d{5}|年|"
    r"[^\W\d]{3,}\.?[ /-]+\d{1,2}|\d(st|nd|rd|th|\.)?[ /-]*(de )?[^\W\d]{3}"
)

# Magnitudes of numbers that count from 1970, for moments after 1973: (from, seconds per unit, name).
EPOCHS = (
    (1e17, 1e-9, "nanoseconds"),
    (1e14, 1e-6, "microseconds"),
    (1e11, 1e-3, "milliseconds"),
    (1e8, 1.0, "seconds"),
)
MOST_DAYS = 40_000  # a hundred years; smaller plain numbers are read as days
_ORDER_NAMES = {"position", "order", "rank", "step", "seq", "sequence", "index", "idx", "row"}
_MOMENT_NAMES = {"date", "datetime", "time", "timestamp", "ts", "day", "at", "on", "created", "placed"}


@dataclass(frozen=True)
class TimeFormat:
    """How the values of a time column become seconds.

    Attributes:
        kind: calendar time, plain day numbers, or a mere order.
        scale, start: seconds per unit and the seconds of 0, for numbers.
        pattern: ISO8601 or "written" in any way, for text; None for numbers.
        words: the same for a reader.
    """

    kind: TimeKind
    scale: float = 1.0
    start: float = 0.0
    pattern: str | None = None
    words: str = ""

    def read(self, values: Values) -> NDArray[np.float64]:
        """Seconds, NaN where a value cannot be read; a day that could be the month is the likelier one."""
        if is_moment(values.type):
            return _typed(values)
        if self.pattern is None:
            return np.asarray((numbers(values) * self.scale + self.start).round(6), np.float64)
        if (seconds := all_iso(values)) is not None:
            return seconds
        found = read_texts(texts(values))
        day_first = np.isfinite(found.dmy).sum() > np.isfinite(found.mdy).sum()
        likely, other = (found.dmy, found.mdy) if day_first else (found.mdy, found.dmy)
        return np.where(np.isnan(likely), other, likely)


def read_texts(column: Values, *, year_first: bool = False) -> Readings:
    """`read_moments` of a column of texts; each distinct one is read once."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    encoded = column.dictionary_encode()
    places = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    distinct = pa.concat_arrays([encoded.dictionary, pa.array([""])])  # nothing is no moment
    return read_moments(distinct, year_first=year_first).take(places)


def guess_time(values: Values, name: str = "") -> TimeFormat | None:
    """How these times are written; None if they are no times."""
    if is_moment(values.type):
        return TimeFormat("date", pattern=ISO, words="dates with a type")
    if pa.types.is_temporal(values.type) or is_no_text(values.type):
        return None
    known = texts(values).drop_null().slice(0, 100 * SAMPLE)
    sample = known.take(pa.array(np.linspace(0, len(known) - 1, min(SAMPLE, len(known))).astype(int)))
    if len(sample) == 0:
        return None
    number = numbers(sample)
    if np.isfinite(number).mean() >= READABLE:
        return _of_numbers(number[np.isfinite(number)], name)
    if all_iso(sample) is not None:
        return TimeFormat("date", pattern=ISO, words=f"text written as {ISO}")
    if not any(DATE_LIKE.search(text) for text in sample.slice(0, GLANCED_AT).to_pylist()):
        return None
    found = read_texts(sample)
    if (found.form != UNREAD).mean() < READABLE:
        return None
    return TimeFormat("date", pattern=WRITTEN, words=FORMS[int(np.bincount(found.form)[1:].argmax()) + 1])


def is_moment(kind: pa.DataType) -> bool:
    """Whether values of this type are dates or moments already."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _of_numbers(values: NDArray[np.float64], name: str) -> TimeFormat:
    middle = float(np.median(np.abs(values)))
    if _names_a_position(name):
        return TimeFormat("order", words="a position, no time")
    if _are_dates_as_numbers(values):
        return TimeFormat("date", pattern=WRITTEN, words="dates as YYYYMMDD")
    if ((values >= EXCEL_DAYS[0]) & (values <= EXCEL_DAYS[1])).mean() >= MOSTLY:
        return TimeFormat("date", float(DAY), EXCEL_START, words="Excel day numbers")
    for least, scale, unit in EPOCHS:
        if middle >= least:
            return TimeFormat("date", scale, words=f"{unit} since 1970")
    if middle <= MOST_DAYS:
        return TimeFormat("day", float(DAY), words="plain day numbers")
    return TimeFormat("day", words="seconds from a start of their own")


def _names_a_position(name: str) -> bool:
    """Whether a column of that name counts: an order does, the date of an order does not."""
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    return bool(words & _ORDER_NAMES) and not words & _MOMENT_NAMES


def _are_dates_as_numbers(values: NDArray[np.float64]) -> bool:
    inside = (values >= 1900_01_01) & (values <= 2100_12_31) & (values % 1 == 0)
    month, day = values // 100 % 100, values % 100
    return bool((inside & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).mean() >= READABLE)


def all_iso(values: Values) -> NDArray[np.float64] | None:
    """The quick way where all values are ISO text; None where some are not."""
    column = texts(values)
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return _typed(pc.cast(column, kind))
        except pa.ArrowInvalid:
            continue
    return None


def _typed(values: Values) -> NDArray[np.float64]:
    moments = pc.cast(values, pa.timestamp("us", getattr(values.type, "tz", None)), safe=False)
    return seconds_of(moments.to_pandas())

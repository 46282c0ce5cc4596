"""Times in whatever form a file has them, to seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recengine.core.columns import DAY, TimeKind
from recengine.data.texts import Values, numbers, texts

ISO = "ISO8601"
SAMPLE = 2_000  # values looked at to find out how a time is written
READABLE = 0.8  # share of the values a format must read to be believed

# Magnitudes of numbers that count from 1970, for moments after 1973: (from, seconds per unit, name).
EPOCHS = (
    (1e17, 1e-9, "nanoseconds"),
    (1e14, 1e-6, "microseconds"),
    (1e11, 1e-3, "milliseconds"),
    (1e8, 1.0, "seconds"),
)
MOST_DAYS = 40_000  # a hundred years; smaller plain numbers are read as days

_DATES = ["%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%y"]
_DATES += ["%d/%m/%y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"]
_DATES += ["%Y%m%d"]
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M:%S", "T%H:%M:%S")
_LOGS = ("%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S %Z")
_DIRECTIVES = {
    **dict.fromkeys(("%m", "%d", "%y", "%H", "%I", "%M", "%S"), r"\d{1,2}"),
    **dict.fromkeys(("%a", "%b", "%B", "%Z"), r"[^\W\d]+"),
    "%Y": r"\d{4}",
    "%f": r"\d{1,9}",
    "%z": r"[-+]\d\d:?\d\d",
    "%p": r"[aApP]\.?[mM]\.?",
}
_ORDER_NAMES = ("position", "order", "rank", "step", "seq", "sequence", "index", "idx", "row")


@dataclass(frozen=True)
class TimeFormat:
    """How the values of a time column become seconds.

    Attributes:
        kind: calendar time, plain day numbers, or a mere order.
        scale: seconds per unit, for numbers.
        pattern: how text is written (strptime, or ISO8601); None for numbers and typed columns.
        words: the same for a reader.
    """

    kind: TimeKind
    scale: float = 1.0
    pattern: str | None = None
    words: str = ""

    def read(self, values: Values) -> NDArray[np.float64]:
        """Seconds, NaN where a value cannot be read."""
        if _is_moment(values.type):
            return _typed(values)
        if self.pattern is None:
            return numbers(values) * self.scale
        return _written(values, self.pattern)


def guess_time(values: Values, name: str = "") -> TimeFormat | None:
    """How these times are written; None if they are no times."""
    if _is_moment(values.type):
        return TimeFormat("date", pattern=ISO, words="dates with a type")
    if pa.types.is_temporal(values.type) or pa.types.is_nested(values.type):
        return None
    known = texts(values).drop_null().slice(0, 100 * SAMPLE)
    sample = known.take(np.linspace(0, len(known) - 1, min(SAMPLE, len(known))).astype(int))
    if len(sample) == 0:
        return None
    number = numbers(sample)
    if np.isfinite(number).mean() >= READABLE:
        return _of_numbers(number[np.isfinite(number)], name.lower())
    return _of_texts(sample)


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _of_numbers(values: NDArray[np.float64], name: str) -> TimeFormat:
    middle = float(np.median(np.abs(values)))
    if any(word in name for word in _ORDER_NAMES):
        return TimeFormat("order", words="a position, no time")
    if _are_dates_as_numbers(values):
        return TimeFormat("date", pattern="%Y%m%d", words="dates as YYYYMMDD")
    for least, scale, unit in EPOCHS:
        if middle >= least:
            return TimeFormat("date", scale, words=f"{unit} since 1970")
    if middle <= MOST_DAYS:
        return TimeFormat("day", float(DAY), words="plain day numbers")
    return TimeFormat("day", words="seconds from a start of their own")


def _are_dates_as_numbers(values: NDArray[np.float64]) -> bool:
    inside = (values >= 1900_01_01) & (values <= 2100_12_31) & (values % 1 == 0)
    if inside.mean() < READABLE:
        return False
    month, day = values // 100 % 100, values % 100
    return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).mean() >= READABLE)


def _of_texts(sample: Values) -> TimeFormat | None:
    """The pattern that reads most of the sample; earlier ones win ties."""
    first = sample.slice(0, 20).to_pylist()
    best, most = None, 0.0
    for pattern, shape in _shapes().items():
        # To see that a text has another shape is a thousand times quicker than to fail to read it.
        if not any(shape.fullmatch(text) for text in first):
            continue
        share = float(np.isfinite(_written(sample, pattern)).mean())
        if share >= READABLE and share > most:
            best, most = pattern, share
        if pattern == ISO and share == 1:
            break
    return None if best is None else TimeFormat("date", pattern=best, words=f"text written as {best}")


@cache
def _shapes() -> dict[str, re.Pattern[str]]:
    """What a text written by each pattern looks like."""
    patterns = [*_LOGS, *(date + clock for clock, date in product(_CLOCKS, _DATES))]
    return {ISO: re.compile(r"\d{4}-?\d\d.*"), **{pattern: _shape(pattern) for pattern in patterns}}


def _shape(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(%[a-zA-Z])", pattern)
    return re.compile("".join(_DIRECTIVES.get(part, re.escape(part)) for part in parts))


def _written(values: Values, pattern: str) -> NDArray[np.float64]:
    """Text times; each distinct text is parsed once unless the fast path takes them all."""
    column = texts(values)
    if pattern == ISO:
        for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
            try:
                return _typed(pc.cast(column, kind))
            except pa.ArrowInvalid:
                continue
    places, distinct = pd.factorize(column.to_pandas())
    moments = pd.to_datetime(pd.Series(distinct), format=pattern, errors="coerce", utc=True)
    seconds = np.append(_seconds(moments), np.nan)
    return np.asarray(seconds[places], np.float64)


def _typed(values: Values) -> NDArray[np.float64]:
    return _seconds(
        pc.cast(values, pa.timestamp("us", getattr(values.type, "tz", None)), safe=False).to_pandas()
    )


def _seconds(moments: pd.Series[Any]) -> NDArray[np.float64]:
    """Seconds since 1970; moments without a zone are read as UTC."""
    if getattr(moments.dtype, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    ticks = moments.to_numpy("datetime64[us]").astype(np.int64)
    return np.where(moments.isna(), np.nan, ticks / 1e6)

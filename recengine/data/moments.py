"""Single moments in whatever way they are written; where the day could be the month, both readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recengine.core.columns import DAY
from recengine.data.texts import Values, numbers

Order = Literal["dmy", "mdy", "ymd"]
Seconds = NDArray[np.float64]

EXCEL_START = -25_569.0 * DAY  # day 0 of Excel's calendar, in seconds since 1970
EXCEL_DAYS = (32_874, 54_789)  # 1990 to 2049
EPOCHS = (  # numbers that count from 1970, for moments of 1990 to 2100: (from, to, seconds per unit)
    (6.3e8, 4.1e9, 1.0), (6.3e11, 4.1e12, 1e-3), (6.3e14, 4.1e15, 1e-6), (6.3e17, 4.1e18, 1e-9),
)  # fmt: skip
# How a moment is written; the last ones leave open which number is the day.
UNREAD, ISO_TEXT, SINCE_1970, EXCEL, NAMED, DOTS, SLASHES, DASHES = range(8)
FORMS: tuple[str, ...] = (
    "",
    "ISO text",
    "numbers since 1970",
    "Excel day numbers",
    "dates in words",
)
FORMS += ("dates with dots", "dates with slashes", "dates with dashes")

_CLOCK = (
    r"(?:[T,: ]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}(?:[.,]\d{1,9})?))?"
    r"\s*(?P<half>[aApP]?)\.?(?:[mM]\.?)?(?: Uhr| h)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_WEEKDAY = r"^(?:\p{L}{2,10}\.?,? +)?"
_NUMERIC = _WEEKDAY + r"(?P<a>\d{1,4})(?P<between>[./-]) ?(?P<b>\d{1,2})[./-] ?(?P<c>\d{1,4})\.?" + _CLOCK
_DAY_NAMED = (
    _WEEKDAY
    + r"(?P<a>\d{1,2})(?:st|nd|rd|th|er|\.|º)?(?: de)?[ /-]*(?P<b>\p{L}{3,10})\.?,?(?: de)?[ /-]*"
    + r"(?P<c>\d{4}|\d{2})"
    + _CLOCK
)
_MONTH_NAMED = (
    _WEEKDAY + r"(?P<b>\p{L}{3,10})\.?[ -]+(?P<a>\d{1,2})(?:st|nd|rd|th)?,?[ -]+(?P<c>\d{4})" + _CLOCK
)
# "Fri May 17 12:00:00 +0000 2024", as C and Twitter write it: the year moves before the clock.
_YEAR_LAST = r"^(\p{L}{3} \p{L}{3} +\d{1,2}) (\d\d:\d\d:\d\d)(?: (?:[A-Z]{3,4}|([+-]\d{4})))? (\d{4})$"
_MONTHS = (
    "jan ene gen", "feb fév fev", "mar mär mrz mrt maa", "apr avr abr", "may mai mag mei maj", "jun juin giu",
    "jul juil lug", "aug aoû aou ago", "sep set", "oct okt out ott", "nov", "dec dez déc dic",
)  # fmt: skip
MONTHS = {word: month for month, words in enumerate(_MONTHS, start=1) for word in words.split()}


@dataclass(frozen=True)
class Readings:
    """Moments in seconds since 1970, with the day first and with the month first; NaN where impossible.

    Attributes:
        form: int8 places in FORMS.
    """

    dmy: Seconds
    mdy: Seconds
    form: NDArray[np.int8]

    def take(self, places: NDArray[np.int64]) -> Readings:
        """The readings at these places."""
        return Readings(self.dmy[places], self.mdy[places], self.form[places])


def read_moments(written: Values, *, year_first: bool = False) -> Readings:
    """Every way to read these texts.

    Args:
        written: distinct texts, trimmed.
        year_first: dates with a year of two digits begin with it.
    """
    dmy, form = _read_numbers(written)
    mdy = dmy.copy()
    tidy = pc.replace_substring_regex(written, r"^(\d{4})年(\d{1,2})月(\d{1,2})日", r"\1-\2-\3")
    tidy = pc.replace_substring_regex(tidy, _YEAR_LAST, r"\1 \4 \2\3")
    for pattern in (_NUMERIC, _DAY_NAMED, _MONTH_NAMED):
        left = np.flatnonzero(form == UNREAD)
        if not len(left):
            break
        parts = pc.extract_regex(tidy.take(pa.array(left)), pattern)
        found = np.flatnonzero(parts.is_valid().to_numpy(zero_copy_only=False))
        if len(found):
            places = left[found]
            cells = parts.take(pa.array(found))
            names = [field.name for field in cells.type]
            columns = dict(zip(names, cells.flatten(), strict=True))
            dmy[places], mdy[places], form[places] = _read_parts(columns, year_first)
    _read_iso(tidy, dmy, mdy, form)
    return Readings(dmy, mdy, form)


def _read_numbers(written: Values) -> tuple[Seconds, NDArray[np.int8]]:
    number = numbers(written)
    seconds, form = np.full(len(number), np.nan), np.zeros(len(number), np.int8)
    for least, most, scale in EPOCHS:
        inside = (number >= least) & (number <= most)
        seconds[inside], form[inside] = number[inside] * scale, SINCE_1970
    inside = (number >= EXCEL_DAYS[0]) & (number <= EXCEL_DAYS[1])
    seconds[inside], form[inside] = from_excel(number[inside]), EXCEL
    return seconds, form


def from_excel(days: Seconds) -> Seconds:
    """Excel's day numbers in seconds since 1970, to the millisecond."""
    return np.asarray((days * DAY + EXCEL_START).round(3), np.float64)


def _read_iso(written: Values, dmy: Seconds, mdy: Seconds, form: NDArray[np.int8]) -> None:
    """What only the reader of ISO text can make out: 20240517, 20240517T101500Z, fractions of minutes."""
    like = pc.match_substring_regex(written, r"^\d{4}-?\d\d-?\d\d(\D|\d{4}|$)").to_numpy(zero_copy_only=False)
    left = np.flatnonzero((form == UNREAD) & like)
    if not len(left):
        return
    moments = pd.to_datetime(
        pd.Series(written.take(pa.array(left)).to_pylist()), format="ISO8601", errors="coerce", utc=True
    )
    seconds = seconds_of(moments)
    dmy[left] = mdy[left] = seconds
    form[left] = np.where(np.isfinite(seconds), ISO_TEXT, UNREAD)


def _read_parts(cells: dict[str, Values], year_first: bool) -> tuple[Seconds, Seconds, NDArray[np.int8]]:
    """Dates cut into a, b and c, of which b may be a month's name."""
    a, c = _number(cells["a"]), _number(cells["c"])
    named = "between" not in cells
    b = _months(cells["b"]) if named else _number(cells["b"])
    clock = _clock(cells)
    long_year = _array(pc.utf8_length(cells["a"])) > 2
    first = long_year | (a > 31) | (year_first & (_array(pc.utf8_length(cells["c"])) <= 2))
    year = _century(np.where(first, a, c))
    dmy = _moment(year, b, np.where(first, c, a), clock)
    if named:
        return dmy, dmy, np.where(np.isfinite(dmy), NAMED, UNREAD).astype(np.int8)
    mdy = np.where(first, dmy, _moment(year, a, b, clock))
    form = np.array([DOTS, DASHES, SLASHES])[_array(pc.index_in(cells["between"], pa.array([".", "-", "/"])))]
    form = np.where(long_year & (form == DASHES), ISO_TEXT, form)
    return dmy, mdy, np.where(np.isfinite(dmy) | np.isfinite(mdy), form, UNREAD).astype(np.int8)


def _array(values: Values) -> NDArray[Any]:
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _number(digits: Values) -> Seconds:
    """Digits as float64; none are 0."""
    return _array(pc.cast(pc.if_else(pc.equal(digits, ""), "0", digits), pa.float64()))


def _months(names: Values) -> Seconds:
    """Month numbers by the start of their names, in the languages of Europe; NaN for other words."""
    words = names.dictionary_encode()
    month = [
        MONTHS.get(word.lower()[:4], MONTHS.get(word.lower()[:3])) for word in words.dictionary.to_pylist()
    ]
    return np.array(month, np.float64)[_array(words.indices)]


def _century(year: Seconds) -> Seconds:
    return np.where(year >= 100, year, np.where(year < 70, year + 2000, year + 1900))


def _clock(cells: dict[str, Values]) -> Seconds:
    """Seconds since midnight UTC; NaN where a clock shows no time of day."""
    hour, minute = _number(cells["hour"]), _number(cells["minute"])
    second = _number(pc.replace_substring(cells["second"], ",", "."))
    half = _array(pc.utf8_lower(cells["half"]))
    hour = np.where(half == "", hour, np.where(hour <= 12, hour % 12 + 12 * (half == "p"), np.nan))
    zone = pc.replace_substring(pc.replace_substring_regex(cells["zone"], "^[A-Z]+$", "+0000"), ":", "")
    minutes_east = _number(pc.utf8_slice_codeunits(zone, 1, 3)) * 60 + _number(
        pc.utf8_slice_codeunits(zone, 3)
    )
    east = np.where(_array(pc.starts_with(zone, "-")), -minutes_east, minutes_east)
    shown = (hour <= 24) & (minute < 60) & (second < 61)
    return np.where(shown, hour * 3600 + (minute - east) * 60 + second, np.nan)


def _moment(year: Seconds, month: Seconds, day: Seconds, clock: Seconds) -> Seconds:
    """Seconds since 1970; NaN where there is no such day."""
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1000) & (year <= 9999)
    count = np.where(exists, (year - 1970) * 12 + month - 1, 0).astype(np.int64)
    months = count.astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    return np.where(exists & (day <= length), (first + day - 1) * DAY + clock, np.nan)


def seconds_of(moments: pd.Series[Any]) -> Seconds:
    """Seconds since 1970; moments without a zone are read as UTC."""
    if getattr(moments.dtype, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    ticks = moments.to_numpy("datetime64[us]").astype(np.int64)
    return np.where(moments.isna(), np.nan, ticks / 1e6)

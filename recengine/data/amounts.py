"""Numbers as people write them: 1.234,50 or 1,234.50, with a currency, in brackets where negative."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recengine.core.errors import Question
from recengine.data.growing import TwoReadings
from recengine.data.repaired import Repaired, Sightings
from recengine.data.texts import Values, numbers, texts

Decimals = Literal["comma", "point"]
Numbers = NDArray[np.float64]

_CURRENCY = (
    r"(?:\p{Sc}|[A-Z]{1,2}\$|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|CAD|AUD|"
    r"kr\.?|Fr\.?|zł|Kč|Rs\.?)"
)
_AMOUNT = (
    r"^(?P<open>\(?)(?P<sign>[+\-−–]?)\s*(?P<before>" + _CURRENCY + r"?)\s*(?P<sign2>[+\-−–]?)\s*"
    r"(?P<digits>\d[\d.,'’\s\x{a0}\x{202f}]*|[.,]\d+)(?P<exponent>(?:[eE][+-]?\d+)?)"
    r"\s*(?P<after>" + _CURRENCY + r"?)(?P<sign3>[-−–]?)(?P<close>\)?)$"
)
_GROUPS = r"[1-9]\d{0,2}"
_STYLES: dict[Decimals, tuple[str, str]] = {  # what is a number, and what stands between its thousands
    "point": (
        rf"^(?:\d+|{_GROUPS}(?:,\d{{3}})+|{_GROUPS}(?:[ '’\x{{a0}}\x{{202f}}]\d{{3}})+)?(?:\.\d*)?$",
        ",",
    ),
    "comma": (
        rf"^(?:\d+|{_GROUPS}(?:\.\d{{3}})+|{_GROUPS}(?:[ '’\x{{a0}}\x{{202f}}]\d{{3}})+)?(?:,\d*)?$",
        r"\.",
    ),
}
CODES = ("decimal_commas", "thousands", "currency_signs")


@dataclass(frozen=True)
class Amounts:
    """Numbers as read with a decimal point and with a decimal comma; NaN where impossible.

    Attributes:
        repaired: for each style and rule, which values the rule concerns.
    """

    point: Numbers
    comma: Numbers
    repaired: dict[tuple[Decimals, str], NDArray[np.bool_]]

    @property
    def open(self) -> NDArray[np.bool_]:
        """Which values are two different numbers."""
        return np.isfinite(self.point) & np.isfinite(self.comma) & (self.point != self.comma)

    def take(self, places: NDArray[np.int64]) -> Amounts:
        """The amounts at these places."""
        repaired = {key: mask[places] for key, mask in self.repaired.items()}
        return Amounts(self.point[places], self.comma[places], repaired)

    def style(self) -> Decimals | None:
        """Which style the values that leave no choice are written in; None where none do, or both."""
        only_point, only_comma = np.isnan(self.comma), np.isnan(self.point)
        if (only_point & ~only_comma).any() != (only_comma & ~only_point).any():
            return "point" if (only_point & ~only_comma).any() else "comma"
        return None


def amounts(values: Values) -> Numbers:
    """A column as float64, NaN where there is no number; what could be either is thousands."""
    if not _is_text(values.type):
        return numbers(values)
    found = read_amounts(texts(values))
    return _settled(found, found.style() or "point")


def read_amounts(column: Values) -> Amounts:
    """Every way to read a column of texts; each distinct one is read once."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    encoded = column.dictionary_encode()
    places = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return read_distinct(pa.concat_arrays([encoded.dictionary, pa.nulls(1, pa.string())])).take(places)


def read_distinct(written: Values) -> Amounts:
    """Every way to read distinct texts, trimmed."""
    try:
        return _read_plain(written, pc.cast(written, pa.float64()))
    except pa.ArrowInvalid:
        return _read_any(written)


def _read_plain(written: Values, cast: Values) -> Amounts:
    """The quick way where all are numbers for a machine: only 1.234 may still be 1234."""
    point = _array(cast)
    point = np.where(np.isfinite(point), point, np.nan)
    dotted = _true(pc.fill_null(pc.match_substring(written, "."), False))
    grouped = _true(pc.fill_null(pc.match_substring_regex(written, rf"^[+-]?{_GROUPS}(\.\d{{3}})+$"), False))
    comma = np.where(dotted, np.where(grouped, (point * 1000).round(), np.nan), point)
    return Amounts(point, comma, {("comma", "thousands"): grouped})


def _read_any(written: Values) -> Amounts:
    parts = pc.extract_regex(written, _AMOUNT)
    names = [field.name for field in parts.type]
    cells = {name: pc.fill_null(part, "") for name, part in zip(names, parts.flatten(), strict=True)}
    sign = _signs(cells)
    money = _true(pc.not_equal(pc.binary_join_element_wise(cells["before"], cells["after"], ""), ""))
    digits = pc.utf8_trim_whitespace(cells["digits"])
    readings: dict[Decimals, Numbers] = {}
    repaired: dict[tuple[Decimals, str], NDArray[np.bool_]] = {}
    for style, (pattern, between) in _STYLES.items():
        fits = pc.and_(pc.match_substring_regex(digits, pattern), pc.not_equal(digits, ""))
        plain = pc.replace_substring_regex(digits, rf"{between}|[ '’\x{{a0}}\x{{202f}}]", "")
        grouped = _true(pc.and_(fits, pc.not_equal(plain, digits)))
        number = pc.binary_join_element_wise(pc.replace_substring(plain, ",", "."), cells["exponent"], "")
        readings[style] = (
            pd.to_numeric(pc.if_else(fits, number, None).to_pandas(), errors="coerce").to_numpy(
                np.float64, na_value=np.nan
            )
            * sign
        )
        repaired[style, "thousands"] = grouped
        repaired[style, "currency_signs"] = money
        repaired[style, "decimal_commas"] = _true(pc.and_(fits, pc.match_substring(plain, ","))) & (
            style == "comma"
        )
    return Amounts(readings["point"], readings["comma"], repaired)


def _signs(cells: dict[str, Values]) -> Numbers:
    """-1 for 5-, -5 and (5); NaN where brackets or signs make no sense."""
    signs = pc.replace_substring_regex(
        pc.binary_join_element_wise(cells["sign"], cells["sign2"], cells["sign3"], ""), "[−–]", "-"
    )
    bracket = pc.binary_join_element_wise(cells["open"], cells["close"], "").to_numpy(zero_copy_only=False)
    sign = signs.to_numpy(zero_copy_only=False)
    negative = (sign == "-") ^ (bracket == "()")
    sane = np.isin(sign, ["", "+", "-"]) & np.isin(bracket, ["", "()"])
    return np.where(sane, np.where(negative, -1.0, 1.0), np.nan)


def _array(values: Values) -> Numbers:
    return np.asarray(pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False), np.float64)


def _true(mask: Values) -> NDArray[np.bool_]:
    return np.asarray(mask.to_numpy(zero_copy_only=False), bool)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _settled(found: Amounts, style: Decimals) -> Numbers:
    """Values in a style; those it cannot read, in the other."""
    first, second = (found.point, found.comma) if style == "point" else (found.comma, found.point)
    return np.where(np.isnan(first), second, first)


class AmountColumn:
    """Takes the values of a column of numbers, one piece after the other.

    Args:
        decimals: what somebody said of the comma in 1,234; None where nobody did.
    """

    def __init__(self, name: str, decimals: Decimals | None = None) -> None:
        self._name, self._decimals = name, decimals
        self._values = TwoReadings()  # with a point, and with a comma
        self._rows: dict[tuple[Decimals, str], list[NDArray[np.int64]]] = defaultdict(list)
        self._num_rows = 0
        self._seen = Sightings()

    def add(self, values: pa.ChunkedArray) -> None:
        """The next values."""
        if _is_text(values.type):
            found = read_amounts(texts(values))
            self._look(values, found)
            self._keep_repaired(found)
        else:
            plain = numbers(values)
            found = Amounts(plain, plain, {})
        self._values.add(found.point, found.comma)
        self._num_rows += len(values)

    def _look(self, values: pa.ChunkedArray, found: Amounts) -> None:
        row = self._num_rows + 1
        only_point, only_comma = np.isnan(found.comma), np.isnan(found.point)
        self._seen.look("point", values, only_point & ~only_comma, row)
        self._seen.look("comma", values, only_comma & ~only_point, row)
        self._seen.look("open", values, found.open, row)
        for key, mask in found.repaired.items():
            self._seen.look(key, values, mask, row)

    def finish(self) -> tuple[Numbers, dict[str, Repaired]]:
        """All values, and which of them were repaired.

        Raises:
            Question: there are numbers such as 1,234, and nothing says what the comma is.
        """
        style = self._decimals or self._style()
        repaired = {}
        for code in CODES:
            if places := self._rows.get((style, code)):
                rows = np.zeros(self._num_rows, bool)
                rows[np.concatenate(places)] = True
                seen = self._seen.of((style, code)) or self._seen.of((_other(style), code))
                repaired[code] = Repaired(rows, tuple(f"row {row:,}: {text}" for row, text in seen))
        return self._values.settled(style == "comma"), repaired

    def _keep_repaired(self, found: Amounts) -> None:
        """Which values a rule concerns in either style: each as it would be read then."""
        nowhere = np.zeros(len(found.point), bool)
        read = ~(np.isnan(found.point) & np.isnan(found.comma))
        readings: dict[Decimals, Numbers] = {"point": found.point, "comma": found.comma}
        for style, own in readings.items():
            for code in CODES:
                masks = [found.repaired.get((by, code), nowhere) for by in (_other(style), style)]
                places = np.flatnonzero(np.where(np.isnan(own), *masks) & read)
                if len(places):
                    self._rows[style, code].append(places + self._num_rows)

    def _style(self) -> Decimals:
        point, comma = self._seen.of("point"), self._seen.of("comma")
        if bool(point) != bool(comma):
            return "point" if point else "comma"
        if not self._seen.of("open"):
            return "point"
        _, text = self._seen.of("open")[0]
        found = read_amounts(pa.array([text]))
        mixed = f" (it holds {point[0][1]} as well as {comma[0][1]})" if point and comma else ""
        options = {
            "point": f"{text} is {found.point[0]:,g}",
            "comma": f"{text} is {found.comma[0]:,g}",
        }
        raise Question("decimals", f"column '{self._name}'{mixed}", options)


def _other(style: Decimals) -> Decimals:
    return "comma" if style == "point" else "point"

"""Conditions on people, items and events: `age in (25-34, 35-44) and income != "Under 15K"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Kind
from recengine.core.dataset import as_id
from recengine.core.edits.reading import Token, in_quotes, tokens, value_text
from recengine.core.errors import EditError, did_you_mean
from recengine.core.words import a, count, listed, many, plural

Mask = NDArray[np.bool_]
COMPARED: dict[str, Callable[[NDArray[np.float64], float], Mask]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
IN_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
SIGNS = ("=", "!=", "<>", *COMPARED, "(", ")", ",")
NEGATED = ("!=", "not in")
MISSING = "unknown"  # stands for a value that is not known, unless the column has a value of that name
SEPARATOR = "|"  # between the values of a multi-valued column
EXAMPLE = "age = 65+"


@dataclass(frozen=True)
class Table:
    """What conditions are about: rows of one kind, column by column.

    Attributes:
        word: what a reader calls one row ("household", "event").
        columns: each column's values, made when they are asked for.
    """

    word: str
    columns: Mapping[str, Callable[[], pd.Series]]
    kinds: Mapping[str, Kind]

    def named(self, column: str) -> str:
        """The column's name as the data spell it.

        Raises:
            EditError: there is none; names the nearest one.
        """
        if column in self.columns:
            return column
        alike = [name for name in self.columns if _plain(name) == _plain(column)]
        if len(alike) == 1:
            return alike[0]
        hint = did_you_mean(column, self.columns) or "Nothing is known of them."
        raise EditError(f"{a(self.word)} has no '{column}' here. {hint}")


@dataclass(frozen=True)
class Condition:
    """One comparison of a column with one value, or with several."""

    column: str
    sign: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        if "in" in self.sign:
            return f"{value_text(self.column)} {self.sign} ({', '.join(map(value_text, self.values))})"
        return f"{value_text(self.column)} {self.sign} {value_text(self.values[0])}"

    @property
    def in_words(self) -> str:
        """Such as "age is 25-34 or 35-44", "price is at most 10"."""
        negated = "not " if self.sign in NEGATED else ""
        compared = f"{IN_WORDS[self.sign]} " if self.sign in COMPARED else ""
        return f"{self._spoken} is {negated}{compared}{listed(self.values, last='or')}"

    @property
    def _spoken(self) -> str:
        return self.column.replace("_", " ")

    def unknown(self, table: Table) -> str:
        """For how many rows it is not known, and what then holds, in words; "" where all is known."""
        values = table.columns[table.named(self.column)]()
        missing = int(values.isna().sum())
        if not missing or MISSING in self.values:
            return ""
        holds = "all" if self.sign in NEGATED else "none"
        rows = f"{count(missing)} of {plural(len(values), table.word)}"
        return f"The {self._spoken} of {rows} is not known; '{self.text}' holds for {holds} of them."

    def named(self, table: Table) -> Self:
        """The same with column and values as the table spells them.

        Raises:
            EditError: there is no such column or value, or the values are no numbers.
        """
        column = table.named(self.column)
        column_values = table.columns[column]()
        if table.kinds.get(column) == "numeric":
            for value in self.values:
                self._number(column, value)
            return replace(self, column=column)
        if self.sign in COMPARED:
            known = distinct(column_values, table.kinds.get(column))
            raise EditError(
                f"'{column}' is no number, so it cannot be compared by '{self.sign}'. "
                f"{did_you_mean('', known)} Write {column} in (...)."
            )
        known = distinct(column_values, table.kinds.get(column))
        spelt = tuple(_spelt(table.word, column, value, known) for value in self.values)
        return replace(self, column=column, values=spelt)

    def mask(self, table: Table) -> Mask:
        """True for the rows it holds for. What is not known equals nothing and is no more than nothing.

        Raises:
            EditError: as `named`.
        """
        meant = self.named(table)
        column = table.columns[meant.column]()
        kind = table.kinds.get(meant.column)
        if kind == "numeric":
            return meant._numeric(column.to_numpy(np.float64))
        missing = column.isna().to_numpy()
        found = np.zeros(len(column), bool)
        known = distinct(column, kind)
        for value in meant.values:
            found |= _equal(column, value, kind) if value in known else missing
        return ~found if self.sign in NEGATED else found

    def _numeric(self, column: NDArray[np.float64]) -> Mask:
        if self.sign in COMPARED:
            return COMPARED[self.sign](column, self._number(self.column, self.values[0]))
        found = np.zeros(len(column), bool)
        for value in self.values:
            unknown = value.lower() == MISSING
            found |= np.isnan(column) if unknown else column == self._number(self.column, value)
        return ~found if self.sign in NEGATED else found

    def _number(self, column: str, value: str) -> float:
        if value.lower() == MISSING and self.sign not in COMPARED:
            return np.nan
        try:
            return float(value)
        except ValueError:
            raise EditError(f"'{column}' is a number; found '{value}'. Write {column} < 10, say.") from None


def read_conditions(text: str) -> tuple[Condition, ...]:
    """Conditions joined by "and".

    Raises:
        EditError: one is not complete.
    """
    left, found = tokens(text), []
    while True:
        condition, left = _read_one(left)
        found.append(condition)
        if not left:
            return tuple(found)
        left = left[1:]  # the "and"


def _read_one(left: list[Token]) -> tuple[Condition, list[Token]]:
    """The first condition, and what comes after it, beginning with its "and"."""
    signs = [place for place, token in enumerate(left) if token.is_("=", "!=", "<>", *COMPARED, "in", "not")]
    if not signs or signs[0] == 0:
        raise EditError(
            f"a condition such as {EXAMPLE} is wanted; found '{_shown(left)}'. A value of several words "
            'goes in quotes: category = "Soft drinks".'
        )
    at = signs[0]
    column, sign = _shown(left[:at]), left[at].text.lower()
    at += 1
    if sign == "not":
        sign = "not in"
        at += 1
        if not left[at - 1 : at] or not left[at - 1].is_("in"):
            raise EditError(f"after '{column} not' the word 'in' is wanted: {column} not in (a, b).")
    if "in" in sign:
        return _read_list(column, sign, left[at:])
    end = next((place for place in range(at, len(left)) if left[place].is_("and")), len(left))
    value = left[at:end]
    if not value or end == len(left) - 1:
        raise EditError(f"after '{column} {sign}' a value is wanted, such as {EXAMPLE}.")
    if any(token.is_("or") for token in value):
        raise EditError(f"there is no 'or': write {column} in (a, b). A value that holds it goes in quotes.")
    if any(token.is_(*SIGNS) for token in value):
        raise EditError(f"the value {_shown(value)} goes in quotes: {column} {sign} {in_quotes('...')}.")
    return Condition(column, "!=" if sign == "<>" else sign, (_shown(value),)), left[end:]


def _read_list(column: str, sign: str, left: list[Token]) -> tuple[Condition, list[Token]]:
    """The values between brackets, and what comes after them."""
    closed = next((place for place, token in enumerate(left) if token.is_(")")), 0)
    if not left[:1] or not left[0].is_("(") or closed < 2:
        raise EditError(f"after '{column} {sign}' values in brackets are wanted: {column} {sign} (a, b).")
    values: list[list[Token]] = [[]]
    for token in left[1:closed]:
        if token.is_(","):
            values.append([])
        else:
            values[-1].append(token)
    rest = left[closed + 1 :]
    if rest and (not rest[0].is_("and") or len(rest) == 1):
        raise EditError(f"after '{column} {sign} (...)' only 'and' may follow; found '{_shown(rest)}'.")
    found = [_shown(value) for value in values if value]
    return Condition(column, sign, tuple(dict.fromkeys(found))), rest


def _shown(part: list[Token]) -> str:
    return " ".join(token.text for token in part)


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name).casefold()


def distinct(column: pd.Series, kind: Kind | None) -> dict[str, None]:
    """A column's values as text, in order of the alphabet; a dict for its quick look-up."""
    if isinstance(column.dtype, pd.CategoricalDtype):  # also those that no row has, after other edits
        return dict.fromkeys(sorted(column.cat.categories.astype("str")))
    known = _texts(column).dropna()
    if kind == "multi":
        known = known.str.split(SEPARATOR).explode()
    return dict.fromkeys(sorted(known.unique()))


def _texts(column: pd.Series) -> pd.Series:
    """Values as text, as ids are written: 3.0 is "3"."""
    if isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype):
        return column.astype("str")
    return column.map(as_id, na_action="ignore").astype("str")


def _equal(column: pd.Series, value: str, kind: Kind | None) -> Mask:
    texts = _texts(column)
    if kind == "multi":
        wrapped = SEPARATOR + texts.fillna("") + SEPARATOR
        return wrapped.str.contains(f"{SEPARATOR}{value}{SEPARATOR}", regex=False).to_numpy(bool)
    return (texts == value).fillna(False).to_numpy(bool)


def _spelt(word: str, column: str, value: str, known: Mapping[str, None]) -> str:
    if value in known:
        return value
    alike = [name for name in known if name.casefold() == value.casefold()]
    if alike:
        return alike[0]
    if value.lower() == MISSING:
        return MISSING
    raise EditError(f"there are no {many(word)} with {column} = '{value}'. {did_you_mean(value, known)}")

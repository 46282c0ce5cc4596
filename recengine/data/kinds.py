"""Columns of people or items, read for what they are: categories, lists, numbers, text, vectors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from recengine.core.columns import DAY, Kind
from recengine.data.amounts import amounts
from recengine.data.encoders import SEPARATOR, read_vectors
from recengine.data.texts import MISSING_FEATURES, texts
from recengine.data.times import guess_time

CODE = re.compile(
    r"(code|zip|zip_code|postcode|postal|plz|ids?|type|class|category|cat|region|sku|isbn|ean|no)$"
)
MOMENT = re.compile(r"date|time|day|since|registered|created|born|birth")
TITLES = ("title", "name", "product", "item", "label", "description", "desc")  # better ones first
ID_LIKE = 0.5  # more distinct values per row than this: the column names rows, it does not group them
MANY = 50  # fewer rows than this say little about distinct shares
UNNAMED = re.compile(r"column_\d+")  # what a file without header has for names
TITLE_WORDS = 1.5  # mean words per value from which titles say something to a model
TEXT_WORDS = 2.5  # mean words per value from which a column is text
LISTED = 0.1  # share of values with the separator, for a column of lists
NUMBERS = 0.95  # share of numbers from which the rest are slips
SHORTEST_VECTOR = 4  # numbers, fewer are a list of something else
LOOKED_AT = 1_000  # values, which tell whether a column holds vectors
YEAR = 365.2425 * DAY


def read_features(table: pa.Table) -> tuple[pd.DataFrame, dict[str, Kind], str | None]:
    """Columns with fitting types, how each is to be read, and the one that names a row.

    A column that is neither (an id, a link, a column with one value only) is kept, for readers,
    without a kind. Lists become "a|b", lists of fractions "0.1 0.2"; dates become years with a fraction.
    """
    features: dict[str, pd.Series[Any]] = {}
    kinds: dict[str, Kind] = {}
    for name in table.column_names:
        features[name], kind = _read(name, table.column(name).combine_chunks())
        if kind is not None:
            kinds[name] = kind
    frame = pd.DataFrame(features)
    title = find_title(frame)
    if title is not None and kinds.get(title) != "text":
        kinds.pop(title, None)
        if _mean_words(frame[title]) >= TITLE_WORDS:
            kinds[title] = "text"
    return frame, kinds, title


def find_title(frame: pd.DataFrame) -> str | None:
    """The column that names a row for a reader: called so, text, and mostly different.

    Where columns have no names, the first one of several words that is mostly different.
    """
    texts_ = [name for name in frame if isinstance(frame[name].dtype, pd.StringDtype)]
    different = [name for name in texts_ if _distinct_share(frame[name]) > ID_LIKE]
    for word in TITLES:
        for name in different:
            words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
            if word in words:
                return str(name)
    nameless = (n for n in different if UNNAMED.fullmatch(n) and _mean_words(frame[n]) >= TITLE_WORDS)
    return next(nameless, None)


def _read(name: str, values: pa.Array) -> tuple[pd.Series[Any], Kind | None]:
    lowered = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        vectors = pa.types.is_floating(values.type.value_type)
        separator = " " if vectors else SEPARATOR
        joined = [None if v is None else separator.join(map(str, v)) for v in values.to_pylist()]
        return _series(joined), "vector" if vectors else "multi"
    if pa.types.is_temporal(values.type) or (MOMENT.search(lowered) and _is_date(values)):
        return _years(name, values), "numeric"
    column = texts(values).to_pandas().astype("str")
    column = column.where(~column.isin(MISSING_FEATURES))
    known = column.dropna()
    if known.nunique() < 2:
        return column, None
    if _are_numbers(known, values.type):
        return _read_numbers(lowered, column)
    return _read_texts(column, known)


def _read_numbers(name: str, column: pd.Series[str]) -> tuple[pd.Series[Any], Kind | None]:
    if not CODE.search(name):
        return pd.Series(amounts(pa.array(column, from_pandas=True))), "numeric"
    return column, None if _names_rows(column) else "categorical"


def _read_texts(column: pd.Series[str], known: pd.Series[str]) -> tuple[pd.Series[Any], Kind | None]:
    if _are_vectors(known):
        return column, "vector"
    if (separator := _separator(known)) is not None:
        parts = column.str.split(separator, regex=False)
        listed = [
            SEPARATOR.join(p.strip() for p in v if p.strip()) or None if isinstance(v, list) else None
            for v in parts
        ]
        return _series(listed), "multi"
    if _distinct_share(known) > ID_LIKE and _mean_words(known) >= TEXT_WORDS:
        return column, "text"
    return column, None if _names_rows(known) else "categorical"


def _separator(known: pd.Series[str]) -> str | None:
    """What stands between the values of a column of lists; None if it is none."""
    if (known.str.contains("|", regex=False)).mean() >= LISTED:
        return SEPARATOR
    for separator in (";", ",", " "):
        holding = known.str.contains(separator, regex=False)
        if holding.mean() < LISTED:
            continue
        parts = known.str.split(separator, regex=False).explode().str.strip()
        few = parts.nunique() <= 0.1 * len(parts) and parts.nunique() <= 500
        # Lists combine freely: far more combinations than parts. A phrase repeats as a whole.
        if few and known.nunique() >= 2 * parts.nunique():
            return separator
    return None


def _are_numbers(known: pd.Series[str], kind: pa.DataType) -> bool:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return True
    if known.str.match(r"0\d").any():  # "01234" is a code
        return False
    return bool(np.isfinite(amounts(pa.array(known, from_pandas=True))).mean() >= NUMBERS)


def _are_vectors(known: pd.Series[str]) -> bool:
    """Whether the values are lists of numbers, with fractions, and mostly of one length."""
    lengths = np.array([len(numbers) for numbers in read_vectors(known.head(LOOKED_AT))])
    usual = np.median(lengths)
    fractions = known.head(LOOKED_AT).str.contains(".", regex=False).mean()
    return bool(usual >= SHORTEST_VECTOR and (lengths == usual).mean() >= NUMBERS and fractions >= NUMBERS)


def _is_date(values: pa.Array) -> bool:
    found = guess_time(values)
    return found is not None and found.kind == "date"


def _years(name: str, values: pa.Array) -> pd.Series[float]:
    found = guess_time(values, name)
    seconds = np.full(len(values), np.nan) if found is None else found.read(values)
    return pd.Series((1970 + seconds / YEAR).round(3))


def _names_rows(column: pd.Series[str]) -> bool:
    return column.count() >= MANY and _distinct_share(column) > ID_LIKE


def _distinct_share(column: pd.Series[str]) -> float:
    return float(column.nunique() / max(1, column.count()))


def _mean_words(column: pd.Series[str]) -> float:
    return float((column.dropna().str.count(" ") + 1).mean())


def _series(values: list[str | None]) -> pd.Series[str]:
    return pd.Series(values, dtype="str")

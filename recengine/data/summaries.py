"""Rows of an export that are no events: sums below the rows, the names of the columns once more."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recengine.data.layout import clean_name
from recengine.data.texts import Values, texts

Mask = NDArray[np.bool_]
TOTAL = (
    r"(?i)^\W*((grand|sub|sum|report|running)?[ -]?totals?|(zwischen|end|gesamt)?summen?|gesamt|sum|suma|"
    r"somme|totale|итого|всего|合計|小計|总计|合计|小计)\W*(rows|items|general|général|\(.*\)|[\d.,: ]*)?\W*$"
)


def repeated_headers(user: Values, item: Values, names: tuple[str, str]) -> Mask:
    """Rows whose person and item are the names of these columns, as where exports were put together.

    Args:
        user, item: dictionaries of text.
    """
    return _holds(user, names[0]) & _holds(item, names[1])


def _holds(column: pa.DictionaryArray, name: str) -> Mask:
    wanted = name.lower()
    codes = [
        code
        for code, text in enumerate(column.dictionary.to_pylist())
        if text and clean_name(text).lower() == wanted
    ]
    return _of_codes(column, codes)


def totals(table: pa.Table, user: Values, item: Values, time: str | None) -> Mask:
    """Rows that sum up others: one of their ids says so and they have no time, or an id is missing."""
    says = [_of_codes(column, _matching(column.dictionary)) for column in (user, item)]
    missing = [
        _of_codes(column, _missing(column.dictionary)) | ~_valid(column.indices) for column in (user, item)
    ]
    timeless = np.ones(len(table), bool) if time is None else ~_valid(texts(table.column(time)))
    found = (says[0] | says[1]) & (timeless | missing[0] | missing[1] | (says[0] & says[1]))
    doubtful = np.flatnonzero((missing[0] | missing[1]) & ~found)
    found[doubtful[_says_anywhere(table.take(pa.array(doubtful)))]] = True
    return found


def _says_anywhere(table: pa.Table) -> Mask:
    says = np.zeros(len(table), bool)
    for column in table.columns:
        if pa.types.is_string(column.type):
            says |= np.asarray(pc.fill_null(pc.match_substring_regex(column, TOTAL), False), bool)
    return says


def _valid(column: Values) -> Mask:
    return np.asarray(column.is_valid(), bool)


def _missing(dictionary: pa.Array) -> list[int]:
    """Codes of texts that mean nothing, such as "NA"."""
    return np.flatnonzero(~_valid(dictionary)).tolist()


def _matching(dictionary: pa.Array) -> list[int]:
    matches = pc.fill_null(pc.match_substring_regex(dictionary, TOTAL), False)
    return np.flatnonzero(np.asarray(matches)).tolist()


def _of_codes(column: pa.DictionaryArray, codes: list[int]) -> Mask:
    if not codes:
        return np.zeros(len(column), bool)
    return np.isin(pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False), codes)

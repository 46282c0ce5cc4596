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
    near = _where(pc.match_substring(column.dictionary, name, ignore_case=True))
    texts_ = column.dictionary.take(pa.array(near, pa.int64())).to_pylist()
    return _of_codes(
        column, [c for c, t in zip(near, texts_, strict=True) if clean_name(t).lower() == name.lower()]
    )


def totals(table: pa.Table, user: Values, item: Values, time: str | None) -> Mask:
    """Rows that sum up others: one of their ids says so and they have no time, or an id is missing."""
    says = [_of_codes(ids, _where(pc.match_substring_regex(ids.dictionary, TOTAL))) for ids in (user, item)]
    missing = [
        _of_codes(ids, _where(pc.is_null(ids.dictionary))) | ~_valid(ids.indices) for ids in (user, item)
    ]
    found = (says[0] | says[1]) & (missing[0] | missing[1] | (says[0] & says[1]))
    if (says[0] | says[1]).any():
        timeless = True if time is None else ~_valid(texts(table.column(time)))
        found |= (says[0] | says[1]) & timeless
    doubtful = np.flatnonzero((missing[0] | missing[1]) & ~found)
    if len(doubtful):
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


def _where(matches: Values) -> list[int]:
    return np.flatnonzero(np.asarray(pc.fill_null(matches, False), bool)).tolist()


def _of_codes(column: pa.DictionaryArray, codes: list[int]) -> Mask:
    if not codes:
        return np.zeros(len(column), bool)
    return np.isin(pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False), codes)

"""Columns of any type as text or numbers, and ids that keep their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recengine.data.ids import mend_ids

Values: TypeAlias = Any  # pa.Array or pa.ChunkedArray, for which there are no types
Codes: TypeAlias = NDArray[np.int32]

MISSING_WORDS = ["", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none", "\\N"]
MISSING_WORDS += ["#N/A", "<NA>", "NaT"]
MISSING_FEATURES = ("(no genres listed)", "-", "?", "unknown", "Unknown", "UNKNOWN")  # in tables only


def texts(values: Values) -> Values:
    """The column as text without blanks around it; words for "missing" become null."""
    if pa.types.is_dictionary(values.type):
        values = pc.cast(values, values.type.value_type)
    if pa.types.is_floating(values.type):
        values = _whole(values)
    column = pc.utf8_trim_whitespace(pc.cast(values, pa.string()))
    missing = pc.is_in(column, value_set=pa.array(MISSING_WORDS))
    return pc.if_else(missing, pa.scalar(None, pa.string()), column)


def plain(number: float) -> str:
    """A number as text that means nothing else: 2.716 could be 2716 among numbers with a decimal comma."""
    text = repr(number)
    fraction = text.partition(".")[2]
    return f"{text}0" if len(fraction) == 3 and fraction.isdigit() else text


def is_no_text(kind: pa.DataType) -> bool:
    """Whether values of this type cannot be written as a word: lists, objects, bytes."""
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """The tables one below the other; a column that is a number here and a text there becomes text."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        kinds = {name: {table.schema.field(name).type for table in tables} for name in tables[0].column_names}
        mixed = {name for name, found in kinds.items() if len(found) > 1}
        return pa.concat_tables(
            pa.table({name: texts(t.column(name)) if name in mixed else t.column(name) for name in kinds})
            for t in tables
        )


def numbers(values: Values) -> NDArray[np.float64]:
    """The column as float64, NaN where there is no number; "3,5" is three and a half."""
    if pa.types.is_dictionary(values.type):
        values = pc.cast(values, values.type.value_type)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return _numbers_of_text(values)
    if pa.types.is_temporal(values.type) or is_no_text(values.type):
        return np.full(len(values), np.nan)
    return _float64(pc.cast(values, pa.float64(), safe=False))


def id_codes(chunks: list[pa.Array]) -> tuple[Codes, pd.Index]:
    """Codes of ids that came in pieces, and the ids; -1 = missing.

    Ids are text: "007" stays "007". Where points only end whole numbers, 17850.0 and 17850 are one
    id. Codes follow the size of the numbers, else the alphabet.
    """
    raw, names = raw_codes(chunks)
    return code_ids(raw, mend_ids(names, lost_zeros=False).ids)


def raw_codes(chunks: list[pa.Array]) -> tuple[Codes, pd.Series[str]]:
    """A place among the distinct texts for each id that came, -1 = missing, and these texts as they came."""
    if not chunks:
        return np.zeros(0, np.int32), pd.Series([], dtype="str")
    column = pa.chunked_array([without_null(chunk) for chunk in chunks]).unify_dictionaries()
    raw = np.concatenate([_indices(chunk) for chunk in column.chunks])
    return raw, pd.Series(texts(column.chunk(0).dictionary).to_pandas(), dtype="str")


def without_null(chunk: pa.Array) -> pa.DictionaryArray:
    """The chunk as dictionary of text in which "" stands for null, for Arrow unifies no others."""
    encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices, pc.fill_null(texts(encoded.dictionary), ""))


def code_ids(raw: Codes, names: pd.Series[str]) -> tuple[Codes, pd.Index]:
    """Codes in the natural order of the ids, and the ids; names may say the same in several places."""
    places, distinct = pd.factorize(names)
    order = _natural_order(distinct)
    rank = np.empty(len(order) + 1, np.int32)
    rank[order], rank[-1] = np.arange(len(order)), -1
    of_raw = np.append(rank[places], np.int32(-1))
    return of_raw[raw], pd.Index(distinct[order], dtype="str")


def ids_of(values: pa.Array) -> pd.Series[str]:
    """One column of ids as text, by the same rules as `id_codes`."""
    codes, ids = id_codes([values])
    return pd.Series(ids.append(pd.Index([None], dtype="str")).take(codes), dtype="str")


def _indices(chunk: pa.DictionaryArray) -> Codes:
    return np.asarray(pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False), np.int32)


def _natural_order(ids: pd.Index) -> NDArray[np.int64]:
    if len(ids) and ids.str.fullmatch(r"-?\d{1,18}").all():
        return np.lexsort((ids.to_numpy(object).astype(str), ids.astype("int64").to_numpy()))
    return np.asarray(np.argsort(ids.to_numpy(object).astype(str), kind="stable"))


def _whole(values: Values) -> Values:
    """Floats that are all whole as integers, so that 17850.0 is written 17850."""
    whole = pc.equal(values, pc.floor(values))
    return pc.cast(values, pa.int64(), safe=False) if pc.all(whole).as_py() else values


def _numbers_of_text(values: Values) -> NDArray[np.float64]:
    try:
        return _float64(pc.cast(values, pa.float64()))
    except pa.ArrowInvalid:
        column = texts(values).to_pandas()
    found = pd.to_numeric(column, errors="coerce")
    commas = found.isna() & column.str.fullmatch(r"\s*-?\d+,\d+\s*", na=False)
    if commas.any():
        found = found.where(~commas, pd.to_numeric(column.str.replace(",", "."), errors="coerce"))
    return np.asarray(found.to_numpy(np.float64, na_value=np.nan))


def _float64(values: Values) -> NDArray[np.float64]:
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return np.asarray(pc.fill_null(array, np.nan).to_numpy(zero_copy_only=False), np.float64)

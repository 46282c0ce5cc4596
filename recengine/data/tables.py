"""Tables of people and of items, joined to the ids of the events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from recengine.core.columns import Kind
from recengine.core.dataset import Entities
from recengine.core.errors import DataError
from recengine.data.cleaning import EXAMPLES, CleaningReport, Finding, table_report
from recengine.data.data_file import DataFile
from recengine.data.kinds import read_features
from recengine.data.rule import Mask, Severity
from recengine.data.texts import ids_of, stacked


@dataclass(frozen=True)
class Table:
    """What is known of people or items, one row each.

    Attributes:
        frame: the id column and the features; missing values are NaN/None.
        kinds: how features are to be read; a column not named is kept for readers only.
        title: the column that names a row for a reader.
        before: what was set aside while it was read; None for what came with the events.
    """

    frame: pd.DataFrame
    id_column: str
    kinds: dict[str, Kind]
    title: str | None = None
    before: tuple[Finding, ...] | None = None


def read_table(file: DataFile, what: str, ids: pd.Index, called: str) -> Table:
    """A table of people or items out of a file, its columns guessed.

    Args:
        ids: the ids that occur in the events.
        called: the events' name for their id column; a column of that name is tried first.

    Raises:
        DataError: there is no row, or no column holds any of the ids.
    """
    batches = list(file.batches())
    if not sum(map(len, batches)):
        raise DataError(f"{file.path.name} holds no {what}, only columns: {', '.join(file.columns)}.")
    table = stacked(batches)
    id_column = _id_column(table, what, ids, called)
    features, kinds, title = read_features(table.drop_columns([id_column]))
    features.insert(0, id_column, ids_of(table.column(id_column).combine_chunks()))
    return Table(features, id_column, kinds, title)


def _id_column(table: pa.Table, what: str, ids: pd.Index, called: str) -> str:
    """The column of that name, else the one whose distinct values cover most of the ids."""
    cover = {name: _cover(table.column(name), ids) for name in table.column_names}
    for name in table.column_names:
        if name.lower() == called.lower() and cover[name] > 0:
            return str(name)
    best = str(max(cover, key=lambda name: cover[name]))
    if cover[best] > 0:
        return best
    raise DataError(
        f"no column of the {what} table ({', '.join(table.column_names)}) holds ids of the events, "
        f"such as {', '.join(map(repr, ids[:3]))}. Choose another file, or leave the table out."
    )


def _cover(values: pa.ChunkedArray, ids: pd.Index) -> float:
    """Share of the ids among the column's values, less where values repeat."""
    if pa.types.is_nested(values.type):
        return 0.0
    found = ids_of(values.combine_chunks()).dropna()
    distinct = pd.Index(found.unique())
    return float(ids.isin(distinct).mean() * len(distinct) / max(1, len(found)))


@dataclass(frozen=True)
class Joined:
    """Entities with what a table knows of them, and how well the two fit in a sentence.

    Attributes:
        report: what became of the table's rows; None for what came with the events.
    """

    entities: Entities
    note: str
    report: CleaningReport | None = None


def join(ids: pd.Index, table: Table, what: str) -> Joined:
    """What the table knows of these ids; columns without any value among them are left out.

    Raises:
        DataError: the table knows none of them.
    """
    table_ids = pd.Index(ids_of(pa.array(table.frame[table.id_column])), dtype="str")
    missing = table_ids.isna()
    usable = ~table_ids.duplicated() & ~missing
    rows, row_ids = table.frame[usable].drop(columns=table.id_column), table_ids[usable]
    places = row_ids.get_indexer(ids)
    num_known = int((places >= 0).sum())
    if num_known == 0:
        raise DataError(
            f"no row of the {what} table belongs to the events: its column '{table.id_column}' starts with "
            f"{', '.join(map(repr, table_ids[:3]))}, the events' ids with {', '.join(map(repr, ids[:3]))}. "
            "Choose the column that holds the same ids, or leave the table out."
        )
    features = rows.reset_index(drop=True).reindex(np.where(places < 0, len(rows), places))
    features = features.reset_index(drop=True).dropna(axis="columns", how="all")
    kinds = {column: kind for column, kind in table.kinds.items() if column in features}
    title = table.title if table.title in features else None
    note = f"{what} table: it knows {num_known:,} of {len(ids):,}"
    if len(row_ids) > num_known:
        note += f"; {len(row_ids) - num_known:,} of its rows have no event that was kept"
    if not usable.all():
        note += f"; {int((~usable).sum()):,} rows without an id or with one used before are left out"
    if table.before is None:
        return Joined(Entities(ids, features, kinds, title=title), note)
    found = (
        _left_out("missing_ids", table_ids, missing),
        _left_out("repeated_ids", table_ids, ~usable & ~missing),
        _left_out("no_events", table_ids, usable & ~table_ids.isin(ids)),
    )
    report = table_report(len(table_ids), table.before, found)
    return Joined(Entities(ids, features, kinds, title=title), note, report)


_LEFT_OUT: dict[str, tuple[str, Severity, str]] = {
    "missing_ids": ("Rows without an id", "bad", "Find out at the source why the id is missing."),
    "repeated_ids": (
        "Ids that an earlier row has",
        "warn",
        "Export one row for each id; the first one counts.",
    ),
    "no_events": ("Rows about nobody and nothing in the events", "info", "Check that the ids are the same."),
}


def _left_out(code: str, ids: pd.Index, rows: Mask) -> Finding:
    """What a rule found among the rows of a table; it cannot be switched off."""
    title, severity, remedy = _LEFT_OUT[code]
    count = int(rows.sum())
    examples = tuple(
        f"row {place + 1:,}" + ("" if pd.isna(ids[place]) else f": {ids[place]}")
        for place in np.flatnonzero(rows)[:EXAMPLES].tolist()
    )
    return Finding(code, title, severity, remedy, True, found=count, removed=count, examples=examples)

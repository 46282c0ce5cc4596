"""Writing back in SQL: a table made where there is none, rows put in or replaced by their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from recengine.core.errors import DataError, did_you_mean

BATCH = "batch"  # the column that says which write a row comes from


@dataclass(frozen=True)
class Upsert:
    """One frame on its way into one table; the statements that SQLite, DuckDB and PostgreSQL share.

    Attributes:
        table: its name, as quoted SQL.
        whole: values with which the frame is all there is; other rows with them are removed.
    """

    table: str
    frame: pd.DataFrame
    keys: Sequence[str]
    batch: str
    whole: dict[str, str] | None
    quoted: Callable[[str], str]
    columns: dict[str, str] = field(init=False)  # name -> type in standard SQL

    def __post_init__(self) -> None:
        framed = checked(self.frame, self.keys, self.batch, self.whole)
        object.__setattr__(self, "frame", framed)
        object.__setattr__(self, "columns", {name: sql_type(framed[name]) for name in framed.columns})

    @property
    def create(self) -> str:
        """Makes the table, its keys first."""
        columns = ", ".join(f"{self.quoted(name)} {kind}" for name, kind in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {self.table} ({columns}, PRIMARY KEY ({self._names(self.keys)}))"

    def insert(self, rows: str) -> str:
        """Puts in the rows that a VALUES or SELECT gives; those with the same keys are replaced."""
        others = [name for name in self.columns if name not in self.keys]
        new = ", ".join(f"{self.quoted(name)} = excluded.{self.quoted(name)}" for name in others)
        names, keys = self._names(self.columns), self._names(self.keys)
        return f"INSERT INTO {self.table} ({names}) {rows} ON CONFLICT ({keys}) DO UPDATE SET {new}"

    @property
    def values(self) -> str:
        """A row of question marks."""
        return f"VALUES ({', '.join('?' * len(self.columns))})"

    @property
    def remove(self) -> tuple[str, list[str]] | None:
        """Removes what `whole` says is no longer there: a statement with question marks, and their values."""
        if not self.whole:
            return None
        where = " AND ".join(f"{self.quoted(name)} = ?" for name in self.whole)
        statement = f"DELETE FROM {self.table} WHERE {where} AND {self.quoted(BATCH)} <> ?"
        return statement, [*self.whole.values(), self.batch]

    def _names(self, names: Sequence[str] | dict[str, str]) -> str:
        return ", ".join(map(self.quoted, names))


def checked(
    frame: pd.DataFrame, keys: Sequence[str], batch: str, whole: dict[str, str] | None
) -> pd.DataFrame:
    """The frame with its batch beside every row.

    Raises:
        DataError: it lacks a key, or two rows have the same keys.
    """
    for name in [*keys, *(whole or {})]:
        if name not in frame:
            raise DataError(f"there is no column '{name}' to write. {did_you_mean(name, frame.columns)}")
    twice = frame.duplicated(list(keys))
    if twice.any():
        row = frame.loc[twice, list(keys)].iloc[0].to_dict()
        raise DataError(
            f"two rows to write have the same {', '.join(keys)}: {row}. Choose keys that tell them apart."
        )
    return frame.assign(**{BATCH: batch})


def sql_type(values: pd.Series[Any]) -> str:
    """The column's type in standard SQL."""
    if pd.api.types.is_bool_dtype(values):
        return "BOOLEAN"
    if pd.api.types.is_integer_dtype(values):
        return "BIGINT"
    if pd.api.types.is_float_dtype(values):
        return "DOUBLE PRECISION"
    return "TIMESTAMP" if pd.api.types.is_datetime64_any_dtype(values) else "TEXT"


def records(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows of plain values; what is missing is None."""
    return [list(row) for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False)]

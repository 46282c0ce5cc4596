"""Forms that bring their own columns: Parquet, JSON, frames in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet

from recengine.core.dataset import as_id
from recengine.core.errors import DataError
from recengine.data.data_file import BATCH_ROWS, BLOCK_BYTES, HEAD_BYTES, DataFile, Tables
from recengine.data.layout import clean_name
from recengine.data.packing import open_bytes
from recengine.data.texts import plain


class ParquetFile(DataFile):
    """Typed columns; nested ones other than lists are left out."""

    form = "parquet"

    def _look(self, header: bool | None) -> None:
        try:
            schema = pa.parquet.read_schema(self.path)
        except pa.ArrowInvalid as error:
            raise DataError(f"it is no whole Parquet file: {error}") from None
        flat = [f.name for f in schema if not pa.types.is_struct(f.type) and not pa.types.is_map(f.type)]
        self._names = {clean_name(name): name for name in flat}
        self.columns = list(self._names)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells have the types they have in the file."""
        names = [self._names[name] for name in columns]
        with pa.parquet.ParquetFile(self.path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=names):
                yield pa.table(batch).select(names).rename_columns(columns)


class JsonLinesFile(DataFile):
    """One JSON object per line; columns are the keys seen at the start of the file."""

    form = "json lines"

    def _look(self, header: bool | None) -> None:
        with open_bytes(self.path) as stream:
            head = stream.readlines(HEAD_BYTES)
        keys = {key: None for line in head if (row := self._parsed(line)) for key in row}
        if not keys:
            raise DataError(f"it holds no JSON object per line. Its first line: {head[0][:80]!r}.")
        self.columns = list(keys)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """A key that a line lacks is null."""
        with open_bytes(self.path) as stream:
            while lines := stream.readlines(block_bytes):
                yield self._table(lines, columns)

    def _table(self, lines: list[bytes], columns: list[str]) -> pa.Table:
        fields = pa.json.ParseOptions(newlines_in_values=False)
        try:
            table = pa.json.read_json(
                pa.BufferReader(b"".join(lines)), pa.json.ReadOptions(block_size=2 * BLOCK_BYTES), fields
            )
        except pa.ArrowInvalid:  # a broken line, or a key that is a number here and a text there
            parsed = (self._parsed(line, count=True) for line in lines if line.strip())
            rows = [row for row in parsed if row is not None]
            return _table_of(rows, columns)
        nothing = pa.nulls(len(table), pa.string())
        return pa.table(
            {name: _flat(table, name) if name in table.column_names else nothing for name in columns}
        )

    def _parsed(self, line: bytes, count: bool = False) -> dict[str, Any] | None:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            return row
        if count:
            self._rejects.add(line.decode(errors="replace").strip())
        return None


class JsonFile(DataFile):
    """One JSON array of objects; such a file can only be read whole."""

    form = "json"

    def _look(self, header: bool | None) -> None:
        with open_bytes(self.path) as stream:
            try:
                rows = json.load(stream)
            except ValueError as error:
                raise DataError(f"it is no whole JSON array: {error}") from None
        self._rows = [row for row in rows if isinstance(row, dict)]
        self.columns = list({key: None for row in self._rows for key in row})
        if not self.columns:
            raise DataError("it holds no objects. Wanted: [{...}, {...}] or one object per line.")

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """All rows in one piece."""
        yield _table_of(self._rows, columns)


def _table_of(rows: list[dict[str, Any]], columns: list[str]) -> pa.Table:
    """Rows as text columns; lists become "a|b"."""
    return pa.table({c: pa.array([_as_text(row.get(c)) for row in rows], pa.string()) for c in columns})


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return "|".join(map(str, value))
    if isinstance(value, float) and not value.is_integer():
        return plain(value)
    return None if value is None else as_id(value)


def _flat(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column by its name; null where it is absent or made of objects, which are of no use here."""
    if name not in table.column_names or pa.types.is_struct(table.column(name).type):
        return pa.chunked_array([pa.nulls(len(table), pa.string())])
    return table.column(name)


class FrameFile(DataFile):
    """A frame in memory, read as if it were a file."""

    form = "frame"

    def __init__(self, frame: pd.DataFrame, called: str) -> None:
        self._table = pa.Table.from_pandas(frame, preserve_index=False)
        super().__init__(Path(called))

    def _look(self, header: bool | None) -> None:
        self._table = self._table.rename_columns([clean_name(name) for name in self._table.column_names])
        self.columns = list(self._table.column_names)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells have the types they have in the frame."""
        table = self._table.select(columns)
        for start in range(0, len(table), BATCH_ROWS):
            yield table.slice(start, BATCH_ROWS)

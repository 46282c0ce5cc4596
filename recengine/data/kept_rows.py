"""Rows as a store gave them, kept on disk, so that later only what is new need be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recengine.core.errors import DataError
from recengine.data.data_file import BATCH_ROWS, HEAD_BYTES, DataFile, Tables
from recengine.data.remote import Since
from recengine.data.times import guess_time

SORTS_BY_TIME = r"^\d{4}-\d\d-\d\d"  # text of which the later is also the greater


class KeptRows:
    """The rows in a folder, in the order they were read: Parquet files, one for each run of equal types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tables(self, columns: Sequence[str], before: Since | None = None) -> Tables:
        """The rows in pieces with these columns; a column that was not kept is empty.

        Args:
            before: a column and a value: only rows below it, and those that have none.

        Raises:
            DataError: the folder is gone.
        """
        files = sorted(self.folder.glob("*.parquet"))
        if not files:
            raise DataError("the rows of the last import are gone. Import everything again.")
        asked = [*columns] if before is None else [*columns, before[0]]
        for path in files:
            with pq.ParquetFile(path) as file:
                known = [name for name in dict.fromkeys(asked) if name in file.schema_arrow.names]
                for batch in file.iter_batches(BATCH_ROWS, columns=known):
                    yield _with_columns(_below(pa.table(batch), before), columns)

    def newest(self, column: str, until: float) -> Any:
        """The latest value of a time column in its own form; None where `>=` would not mean "not earlier".

        Args:
            until: seconds; later rows (9999-12-31 for "never") do not count.
        """
        best, latest = None, -np.inf
        form, kind = None, None
        for table in self.tables([column]):
            values = table.column(column)
            form, kind = form or guess_time(values, column), kind or values.type
            if form is None or form.kind == "order" or values.type != kind or not sorts(values):
                return None
            seconds = form.read(values)
            counted = values.filter(pa.array(np.less_equal(seconds, until)))
            if len(counted) and (last := float(seconds[seconds <= until].max())) > latest:
                best, latest = pc.max(counted).as_py(), last
        return best


class GrowingFile(DataFile):
    """Rows kept of an earlier time, then those a store has now; all of them are kept again.

    Args:
        fresh: what the store has, from `since` on.
        folder: an empty folder for the rows.
        older: what was kept; of it, only rows before `since` count.
    """

    form = "kept rows"

    def __init__(
        self, fresh: DataFile, folder: Path, older: KeptRows | None = None, since: Since | None = None
    ) -> None:
        self._fresh, self._folder, self._older, self._since = fresh, folder, older, since
        super().__init__(fresh.path)

    def _look(self, header: bool | None) -> None:
        self.columns = list(self._fresh.columns)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells have the types the store gave them."""
        if block_bytes <= HEAD_BYTES:
            yield from self._both(columns, block_bytes)
            return
        with _keeping(self._folder) as keeper:
            for table in self._both(columns, block_bytes):
                keeper.add(table)
                yield table

    def _both(self, columns: list[str], block_bytes: int) -> Tables:
        if self._older is not None:
            yield from self._older.tables(columns, self._since)
        yield from self._fresh.batches(columns, block_bytes)


class _Keeper:
    """Writes tables into a folder, a new file wherever their types change."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        if self._writer is None or self._writer.schema != table.schema:
            self.close()
            path = self._folder / f"{self._number:06}.parquet"
            self._writer = pq.ParquetWriter(path, table.schema, compression="lz4")
            self._number += 1
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@contextmanager
def _keeping(folder: Path) -> Iterator[_Keeper]:
    """A keeper whose trouble is told as the disk's, not the store's."""
    keeper = _Keeper(folder)
    try:
        try:
            yield keeper
        finally:
            keeper.close()
    except OSError as error:
        raise DataError(
            f"the rows cannot be kept on this disk: {error}. Nothing was imported; free some space and "
            "import again."
        ) from None


def sorts(values: pa.ChunkedArray) -> bool:
    """Whether of two values the later is also the greater."""
    if not pa.types.is_string(values.type):
        return True
    return bool(pc.all(pc.match_substring_regex(values, SORTS_BY_TIME)).as_py())


def _below(table: pa.Table, before: Since | None) -> pa.Table:
    if before is None or before[0] not in table.column_names:
        return table
    values = table.column(before[0])
    below = pc.less(values, pa.scalar(before[1], values.type))
    return table.filter(pc.fill_null(below, True))


def _with_columns(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    nothing = pa.nulls(len(table), pa.string())
    return pa.table({name: table.column(name) if name in table.column_names else nothing for name in columns})

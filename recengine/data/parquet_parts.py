"""Many Parquet files as one table: columns of all of them, and those that folders are named by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from recengine.core.errors import DataError
from recengine.data.data_file import BATCH_ROWS
from recengine.data.remote import Since, readable
from recengine.data.texts import stacked

LOOK_FILES = 40  # opened to find the columns
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Parts:
    """Files of one table.

    Attributes:
        files: where they are, in the order of their names.
        start: the folder they are in; what follows it may be parts such as month=05.
        filesystem: of Arrow.
    """

    files: Sequence[str]
    start: str
    filesystem: Any

    def columns(self) -> dict[str, str]:
        """Names and types: those of the files, then those of the folders, which are text."""
        places = np.linspace(0, len(self.files) - 1, min(LOOK_FILES, len(self.files))).astype(int)
        found: dict[str, str] = {}
        for place in places:
            with self._open(self.files[place]) as file:
                found |= {name: str(kind) for name, kind in _flat(file.schema_arrow).items()} | found
        return found | {key: "string" for key in self._named(self.files[0]) if key not in found}

    def read(self, columns: Sequence[str], limit: int | None, since: Since | None) -> Iterator[pa.Table]:
        """Rows file by file; a column that a file lacks is null there. With a limit, all in one piece."""
        if limit is not None:
            yield stacked([readable(table) for table in self._read(columns, limit, since)])
            return
        yield from self._read(columns, None, since)

    def _read(self, columns: Sequence[str], limit: int | None, since: Since | None) -> Iterator[pa.Table]:
        left = limit
        asked = [*columns, *([since[0]] if since and since[0] not in columns else [])]
        for path in self.files:
            for table in self._rows(path, asked):
                kept = (table if since is None else _after(table, since)).select(columns)[:left]
                yield kept
                left = None if left is None else left - len(kept)
                if left == 0:
                    return

    def _rows(self, path: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        named = self._named(path)
        with self._open(path) as file:
            kinds = _flat(file.schema_arrow)
            roots = {_root(name, file.schema_arrow): None for name in columns if name in kinds}
            fetched = list(roots) or file.schema_arrow.names[:1]  # without any, nothing says how many rows
            for batch in file.iter_batches(BATCH_ROWS, columns=fetched):
                table = _flattened(pa.table(batch))
                yield pa.table(
                    {
                        name: table.column(name)
                        if name in kinds
                        else pa.repeat(pa.scalar(named.get(name), pa.string()), len(batch))
                        for name in columns
                    }
                )

    def _named(self, path: str) -> dict[str, str | None]:
        """What the names of the folders say, month=05 that the month is 05."""
        pairs = [part.split("=", 1) for part in path.removeprefix(self.start).split("/")[:-1] if "=" in part]
        return {key: None if value == NO_VALUE else unquote(value) for key, value in pairs}

    def _open(self, path: str) -> pa.parquet.ParquetFile:
        try:
            return pa.parquet.ParquetFile(self.filesystem.open_input_file(path))
        except pa.ArrowInvalid as error:
            raise DataError(f"{path.rsplit('/', 1)[-1]} is no whole Parquet file: {error}") from None


def _flat(schema: pa.Schema) -> dict[str, pa.DataType]:
    """Columns and the fields of structs by dotted path; maps are left out."""
    found: dict[str, pa.DataType] = {}
    for field in schema:
        if pa.types.is_struct(field.type):
            inner = _flat(pa.schema(list(field.type)))
            found |= {f"{field.name}.{name}": kind for name, kind in inner.items()}
        elif not pa.types.is_map(field.type):
            found[field.name] = field.type
    return found


def _root(name: str, schema: pa.Schema) -> str:
    """The column that holds this one."""
    return max((one for one in schema.names if f"{name}.".startswith(f"{one}.")), key=len)


def _flattened(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


def _after(table: pa.Table, since: Since) -> pa.Table:
    """Rows at or after the value; those without one are not known to be older, and stay."""
    column, value = table.column(since[0]), since[1]
    try:
        wanted = pa.scalar(value)
        zoned = getattr(wanted.type, "tz", None) and not getattr(column.type, "tz", None)
        wanted = wanted.cast(pa.timestamp("us")) if zoned and pa.types.is_timestamp(column.type) else wanted
        recent = pc.greater_equal(column, wanted.cast(column.type, safe=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        raise DataError(
            f"column '{since[0]}' is {column.type}, which cannot be compared with {value}. "
            "Bring in everything instead."
        ) from None
    return table.filter(pc.fill_null(recent, True))

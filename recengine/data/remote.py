"""What every store of data promises: places to choose from, and rows in Arrow tables.

To add a store: write its file, then add its line to REMOTES in `recengine/data/__init__.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recengine.core.errors import DataError, did_you_mean
from recengine.data.data_file import HEAD_BYTES, DataFile, Tables
from recengine.data.layout import clean_name
from recengine.data.secrets import Connection, without_secret

HEAD_ROWS = 20_000  # read to find out which column holds what
PREVIEW_ROWS = 50


@dataclass(frozen=True)
class Place:
    """Something with rows.

    Attributes:
        name: as it is asked for, such as shop.orders.
        rows: about how many, where the store knows without counting.
    """

    name: str
    kind: Literal["table", "view", "collection", "folder"]
    rows: int | None = None


@dataclass(frozen=True)
class Query:
    """Rows asked for in the store's own language."""

    text: str


Wanted: TypeAlias = str | Query  # a place's name, or a query
Since: TypeAlias = tuple[str, Any]  # a column and a value: rows at or after it
Read: TypeAlias = Callable[[list[str], int | None], Iterator[pa.Table]]  # columns, at most so many rows


class RemoteFile(DataFile):
    """A place or a query's result, read as if it were a file: from the start, as often as asked."""

    form = "remote"

    def __init__(self, called: str, columns: Sequence[str], read: Read, connection: Connection) -> None:
        self._given, self._rows, self._connection = list(columns), read, connection
        super().__init__(Path(called))

    def _look(self, header: bool | None) -> None:
        names = [clean_name(name) for name in self._given]
        self._names = dict(zip(_distinct(names), self._given, strict=True))
        self.columns = list(self._names)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells are numbers, moments, booleans or text."""
        limit = HEAD_ROWS if block_bytes <= HEAD_BYTES else None
        given = [self._names[name] for name in columns]
        with clean_errors(self._connection):
            for table in self._rows(given, limit):
                yield readable(table.select(given)).rename_columns(columns)


class Remote(ABC):
    """A store that somebody else runs. Opening one costs nothing; every call connects anew.

    Every method raises DataError in words, without secrets: the store cannot be reached,
    refuses the login, or has no such database, place or column.
    """

    title: ClassVar[str]  # how a page calls it
    example: ClassVar[str]  # an address, to be shown in an empty field
    extra: ClassVar[str] = ""  # of pyproject.toml that brings the driver
    queries: ClassVar[str] = ""  # the language of `Query`; "" where there is none
    by_path: ClassVar[bool] = False  # a file or folder: no host, no login

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def label(self) -> str:
        """Where it is, without secrets."""
        return self.connection.label

    @abstractmethod
    def probe(self) -> None:
        """Say quickly whether it can be reached and asked."""

    @abstractmethod
    def places(self) -> list[Place]:
        """What there is to choose from, by name."""

    @abstractmethod
    def columns(self, place: str) -> list[tuple[str, str]]:
        """Names and types of a place's columns."""

    @abstractmethod
    def file(self, wanted: Wanted, since: Since | None = None) -> DataFile:
        """The rows, ready to be read; checked here, so that reading finds what it asks for."""

    def entities(self, place: Wanted) -> DataFile:
        """The rows as a table of people or of items; differs where events may be kept inside of rows."""
        return self.file(place)

    @abstractmethod
    def write(
        self,
        place: str,
        frame: pd.DataFrame,
        keys: Sequence[str],
        batch: str,
        whole: dict[str, str] | None = None,
    ) -> int:
        """Put rows into a place, which is made where there is none; rows with these keys are replaced.

        All or nothing; the same call twice leaves what one leaves.

        Args:
            keys: columns that tell rows apart.
            batch: kept beside every row, in the column `batch`.
            whole: the frame is all there is with these values; other rows with them are removed.

        Returns:
            Rows written.
        """

    def preview(self, wanted: Wanted, rows: int = PREVIEW_ROWS) -> pd.DataFrame:
        """The first rows, as the importer reads them."""
        file = self.file(wanted)
        first = next(file.batches(block_bytes=HEAD_BYTES), None)
        return (
            pd.DataFrame(columns=file.columns)
            if first is None
            else first.slice(0, rows).to_pandas(integer_object_nulls=True)
        )

    def head(self, wanted: Wanted) -> pd.DataFrame:
        """Enough rows to guess which column holds what."""
        return self.preview(wanted, HEAD_ROWS)


def open_remote(
    address: str | Connection, *, password: str | None = None, ask: Callable[[str], str] | None = None
) -> Remote:
    """The store at an address or behind a connection's name; not connected yet.

    Raises:
        DataError: no address, no such name, or a kind of store that is not on the shelf.
    """
    from recengine.data import REMOTES

    found = Connection.of(address, password=password, ask=ask) if isinstance(address, str) else address
    if found.scheme not in REMOTES:
        hint = did_you_mean(found.scheme, REMOTES, shown=20)
        raise DataError(f"there is no kind of store '{found.scheme}'. {hint}")
    return REMOTES[found.scheme](found)


def wanted(table: str | None, query: str | None) -> Wanted:
    """What is asked for, out of a form or a command line.

    Raises:
        DataError: neither is said, or both.
    """
    if bool(table) == bool(query):
        raise DataError("say which rows: a table (or collection), or a query; one of the two.")
    return table or Query(query or "")


def driver(module: str, extra: str) -> Any:
    """A library that only this kind of store needs.

    Raises:
        DataError: it is not installed; says how to.
    """
    try:
        return import_module(module)
    except ImportError:
        raise DataError(
            f"{module.partition('.')[0]} is needed for this and is not installed. "
            f'Run: pip install "recengine[{extra}]"'
        ) from None


@contextmanager
def clean_errors(connection: Connection) -> Iterator[None]:
    """Whatever a driver says inside becomes a DataError that names the store and tells no secret."""
    try:
        yield
    except (DataError, GeneratorExit, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # connectorx's panics are no Exception
        said = without_secret(" ".join(str(error).split())[:300], connection)
        raise DataError(
            f"{connection.label} broke off: {said or type(error).__name__}. Nothing was kept; check that it "
            "is still running and try again."
        ) from None


def readable(table: pa.Table) -> pa.Table:
    """The same rows in types that the importer reads: numbers, moments, booleans, text."""
    return pa.table([_readable(column) for column in table.columns], names=table.column_names)


def _readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_decimal(kind):
        return pc.cast(column, pa.float64() if kind.scale > 0 else pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _text_of_bytes(column)
    if pa.types.is_nested(kind) or pa.types.is_interval(kind):
        return pa.chunked_array([pa.array([_said(cell) for cell in column.to_pylist()], pa.string())])
    if pa.types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_null(kind):
        return pc.cast(column, pa.string())
    return pc.cast(column, pa.string()) if pa.types.is_large_string(kind) else column


def _text_of_bytes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text where the bytes are text, else their hexadecimal digits (a binary uuid)."""
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowInvalid:
        cells = [None if cell is None else cell.hex() for cell in column.to_pylist()]
        return pa.chunked_array([pa.array(cells, pa.string())])


def _said(cell: Any) -> str | None:
    return "|".join(map(str, cell)) if isinstance(cell, list) else None if cell is None else str(cell)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names; the second of two equal ones becomes name_2."""
    count: Counter[str] = Counter()
    told = []
    for name in names:
        count[name] += 1
        told.append(name if count[name] == 1 else f"{name}_{count[name]}")
    return told

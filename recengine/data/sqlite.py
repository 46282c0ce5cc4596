"""SQLite files: read without a driver of their own, and never changed by a query."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pyarrow as pa

from recengine.core.dataset import as_id
from recengine.core.errors import DataError, did_you_mean
from recengine.data.data_file import BATCH_ROWS
from recengine.data.remote import Place, clean_errors
from recengine.data.sql import LOOK_S, SqlRemote
from recengine.data.upsert import Upsert, records

# Texts, comments and names, the last in any of their quotes.
_QUOTED = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|`[^`]*`|\[[^\]]*\]|\"(?:[^\"]|\"\")*\"", re.DOTALL)
KNOWN = {
    "table": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
    "column": "SELECT DISTINCT c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c",
}
STEPS = 10_000  # of SQLite's machine between two looks at the clock


class SqliteRemote(SqlRemote):
    """A database in one file; `sqlite:///` and its path."""

    title = "SQLite file"
    example = "sqlite:///shop.db"
    by_path = True

    @property
    def path(self) -> Path:
        """Where the file is."""
        return Path(self.connection.database)

    def probe(self) -> None:
        """The file is there and is a SQLite database."""
        self.listing()

    def listing(self) -> dict[tuple[str, ...], Place]:
        """Tables and views; rows are not counted."""
        with self._open(LOOK_S) as db:
            found = db.execute(
                "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
            ).fetchall()
        return {(name,): Place(name, kind) for name, kind in found}

    def typed_columns(self, parts: tuple[str, ...]) -> list[tuple[str, str]]:
        """Types as declared; SQLite does not hold anyone to them."""
        with self._open(LOOK_S) as db:
            found = db.execute("SELECT name, type FROM pragma_table_info(?)", parts).fetchall()
        return [(name, kind.lower()) for name, kind in found]

    def expressions(self, source: str) -> dict[str, str]:
        """Asks for no rows; every column is read as it is."""
        with self._open(LOOK_S) as db:
            found = db.execute(_names_alone(f"SELECT * FROM {source} LIMIT 0"))
            names = [column[0] for column in found.description]
        return {name: self.quoted(name) for name in names}

    def literal(self, value: Any) -> str:
        """Numbers as they are, all else as text."""
        return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"

    def run(self, select: str, seconds: int) -> Iterator[pa.Table]:
        """A batch of tuples at a time; a column of mixed cells becomes text."""
        with self._open(seconds) as db:
            cursor = db.execute(_names_alone(select))
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(BATCH_ROWS):
                columns = [_array(cells) for cells in zip(*rows, strict=True)]
                yield pa.table(columns, names=names)

    def write(
        self,
        place: str,
        frame: pd.DataFrame,
        keys: Sequence[str],
        batch: str,
        whole: dict[str, str] | None = None,
    ) -> int:
        """In one transaction; the file is made where there is none."""
        upsert = Upsert(self.quoted(place), frame, keys, batch, whole, self.quoted)
        with clean_errors(self.connection), closing(sqlite3.connect(self.path, timeout=LOOK_S)) as db:
            try:
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    db.execute(upsert.create)
                    db.executemany(upsert.insert(upsert.values), records(upsert.frame))
                    if upsert.remove:
                        db.execute(*upsert.remove)
            except sqlite3.DatabaseError as error:
                raise self._in_words(error, LOOK_S) from None
        return len(frame)

    @contextmanager
    def _open(self, seconds: int) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise DataError(f"there is no file {self.path}. Check the path.")
        with clean_errors(self.connection), closing(self._connect()) as db:
            ends = time.monotonic() + seconds
            db.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
            try:
                yield db
            except sqlite3.DatabaseError as error:
                if str(error) == "interrupted" and time.monotonic() < ends:  # Ctrl-C while SQLite was at work
                    raise KeyboardInterrupt from None
                raise self._unknown(db, error) or self._in_words(error, seconds) from None

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro", uri=True, check_same_thread=False)

    def _unknown(self, db: sqlite3.Connection, error: sqlite3.DatabaseError) -> DataError | None:
        """A column or table that is not there, with the nearest that is."""
        if (found := re.fullmatch(r"no such (column|table): (?:\w+\.)?(.+)", str(error))) is None:
            return None
        what, name = found.groups()
        db.set_progress_handler(None, 0)
        hint = did_you_mean(name, [row[0] for row in db.execute(KNOWN[what])])
        quotes = " Text stands between single quotes." if what == "column" else ""
        return DataError(f"{self.path.name} has no {what} '{name}' here. {hint}{quotes}")

    def _in_words(self, error: sqlite3.DatabaseError, seconds: int) -> DataError:
        if "not a database" in str(error):
            return DataError(f"{self.path} is no SQLite database. Choose another file.")
        if str(error) == "interrupted":
            return DataError(f"the query took longer than {seconds:,} s and was stopped. Ask for less.")
        return DataError(f"{self.path.name}: {error}.")


def _names_alone(select: str) -> str:
    """The same with every "name" as `name`, for SQLite takes an unknown "name" for a text."""
    return _QUOTED.sub(lambda found: _as_name(found.group()), select)


def _as_name(quoted: str) -> str:
    if not quoted.startswith('"'):
        return quoted
    return "`" + quoted[1:-1].replace('""', '"').replace("`", "``") + "`"


def _array(cells: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([_as_text(cell) for cell in cells], pa.string())


def _as_text(cell: Any) -> str | None:
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    return None if cell is None else as_id(cell)

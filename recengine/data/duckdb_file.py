"""DuckDB files: read with the doors to everything else shut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pandas as pd
import pyarrow as pa

from recengine.core.errors import DataError
from recengine.data.remote import Place
from recengine.data.sql import LOOK_S, SqlRemote
from recengine.data.upsert import Upsert

# A query can reach no other file, no address and no extension, and cannot change that.
LOCKED = "SET enable_external_access = false; SET lock_configuration = true"


class DuckdbRemote(SqlRemote):
    """A database in one file; `duckdb:///` and its path."""

    title = "DuckDB file"
    example = "duckdb:///shop.duckdb"
    by_path = True

    @property
    def path(self) -> Path:
        """Where the file is."""
        return Path(self.connection.database)

    def probe(self) -> None:
        """The file is there, is a DuckDB database, and nobody else is writing to it."""
        with self._open(LOOK_S):
            pass

    def listing(self) -> dict[tuple[str, ...], Place]:
        """Tables and views of all schemas; rows as DuckDB has counted them."""
        with self._open(LOOK_S) as db:
            found = db.execute(
                "SELECT schema_name, table_name, 'table', estimated_size FROM duckdb_tables() UNION ALL "
                "SELECT schema_name, view_name, 'view', NULL FROM duckdb_views() WHERE NOT internal "
                "ORDER BY schema_name <> 'main', schema_name, table_name"
            ).fetchall()
        return {(schema, name): Place(f"{schema}.{name}", kind, rows) for schema, name, kind, rows in found}

    def typed_columns(self, parts: tuple[str, ...]) -> list[tuple[str, str]]:
        """As DuckDB declares them."""
        select = (
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?"
        )
        with self._open(LOOK_S) as db:
            return [(name, kind.lower()) for name, kind in db.execute(select, parts).fetchall()]

    def expressions(self, source: str) -> dict[str, str]:
        """Asks for no rows; every column is read as it is."""
        with self._open(LOOK_S) as db:
            names = [column[0] for column in db.execute(f"SELECT * FROM {source} LIMIT 0").description]
        return {name: self.quoted(name) for name in names}

    def literal(self, value: Any) -> str:
        """Numbers as they are, all else as text, which DuckDB reads as what the column holds."""
        return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"

    def run(self, select: str, seconds: int) -> Iterator[pa.Table]:
        """Batches as DuckDB makes them."""
        with self._open(seconds) as db:
            for batch in pa.RecordBatchReader.from_stream(db.sql(select)):
                yield pa.Table.from_batches([batch])

    def write(
        self,
        place: str,
        frame: pd.DataFrame,
        keys: Sequence[str],
        batch: str,
        whole: dict[str, str] | None = None,
    ) -> int:
        """In one transaction; the file is made where there is none."""
        table = ".".join(map(self.quoted, place.split(".")))
        upsert = Upsert(table, frame, keys, batch, whole, self.quoted)
        with self._words(LOOK_S), self._connect(read_only=False) as db:
            db.begin()
            db.execute(upsert.create)
            db.register("rows_to_write", upsert.frame)
            db.execute(upsert.insert("SELECT * FROM rows_to_write"))
            if upsert.remove:
                db.execute(*upsert.remove)
            db.commit()
        return len(frame)

    @contextmanager
    def _open(self, seconds: int) -> Iterator[Any]:
        if not self.path.is_file():
            raise DataError(f"there is no file {self.path}. Check the path.")
        with self._words(seconds), self._connect(read_only=True) as db:
            db.execute(LOCKED)
            timer = Timer(seconds, db.interrupt)
            timer.start()
            try:
                yield db
            finally:
                timer.cancel()

    def _connect(self, read_only: bool) -> Any:
        import duckdb

        return duckdb.connect(self.path, read_only=read_only)

    @contextmanager
    def _words(self, seconds: int) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.InterruptException:
            raise DataError(
                f"the query took longer than {seconds:,} s and was stopped. Ask for less."
            ) from None
        except duckdb.Error as error:
            said = str(error).strip().split("\n")[0].rstrip(".")
            if "lock on file" in said or "different configuration" in said:
                said = "another program has it open for writing; close that first"
            raise DataError(f"{self.path.name}: {said}.") from None

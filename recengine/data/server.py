"""Database servers: probed and written by SQLAlchemy, read in Arrow batches by connectorx."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from recengine.core.errors import DataError
from recengine.data.remote import Place, driver
from recengine.data.rows import SILENT, server_rows
from recengine.data.secrets import without_secret
from recengine.data.sql import LOOK_S, SqlRemote
from recengine.data.upsert import BATCH, checked, records

CONNECT_S = 5
SAME_NAME = "two columns of the query have the same name. Give each its own with AS."
TOO_LONG = ("max_statement_time", "maximum statement execution time", "statement timeout")
GONE = (
    "IO error",
    "IoError",
    "kind: Io",
    "Closed",
    "Connection reset",
    "disconnected",
    "communicating",
    SILENT,
)
WRITE_ROWS = 10_000  # in one statement
# The server's own sentence within what connectorx makes of it.
_ANSWER = re.compile(r'\bmessage: "([^"]+)"|MySqlError \{ ([^}]+?) \}')


class ServerRemote(SqlRemote):
    """What MySQL and PostgreSQL have in common."""

    extra = "sql"
    dialect: ClassVar[str]  # SQLAlchemy's name for the server and its driver
    module: ClassVar[str]  # the driver's
    scheme: ClassVar[str]  # connectorx's name for the server
    port: ClassVar[int]
    passed_on: ClassVar[tuple[str, ...]] = ()  # options that connectorx knows
    listed: ClassVar[str]  # SELECT schema, table, kind, rows
    typed: ClassVar[str]  # SELECT column, type of %s, %s

    @abstractmethod
    def before(self, seconds: int) -> list[str]:
        """Statements that make a session read-only, in UTC, and end it after so long."""

    @abstractmethod
    def refusal(self, error: Exception) -> str:
        """Why a connection was not made, in words; "" where the driver's own have to do."""

    @abstractmethod
    def described(self, cursor: Any, select: str) -> dict[str, str]:
        """The columns of a SELECT of no rows, and how each is to be read."""

    @property
    def where(self) -> str:
        """Host and port."""
        return f"{self.connection.host or 'localhost'}:{self.connection.port or self.port}"

    @property
    def gone(self) -> str:
        """What is said of a server that was there a moment ago."""
        return f"{self.where} broke off. Check that the server is running, then try again."

    def probe(self) -> None:
        """Log in and out again."""
        with self._session():
            pass

    def listing(self) -> dict[tuple[str, ...], Place]:
        """Tables and views of every schema but the server's own; rows are the server's estimate."""
        with self._session() as cursor:
            cursor.execute(self.listed)
            found = cursor.fetchall()
        return {
            (schema, name): Place(f"{schema}.{name}", "view" if "VIEW" in kind.upper() else "table", rows)
            for schema, name, kind, rows in found
        }

    def typed_columns(self, parts: tuple[str, ...]) -> list[tuple[str, str]]:
        """As the information schema has them."""
        with self._session() as cursor:
            cursor.execute(self.typed, parts)
            return [(name, kind) for name, kind in cursor.fetchall()]

    def expressions(self, source: str) -> dict[str, str]:
        """Columns of types that connectorx does not know are read as text."""
        with self._session() as cursor:
            return self.described(cursor, f"SELECT * FROM {source} LIMIT 0")

    def literal(self, value: Any) -> str:
        """As the driver quotes it; moments in ISO form and, as sessions are, in UTC."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        with self._session() as cursor:
            return self.quoted_value(cursor, value if isinstance(value, int | float) else str(value))

    @abstractmethod
    def quoted_value(self, cursor: Any, value: Any) -> str:
        """A value as it is written in this server's SQL."""

    def run(self, select: str, seconds: int) -> Iterator[pa.Table]:
        """By connectorx, in a read-only session."""
        driver("connectorx", self.extra)
        try:
            yield from server_rows(self._url(), select, self.before(seconds), seconds)
        except DataError as error:
            raise self._unread(without_secret(str(error), self.connection), seconds) from None

    def write(
        self,
        place: str,
        frame: pd.DataFrame,
        keys: Sequence[str],
        batch: str,
        whole: dict[str, str] | None = None,
    ) -> int:
        """In one transaction; a table that is there must tell rows apart by the same keys."""
        sqlalchemy = driver("sqlalchemy", self.extra)
        framed = checked(frame, keys, batch, whole)
        with self._words():
            engine = self._engine(seconds=None)
            table = self._table(place, framed, keys)
            self._check_keys(sqlalchemy.inspect(engine), table, keys)
            table.metadata.create_all(engine)
            with engine.begin() as connection:
                rows = [dict(zip(framed.columns, row, strict=True)) for row in records(framed)]
                for start in range(0, len(rows), WRITE_ROWS):
                    connection.execute(self.upsert(table, keys), rows[start : start + WRITE_ROWS])
                if whole:
                    same = [table.c[name] == value for name, value in whole.items()]
                    connection.execute(table.delete().where(*same, table.c[BATCH] != batch))
        return len(frame)

    @abstractmethod
    def upsert(self, table: Any, keys: Sequence[str]) -> Any:
        """The statement that puts rows in, or replaces those with the same keys."""

    @abstractmethod
    def column_type(self, values: pd.Series[Any], is_key: bool) -> Any:
        """SQLAlchemy's type for a column to write."""

    def _table(self, place: str, framed: pd.DataFrame, keys: Sequence[str]) -> Any:
        sqlalchemy = driver("sqlalchemy", self.extra)
        schema, _, name = place.rpartition(".")
        columns = [
            sqlalchemy.Column(
                column,
                self.column_type(framed[column], column in keys),
                primary_key=column in keys,
                autoincrement=False,
            )
            for column in framed.columns
        ]
        return sqlalchemy.Table(name, sqlalchemy.MetaData(), *columns, schema=schema or None)

    def _check_keys(self, inspector: Any, table: Any, keys: Sequence[str]) -> None:
        if not inspector.has_table(table.name, schema=table.schema):
            return
        known = [inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]]
        indexes = inspector.get_indexes(table.name, schema=table.schema)
        known += [index["column_names"] for index in indexes if index["unique"]]
        if set(keys) not in [set(columns) for columns in known]:
            raise DataError(
                f"table '{table.name}' is there already and has no unique key over {', '.join(keys)}. "
                "Give it one, or choose another name."
            )

    def _engine(self, seconds: int | None = LOOK_S) -> Any:
        sqlalchemy = driver("sqlalchemy", self.extra)
        driver(self.module, self.extra)
        url = sqlalchemy.URL.create(
            self.dialect,
            self.connection.user or None,
            self.connection.password or None,
            self.connection.host or "localhost",
            self.connection.port or self.port,
            self.connection.database or None,
            dict(self.connection.options),
        )
        return sqlalchemy.create_engine(
            url,
            poolclass=sqlalchemy.NullPool,
            pool_reset_on_return=None,  # each connection is closed after use
            hide_parameters=True,
            connect_args=self.connect_args(seconds),
        )

    @abstractmethod
    def connect_args(self, seconds: int | None) -> dict[str, Any]:
        """The driver's own limits on waiting."""

    @contextmanager
    def _session(self, seconds: int = LOOK_S) -> Iterator[Any]:
        """A cursor that can only read, for a short look."""
        with self._words():
            connection = self._engine(seconds).raw_connection()
            try:
                cursor = connection.cursor()
                for statement in self.before(seconds):
                    cursor.execute(statement)
                connection.commit()
                yield cursor
            finally:
                connection.close()

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Errors of SQLAlchemy and of the driver, in words."""
        try:
            yield
        except DataError:
            raise
        except Exception as error:
            cause = getattr(error, "orig", None) or error
            said = self.refusal(cause) or f"{self.label} says: {_first_line(cause)}."
            raise DataError(without_secret(said, self.connection)) from None

    def _unread(self, said: str, seconds: int) -> DataError:
        """What ended the reading of rows, in words."""
        if any(words in said.lower() for words in TOO_LONG):
            return DataError(f"the query took longer than {seconds:,} s and was stopped. Ask for less.")
        if any(word in said for word in GONE):
            return DataError(
                f"{self.label} broke off while rows were read, and nothing of them was kept. Check that the "
                "server is running, then try again."
            )
        if answer := _ANSWER.search(said):
            return DataError(f"{self.label} says: {answer.group(1) or answer.group(2)}.")
        return DataError(f"the rows of {self.label} cannot be read: {said[:300]}.")

    def _url(self) -> str:
        options = {key: value for key, value in self.connection.options if key in self.passed_on}
        host, port = self.connection.host or "localhost", self.connection.port or self.port
        options |= self.own_options()
        asked = replace(self.connection, host=host, port=port, options=tuple(options.items()))
        return asked.url(self.scheme)

    def own_options(self) -> dict[str, str]:
        """What connectorx has to be told besides."""
        return {}


def _first_line(error: Exception) -> str:
    """The driver's sentence, without its number and its hints."""
    said = error.args[-1] if error.args and isinstance(error.args[-1], str) else str(error)
    return str(said).strip().split("\n")[0].rstrip(".")[:300] or type(error).__name__

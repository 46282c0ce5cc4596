"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from recengine.core.errors import DataError
from recengine.data.remote import driver
from recengine.data.server import CONNECT_S, SAME_NAME, ServerRemote
from recengine.data.upsert import sql_type

# Type numbers that connectorx reads in every case; all others are read as text.
PLAIN = {16, 18, 20, 21, 23, 25, 114, 700, 701, 1042, 1043, 2950, 3802}  # bool, int, text, float, json, uuid
NUMERIC, DATES = 1700, (1082, 1114, 1184)
READ_ONLY = "25006"  # the error code of a write in a transaction that may only read


class PostgresqlRemote(ServerRemote):
    """A PostgreSQL server."""

    title = "PostgreSQL"
    example = "postgresql://user@host/database"
    dialect, module, scheme, port = "postgresql+psycopg", "psycopg", "postgresql", 5432
    passed_on = ("sslmode", "sslrootcert", "sslcert", "sslkey")
    listed = (
        "SELECT n.nspname, c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN 'VIEW' ELSE 'TABLE' END, "
        "CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition "
        "AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' "
        "ORDER BY n.nspname <> COALESCE(current_schema(), ''), 1, 2"
    )
    typed = (
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    )

    def before(self, seconds: int) -> list[str]:
        """For the session: every transaction in it."""
        return [
            "SET default_transaction_read_only = on",
            "SET TIME ZONE 'UTC'",
            f"SET statement_timeout = {seconds * 1000}",
        ]

    def refusal(self, error: Exception) -> str:
        """By the error's code; what stops a login has none, only words."""
        said, code = str(error), getattr(error, "sqlstate", None)
        if code is not None:
            return "a query may only read; this one writes." if code == READ_ONLY else ""
        refused = f"{self.where} refuses this user and password. Check both."
        silent = f"nobody answers at {self.where}. Is the server running, and can this machine reach it?"
        unknown = f"there is no database '{self.connection.database}' at {self.where}."
        words = {"authentication failed": refused, "no password supplied": refused, 'role "': refused}
        words |= {'database "': unknown, "refused": silent, "timeout": silent, "resolve": silent}
        words |= {"closed the connection": self.gone, "connection is lost": self.gone}
        return next((sentence for part, sentence in words.items() if part in said), "")

    def described(self, cursor: Any, select: str) -> dict[str, str]:
        """Prepared, which the server does for one statement only."""
        cursor.execute(select, prepare=True)
        found = {column.name: self._expression(column) for column in cursor.description}
        if len(found) < len(cursor.description):
            raise DataError(SAME_NAME)
        return found

    def _expression(self, column: Any) -> str:
        """Moments before our era or at the end of time become missing; Python knows none."""
        name, kind = self.quoted(column.name), column.type_code
        if kind in DATES:
            return f"CASE WHEN {name} BETWEEN '0001-01-01' AND '9999-12-31' THEN {name} END"
        if kind == NUMERIC:
            return f"{name}::text" if column.scale == 0 else f"{name}::float8"
        return name if kind in PLAIN else f"{name}::text"

    def quoted_value(self, cursor: Any, value: Any) -> str:
        """By psycopg."""
        return str(driver("psycopg.sql", self.extra).Literal(value).as_string(cursor.connection))

    def upsert(self, table: Any, keys: Sequence[str]) -> Any:
        """INSERT ... ON CONFLICT DO UPDATE."""
        statement = driver("sqlalchemy.dialects.postgresql", self.extra).insert(table)
        others = {one.name: statement.excluded[one.name] for one in table.c if one.name not in keys}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=others)

    def column_type(self, values: pd.Series[Any], is_key: bool) -> Any:
        """Text has no length here."""
        types = driver("sqlalchemy.dialects.postgresql", self.extra)
        return {"BOOLEAN": types.BOOLEAN(), "BIGINT": types.BIGINT(), "TIMESTAMP": types.TIMESTAMP(),
                "DOUBLE PRECISION": types.DOUBLE_PRECISION()}.get(sql_type(values), types.TEXT())  # fmt: skip

    def connect_args(self, seconds: int | None) -> dict[str, Any]:
        """Keep-alives find out that a server has gone."""
        return {"connect_timeout": CONNECT_S, "keepalives_idle": 10, "keepalives_interval": 5}

"""MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from recengine.data.remote import driver
from recengine.data.server import CONNECT_S, SAME_NAME, ServerRemote
from recengine.data.upsert import sql_type

KEY_CHARS = 191  # of a text that is part of a key
# Numbers of the types in the protocol that connectorx cannot read, or not in every case.
DECIMALS, DATES, TIME, BIT, GEOMETRY = (0, 246), (7, 10, 12, 14), 11, 16, 255


class MysqlRemote(ServerRemote):
    """A MySQL or MariaDB server."""

    title = "MySQL or MariaDB"
    example = "mysql://user@host/database"
    mark = "`"
    dialect, module, scheme, port = "mysql+pymysql", "pymysql", "mysql", 3306
    passed_on = ("require_ssl", "verify_ca", "verify_identity", "socket")
    listed = (
        "SELECT table_schema, table_name, table_type, table_rows FROM information_schema.tables WHERE "
        "table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys') "
        "ORDER BY table_schema <> COALESCE(DATABASE(), ''), table_schema, table_name"
    )
    typed = (
        "SELECT column_name, column_type FROM information_schema.columns "
        "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"
    )

    def before(self, seconds: int) -> list[str]:
        """MariaDB and MySQL have a time-out each; to the other its name is a comment."""
        limits = (
            f"/*M! , max_statement_time = {seconds} *//*!50708 , max_execution_time = {seconds * 1000} */"
        )
        return ["SET SESSION TRANSACTION READ ONLY", f"SET SESSION time_zone = '+00:00' {limits}"]

    def refusal(self, error: Exception) -> str:
        """By the server's error number."""
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        database = self.connection.database
        return {
            1044: f"this user may not use the database '{database}' at {self.where}.",
            1045: f"{self.where} refuses this user and password. Check both.",
            1049: f"there is no database '{database}' at {self.where}.",
            1698: f"{self.where} refuses this user and password. Check both.",
            2003: f"nobody answers at {self.where}. Is the server running, and can this machine reach it?",
            2006: self.gone,
            2013: self.gone,
            1060: SAME_NAME,
            1792: "a query may only read; this one writes.",
        }.get(number, "")

    def described(self, cursor: Any, select: str) -> dict[str, str]:
        """Dates of zeros become missing; connectorx cannot read them."""
        cursor.execute(select)
        return {
            name: self._expression(name, kind, scale) for name, kind, _, _, _, scale, _ in cursor.description
        }

    def _expression(self, name: str, kind: int, scale: int) -> str:
        column = self.quoted(name)
        if kind in DATES:
            return f"IF(MONTH({column}) = 0 OR DAYOFMONTH({column}) = 0, NULL, {column})"
        if kind in DECIMALS:
            return f"{column} + 0e0" if scale else f"CAST({column} AS CHAR)"
        if kind == BIT:
            return f"{column} + 0"
        if kind == TIME:
            return f"CAST({column} AS CHAR)"
        return f"ST_AsText({column})" if kind == GEOMETRY else column

    def quoted_value(self, cursor: Any, value: Any) -> str:
        """By PyMySQL."""
        return str(cursor.connection.escape(value))

    def upsert(self, table: Any, keys: Sequence[str]) -> Any:
        """INSERT ... ON DUPLICATE KEY UPDATE."""
        statement = driver("sqlalchemy.dialects.mysql", self.extra).insert(table)
        others = {one.name: statement.inserted[one.name] for one in table.c if one.name not in keys}
        return statement.on_duplicate_key_update(others)

    def column_type(self, values: pd.Series[Any], is_key: bool) -> Any:
        """Texts in keys are compared letter by letter: A is not a."""
        types = driver("sqlalchemy.dialects.mysql", self.extra)
        if is_key and sql_type(values) == "TEXT":
            return types.VARCHAR(KEY_CHARS, charset="utf8mb4", collation="utf8mb4_bin")
        text = types.LONGTEXT(charset="utf8mb4")
        return {"BOOLEAN": types.BOOLEAN(), "BIGINT": types.BIGINT(), "DOUBLE PRECISION": types.DOUBLE(),
                "TIMESTAMP": types.DATETIME(fsp=6)}.get(sql_type(values), text)  # fmt: skip

    def connect_args(self, seconds: int | None) -> dict[str, Any]:
        """A silent server is given up a little after the statement's own time-out.

        PyMySQL would write a password in Latin-1, so it gets bytes.
        """
        waiting = {} if seconds is None else {"read_timeout": seconds + CONNECT_S}
        return {"connect_timeout": CONNECT_S, "password": self.connection.password.encode(), **waiting}

    def own_options(self) -> dict[str, str]:
        """Through a tunnel, localhost is not this machine: its socket would be another server."""
        return {"prefer_socket": "false", "tcp_keepalive_time_ms": "10000"}

"""SQL that is safe to send: names quoted, one SELECT at most, never a write."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pyarrow as pa

from recengine.core.errors import DataError, did_you_mean
from recengine.data.data_file import DataFile
from recengine.data.layout import clean_name
from recengine.data.remote import Place, Query, Remote, RemoteFile, Since, Wanted

LOOK_S = 20  # a list, a preview, a check may take so long
READ_S = 3_600  # and a whole import
MOST_ROWS = 200_000_000  # of a query's result
# Comments and quoted texts, in which a word or a semicolon means nothing.
_QUOTED = re.compile(
    r"--[^\n]*|#[^\n]*|/\*.*?\*/|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$",
    re.DOTALL,
)


def one_select(text: str) -> str:
    """The query without its closing semicolon.

    This is for a clear message; that nothing is written is seen to by the server, which runs it
    inside another SELECT, in a read-only transaction.

    Raises:
        DataError: it is not one SELECT.
    """
    text = text.strip().rstrip(";").rstrip()
    bare = _QUOTED.sub(" ", text).strip()
    first = re.match(r"[(\s]*(\w*)", bare)
    word = first.group(1) if first else ""
    if word.lower() not in ("select", "with"):
        raise DataError(
            f"a query is one SELECT, or WITH ... SELECT; this one starts with '{word or text[:20]}'."
        )
    if ";" in bare:
        raise DataError("a query is one SELECT; this one has a semicolon inside. Send one statement.")
    return text


class SqlRemote(Remote):
    """A store that speaks SQL."""

    queries = "SQL"
    mark: ClassVar[str] = '"'  # around a name

    @abstractmethod
    def listing(self) -> dict[tuple[str, ...], Place]:
        """Tables and views by the parts of their names (schema, table), the default schema first."""

    @abstractmethod
    def typed_columns(self, parts: tuple[str, ...]) -> list[tuple[str, str]]:
        """Names and types of a table's columns."""

    @abstractmethod
    def expressions(self, source: str) -> dict[str, str]:
        """The columns of a table or of a SELECT in brackets, and how each is written to be read."""

    @abstractmethod
    def literal(self, value: Any) -> str:
        """A value as it is written in SQL."""

    @abstractmethod
    def run(self, select: str, seconds: int) -> Iterator[pa.Table]:
        """The rows of one SELECT, read-only, for at most so long."""

    def places(self) -> list[Place]:
        """Tables and views, those of the usual schema first."""
        return list(self.listing().values())

    def columns(self, place: str) -> list[tuple[str, str]]:
        """Names and types as the database calls them."""
        return self.typed_columns(self.find(place))

    def find(self, place: str) -> tuple[str, ...]:
        """The table meant by a name; the schema may be left out, and small letters stand for large ones.

        Raises:
            DataError: there is none; names the nearest.
        """
        known = self.listing()
        same = str.lower
        for alike in (str, same):
            for parts in known:
                if alike(place) in (alike(".".join(parts)), alike(parts[-1])):
                    return parts
        names = [one.name if "." in place else parts[-1] for parts, one in known.items()]
        hint = did_you_mean(place, names)
        raise DataError(f"{self.label} has no table '{place}'. {hint}")

    def file(self, wanted: Wanted, since: Since | None = None) -> DataFile:
        """A table or a SELECT's rows, from a column's value on if asked."""
        if isinstance(wanted, Query):
            text = one_select(wanted.text)
            called, source = "the query", f"(\n{text}\n) AS wanted"
        else:
            parts = self.find(wanted)
            called, source = f"table {'.'.join(parts)}", ".".join(map(self.quoted, parts))
        cells = self.expressions(source)
        where = "" if since is None else self._where(since, list(cells))
        most = MOST_ROWS if isinstance(wanted, Query) else None

        def read(columns: list[str], limit: int | None) -> Iterator[pa.Table]:
            names = ", ".join(f"{cells[name]} AS {self.quoted(name)}" for name in columns)
            yield from self._limited(f"SELECT {names} FROM {source}{where}", limit, most)

        return RemoteFile(called, list(cells), read, self.connection)

    def quoted(self, name: str) -> str:
        """A name between marks, whatever is in it."""
        return f"{self.mark}{name.replace(self.mark, self.mark * 2)}{self.mark}"

    def _where(self, since: Since, names: Sequence[str]) -> str:
        column, value = since
        known = {clean_name(name): name for name in reversed(names)}
        if column not in known:
            raise DataError(f"there is no column '{column}' to go on from. {did_you_mean(column, known)}")
        return f" WHERE {self.quoted(known[column])} >= {self.literal(value)}"

    def _limited(self, select: str, limit: int | None, most: int | None) -> Iterator[pa.Table]:
        if limit is not None:
            yield from self.run(f"{select} LIMIT {limit}", LOOK_S)
            return
        rows = 0
        for table in self.run(select if most is None else f"{select} LIMIT {most + 1}", READ_S):
            rows += len(table)
            if most is not None and rows > most:
                raise DataError(f"the query gives more than {most:,} rows. Narrow it with WHERE.")
            yield table

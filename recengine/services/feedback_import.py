"""Feedback out of files and databases, read as often as one likes and kept once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.core.words import plural
from recengine.services.feedback import Answer, Source, accept
from recengine.services.feedback_rows import TimeCells, columns_of, events_of
from recengine.services.store import Store
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

    from recengine.data.data_file import DataFile
    from recengine.data.remote import Since
    from recengine.data.secrets import Connection

Progress = Callable[[int], None]  # called with the rows read so far
Ask = Callable[[str], str]  # called with a store's label; gives the password
CHUNK_ROWS = 50_000  # of one transaction; other writers wait for it
EXAMPLES = 5  # refusals that are told


@dataclass
class Brought:
    """What became of the rows.

    Attributes:
        source, place: the file, or the store without secrets and its table or query.
        since: from which time on the store was asked; "" where for all.
        examples: the first refusals, with their rows, in words.
    """

    source: str
    place: str = ""
    since: str = ""
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """For a reader."""
        new = f"{plural(self.accepted, 'event')} of {plural(self.rows, 'row')} are new"
        return f"{new}, {self.duplicates:,} were here before, {self.refused:,} refused"

    def add(self, answers: list[Answer]) -> None:
        """Count what became of the next rows."""
        for row, answer in enumerate(answers, start=self.rows + 1):
            if answer.outcome == "refused" and len(self.examples) < EXAMPLES:
                self.examples.append(f"row {row:,}: {answer.why}")
        refused = sum(answer.outcome == "refused" for answer in answers)
        accepted = sum(answer.outcome == "accepted" for answer in answers)
        self.rows += len(answers)
        self.accepted, self.refused = self.accepted + accepted, self.refused + refused
        self.duplicates += len(answers) - accepted - refused


def import_file(
    ws: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Brought:
    """The events of a CSV, Parquet or JSON lines file, a row each.

    Rows without an event_id are told apart by their list, item, kind, value and time.

    Args:
        columns: field of an event -> the file's column, where it is called otherwise.

    Raises:
        DataError: the file cannot be read, or lacks a column; nothing is kept then.
    """
    from recengine.data.files import open_file

    file = open_file(path)
    brought = Brought(path.name)
    for _ in _bring_in(ws, file, columns_of(file, columns or {}), brought, "file", progress):
        pass
    return brought


def import_remote(
    ws: Workspace,
    address: str | Connection,
    *,
    table: str | None = None,
    query: str | None = None,
    columns: Mapping[str, str] | None = None,
    since_last: bool = False,
    password: str | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
) -> Brought:
    """The events of a database's table, collection or query, a row each.

    Args:
        address: of the store, or the name of a connection.
        columns: as of `import_file`; with since_last, by default those of last time.
        since_last: ask only for rows from the newest time on that was read from there before. Refused
            rows that may become right, such as those of lists not known yet, are asked for again.

    Raises:
        DataError: the store says no or broke off, or it lacks a column; what was answered for stays.
    """
    from recengine.data.remote import open_remote, wanted

    remote, asked = open_remote(address, password=password, ask=ask), wanted(table, query)
    remote.probe()
    place = asked if isinstance(asked, str) else asked.text
    before = _last(ws, remote.label, place) if since_last else None
    said = dict(columns or (before[0] if before else {}))
    whole = remote.file(asked)
    found = columns_of(whole, said)
    newest = before[1] if before else None
    since: Since | None = (found["at"], newest) if newest is not None and "at" in found else None
    file = remote.file(asked, since) if since else whole
    brought = Brought(remote.label, place, "" if since is None else str(newest))
    mark = Mark(newest)
    for cells, answers in _bring_in(ws, file, found, brought, "database", progress):
        mark.move(cells, answers)
    _remember(ws, brought, said, mark.value)
    return brought


@dataclass
class Mark:
    """From which time on a store has to be asked next: the newest that was kept, in the store's own form.

    A row that was refused but may become right later holds it back.
    """

    newest: Any
    held: Any = None
    sortable: bool = True

    @property
    def value(self) -> Any:
        """None where nothing tells what is new."""
        if not self.sortable or self.newest is None:
            return None
        return self.newest if self.held is None else min(self.newest, self.held)

    def move(self, cells: pa.Array | None, answers: list[Answer]) -> None:
        """The next rows' times, and what became of them."""
        from recengine.data.kept_rows import sorts

        if cells is None or not self.sortable or not sorts(cells):
            self.sortable = False
            return
        rows = [(cell, one) for cell, one in zip(cells.to_pylist(), answers, strict=True) if cell is not None]
        self._note(
            [cell for cell, one in rows if one.outcome != "refused"], [c for c, one in rows if one.later]
        )

    def _note(self, kept: list[Any], later: list[Any]) -> None:
        kept += [self.newest] if self.newest is not None else []
        later += [self.held] if self.held is not None else []
        if len({type(cell) for cell in kept + later}) > 1:
            self.sortable = False
            return
        self.newest, self.held = max(kept, default=None), min(later, default=None)


def _bring_in(
    ws: Workspace,
    file: DataFile,
    columns: dict[str, str],
    brought: Brought,
    source: Source,
    progress: Progress | None,
) -> Iterator[tuple[pa.Array | None, list[Answer]]]:
    """Keep the rows piece by piece; the times of each piece as they came, and what became of its rows."""
    at = TimeCells(columns.get("at"))
    for table in file.batches(list(dict.fromkeys(columns.values()))):
        for start in range(0, len(table), CHUNK_ROWS):
            piece = table.slice(start, CHUNK_ROWS)
            answers = accept(ws, events_of(piece, columns, at), source)
            brought.add(answers)
            if progress is not None:
                progress(brought.rows)
            yield (piece.column(columns["at"]) if "at" in columns else None), answers


def _remember(ws: Workspace, brought: Brought, columns: Mapping[str, str], newest: Any) -> None:
    counted = (brought.accepted, brought.duplicates, brought.refused)
    with Store(ws).writing() as db:
        db.execute(
            "INSERT INTO feedback_imports (source, place, spec, newest, accepted, duplicates, refused, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (brought.source, brought.place, json.dumps(columns), _json(newest), *counted, time.time()),
        )


def _last(ws: Workspace, source: str, place: str) -> tuple[dict[str, str], Any] | None:
    """How columns were called when this was read last, and from which time on to go on."""
    with Store(ws).reading() as db:
        row = db.execute(
            "SELECT spec, newest FROM feedback_imports WHERE (source, place) = (?, ?) ORDER BY number DESC",
            (source, place),
        ).fetchone()
    return None if row is None else (json.loads(row["spec"]), _of_json(row["newest"]))


def _json(value: Any) -> str:
    if isinstance(value, datetime | date):
        return json.dumps({type(value).__name__: value.isoformat()})
    return json.dumps(value)


def _of_json(text: str) -> Any:
    value = json.loads(text)
    if not isinstance(value, dict):
        return value
    ((kind, moment),) = value.items()
    return date.fromisoformat(moment) if kind == "date" else datetime.fromisoformat(moment)

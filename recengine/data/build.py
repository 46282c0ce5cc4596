"""Importing: files, frames or the sample into a Dataset, with the story of what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from recengine.core.dataset import About
from recengine.core.errors import DataError, Question
from recengine.data.assemble import Imported, assemble
from recengine.data.carried import Carried, find_carried
from recengine.data.cleaning import CleaningConfig, Finding, lines_above, malformed_rows
from recengine.data.data_file import HEAD_BYTES, DataFile
from recengine.data.domains import find_domain
from recengine.data.files import open_file
from recengine.data.log import Log
from recengine.data.log_builder import LogBuilder, refuse_no_ids
from recengine.data.mapping import Guess, Mapping, guess_mapping, spoken
from recengine.data.remote import Remote, Since, Wanted
from recengine.data.sample import import_sample
from recengine.data.tables import Table, read_table
from recengine.data.typed_files import FrameFile

__all__ = ["Imported", "import_files", "import_frames", "import_remote", "import_sample", "import_tables"]

WHAT = {"user": "Person", "item": "Item", "time": "Time", "weight": "Weight", "event": "Kind of event"}
GUESS_ROWS = 20_000  # rows looked at to guess the mapping
Progress = Callable[[int], None]  # called with the rows read so far


def import_files(
    events: Path,
    *,
    name: str,
    mapping: Mapping | None = None,
    users: Path | None = None,
    items: Path | None = None,
    test: Path | None = None,
    cleaning: CleaningConfig | None = None,
    header: bool | None = None,
    about: About | None = None,
    progress: Progress | None = None,
) -> Imported:
    """A dataset out of a file of events, and optionally files of people, items and test events.

    Args:
        mapping: the columns; what it does not say is guessed.
        test: held-out events, a split that came with the data.
        header: whether the first line of a text file holds names; found out if None.
        about: source, licence and words of the domain, if they are known.

    Raises:
        DataError: a file cannot be read, a column is missing, or nothing is left after cleaning.
        Question: something has two readings; the answer is a field of the mapping.
    """
    mapping = mapping or Mapping()
    first = _open_events(events, header, mapping)
    files = _Files(
        first,
        None if users is None else _open_other(users, mapping, "users_sheet"),
        None if items is None else _open_other(items, mapping, "items_sheet"),
        None if test is None else _open_test(test, header, first, mapping),
    )
    about = about or About(source=f"file {Path(events).name}")
    return _import(files, name, mapping, cleaning or CleaningConfig(), about, progress)


def _open_events(events: Path, header: bool | None, mapping: Mapping) -> DataFile:
    """The events; where the mapping names cells of the first line, that line is the header."""
    file = open_file(events, header, mapping.sheet)
    names = {name for name in mapping.columns if not name.isdigit()}  # digits count columns
    if header is None and file.header is False and not names <= set(file.columns):
        named = open_file(events, True, mapping.sheet)
        if names <= set(named.columns):
            return named
    return file


def _open_other(path: Path, mapping: Mapping, sheet: str, header: bool | None = None) -> DataFile:
    """A file beside the events; which sheet of it is asked by the name of the mapping's field."""
    try:
        return open_file(path, header, getattr(mapping, sheet))
    except Question as question:
        raise Question(sheet, question.subject, question.options) from None


def _open_test(test: Path, header: bool | None, events: DataFile, mapping: Mapping) -> DataFile:
    """The test file, with a header if the events have one and the names are the same."""
    file = _open_other(test, mapping, "test_sheet", events.header if header is None else header)
    if header is None and events.header and not set(events.columns) & set(file.columns):
        return _open_other(test, mapping, "test_sheet")
    return file


def import_frames(
    events: pd.DataFrame,
    *,
    name: str,
    mapping: Mapping | None = None,
    users: pd.DataFrame | None = None,
    items: pd.DataFrame | None = None,
    test: pd.DataFrame | None = None,
    cleaning: CleaningConfig | None = None,
    about: About | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The same out of frames in memory (a query's result, a notebook).

    Raises:
        DataError: a column is missing, or nothing is left after cleaning.
    """
    files = _Files(
        FrameFile(events, "the events"),
        None if users is None else FrameFile(users, "the people"),
        None if items is None else FrameFile(items, "the items"),
        None if test is None else FrameFile(test, "the test events"),
    )
    about = about or About(source="a frame in memory")
    return _import(files, name, mapping or Mapping(), cleaning or CleaningConfig(), about, progress)


def import_remote(
    remote: Remote,
    events: Wanted,
    *,
    name: str,
    mapping: Mapping | None = None,
    users: Wanted | None = None,
    items: Wanted | None = None,
    cleaning: CleaningConfig | None = None,
    since: Since | None = None,
    about: About | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The same out of a store's tables, queries or collections.

    Args:
        since: a column of the events and a value; only rows at or after it are read.

    Raises:
        DataError: the store says no, a column is missing, or nothing is left after cleaning.
    """
    remote.probe()
    rows = remote.file(events, since)
    return import_tables(
        rows,
        None if users is None else remote.entities(users),
        None if items is None else remote.entities(items),
        name=name,
        mapping=mapping,
        cleaning=cleaning,
        about=about or About(source=f"{remote.label}, {rows.path}"),
        progress=progress,
    )


def import_tables(
    events: DataFile,
    users: DataFile | None = None,
    items: DataFile | None = None,
    *,
    name: str,
    mapping: Mapping | None = None,
    cleaning: CleaningConfig | None = None,
    about: About | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The same out of whatever can be read like a file.

    Raises:
        DataError: rows cannot be read, a column is missing, or nothing is left after cleaning.
    """
    files = _Files(events, users, items, None)
    return _import(
        files, name, mapping or Mapping(), cleaning or CleaningConfig(), about or About(), progress
    )


@dataclass(frozen=True)
class _Files:
    """What a dataset is made of, open for reading."""

    events: DataFile
    users: DataFile | None
    items: DataFile | None
    test: DataFile | None


def _import(
    files: _Files,
    name: str,
    mapping: Mapping,
    cleaning: CleaningConfig,
    about: About,
    progress: Progress | None,
) -> Imported:
    head = _head(files.events)
    guess = guess_mapping(head.slice(0, GUESS_ROWS).to_pandas())
    mapping = mapping.resolve(files.events.columns, guess)
    user, item = str(mapping.user), str(mapping.item)
    for column in (user, item):
        refuse_no_ids(head.schema.field(column).type, column)
    of_users, of_items = _carried(head, mapping, files)
    log, test_log = _read(files, mapping, cleaning, (of_users, of_items), progress)
    imported = assemble(
        name,
        log,
        test=test_log,
        users=_table(files.users, "person", log.users, user, cleaning) or of_users.table(),
        items=_table(files.items, "item", log.items, item, cleaning) or of_items.table(),
        settings=cleaning,
        before=_before(files.events, cleaning),
        test_before=() if files.test is None else _before(files.test, cleaning),
        about=_told(about, mapping),
        notes=_notes(mapping, guess, log, (of_users, of_items)),
    )
    return replace(imported, mapping=mapping)


def _told(about: About, mapping: Mapping) -> About:
    """The words for people, items and weights: as told, else the columns', else the domain's."""
    domain = find_domain(mapping.domain or about.domain)
    usual = About(person=domain.person, item=domain.item, domain=domain.name) if domain else About()
    named = About(person=spoken("user", str(mapping.user)), item=spoken("item", str(mapping.item)))
    return replace(
        about,
        weight_unit=about.weight_unit or mapping.weight or "events",
        person=next((one.person for one in (about, named) if one.person != "person"), usual.person),
        item=next((one.item for one in (about, named) if one.item != "item"), usual.item),
        domain=usual.domain,
    )


def _before(file: DataFile, cleaning: CleaningConfig) -> list[Finding]:
    """What was set aside while the file was read."""
    return [lines_above(file.above, cleaning), malformed_rows(*file.malformed, cleaning)]


def _head(events: DataFile) -> pa.Table:
    head = next(events.batches(block_bytes=HEAD_BYTES), None)
    if head is None or len(head) == 0:
        raise DataError(f"{events.path.name} holds no events, only columns: {', '.join(events.columns)}.")
    return head


def _table(
    file: DataFile | None, what: str, ids: pd.Index, called: str, cleaning: CleaningConfig
) -> Table | None:
    if file is None:
        return None
    table = read_table(file, what, ids, called)
    return replace(table, before=tuple(_before(file, cleaning)))


def _carried(head: pa.Table, mapping: Mapping, files: _Files) -> tuple[Carried, Carried]:
    """What the events themselves say of people and of items; nothing where a table says it better."""
    others = [column for column in head.column_names if column not in mapping.columns]
    user, item = str(mapping.user), str(mapping.item)
    of_items = find_carried(head, item, others) if files.items is None else []
    left = [column for column in others if column not in of_items]
    of_users = find_carried(head, user, left) if files.users is None else []
    return Carried(user, of_users), Carried(item, of_items)


def _read(
    files: _Files,
    mapping: Mapping,
    cleaning: CleaningConfig,
    carried: tuple[Carried, Carried],
    progress: Progress | None,
) -> tuple[Log, Log | None]:
    builder, events = LogBuilder(mapping, cleaning), files.events
    # All columns together tell a copied row from a repeated event, but only where there is a time.
    columns = events.columns if mapping.time else [*mapping.columns, *carried[0].columns, *carried[1].columns]
    for table in events.batches(columns):
        builder.add(table)
        for one in carried:
            one.add(table)
        if progress:
            progress(builder.num_rows[0])
    if files.test is not None:
        names = _same_columns(files.test, events, mapping)
        for table in files.test.batches(list(names)):
            builder.add(table.rename_columns([names[column] for column in table.column_names]), test=True)
    return builder.finish()


def _same_columns(test: DataFile, events: DataFile, mapping: Mapping) -> dict[str, str]:
    """The test file's columns by the names of the events' columns; by position where names differ."""
    if set(mapping.columns) <= set(test.columns):
        return {column: column for column in mapping.columns}
    if len(test.columns) == len(events.columns):
        pairs = zip(test.columns, events.columns, strict=True)
        return {found: wanted for found, wanted in pairs if wanted in mapping.columns}
    missing = [column for column in mapping.columns if column not in test.columns]
    raise DataError(
        f"the test file {test.path.name} lacks column(s) {', '.join(missing)}; it has "
        f"{', '.join(test.columns)}. Give it the same columns as the events."
    )


def _notes(mapping: Mapping, guess: Guess, log: Log, carried: tuple[Carried, Carried]) -> tuple[str, ...]:
    """How the columns were understood, a sentence each."""
    notes = []
    for role in WHAT:
        column = getattr(mapping, role)
        if column is None:
            continue
        why = guess.reasons[role] if getattr(guess.mapping, role) == column else f"column '{column}', as told"
        notes.append(f"{WHAT[role]}: {why}.")
    if mapping.time is not None:
        notes.append(f"Times are {log.time_format.words}.")
    if mapping.time is None:
        notes.append(
            "No time column: the order of the rows stands in for it, and identical rows are kept as repeats."
        )
    if log.events:
        counts = zip(log.events, log.event_weight_of, strict=True)
        notes.append(f"Kinds of events: {', '.join(f'{kind} counts {weight:g}' for kind, weight in counts)}.")
    for one, what in zip(carried, ("people", "items"), strict=True):
        if one.columns:
            notes.append(f"The events' columns {', '.join(one.columns)} describe the {what}.")
    if domain := find_domain(mapping.domain):
        notes.append(f"{domain.title}: {domain.why}")
    return tuple(notes)

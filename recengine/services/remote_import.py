"""Data out of a store: all there are, and later what is new."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from recengine.core.columns import TIME
from recengine.core.errors import DataError
from recengine.services.cards import DatasetCard
from recengine.services.datasets import check_name, dataset_card, keep, list_datasets
from recengine.services.files import refusals_in_words, remove_folder, replacing_folder
from recengine.services.lineage import Lineage
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.core.dataset import About
    from recengine.data.build import Imported
    from recengine.data.cleaning import CleaningConfig
    from recengine.data.kept_rows import KeptRows
    from recengine.data.mapping import Mapping
    from recengine.data.remote import Remote, Since, Wanted
    from recengine.data.secrets import Connection

Progress = Callable[[int], None]  # called with the rows read so far
Ask = Callable[[str], str]  # called with a store's label; gives the password
ORPHAN_S = 3600.0  # rows that no dataset names are of an import under way, or, after so long, of a killed one


@dataclass(frozen=True)
class Asked:
    """What is wanted of a store.

    Attributes:
        users, items: tables of people and of items.
        about: the words of the domain, where they are known.
    """

    events: Wanted
    users: str | None
    items: str | None
    mapping: Mapping
    cleaning: CleaningConfig
    about: About | None = None


@dataclass(frozen=True)
class Older:
    """Rows that are here already, and from where on to ask."""

    rows: KeptRows
    since: Since
    rows_read: int


def import_remote(
    ws: Workspace,
    name: str,
    address: str | Connection,
    *,
    table: str | None = None,
    query: str | None = None,
    collection: str | None = None,
    users: str | None = None,
    items: str | None = None,
    mapping: Mapping | None = None,
    cleaning: CleaningConfig | None = None,
    password: str | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Read, clean, check and keep a store's events under a name.

    Args:
        address: of the store, or the name of a connection.
        table, query, collection: where the events are; one of them.
        users, items: tables of people and of items there.
        password: where it is neither in the address nor in the environment; or `ask` gives it.
        progress: called with the number of rows read so far.

    Raises:
        DataError: the store says no, it broke off, or the data cannot be used as they are.
    """
    from recengine.data.cleaning import CleaningConfig
    from recengine.data.mapping import Mapping
    from recengine.data.remote import open_remote, wanted

    check_name(name)
    events = wanted(table or collection, query)
    asked = Asked(events, users, items, mapping or Mapping(), cleaning or CleaningConfig())
    return _import(ws, name, open_remote(address, password=password, ask=ask), asked, None, progress)


def bring_in_new(
    ws: Workspace,
    name: str,
    address: str | Connection | None = None,
    *,
    password: str | None = None,
    ask: Ask | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The same dataset with what its store has got since; runs keep the data they were trained on.

    Events at or after the newest time seen are read anew, earlier ones are those of last time: what was
    added, changed or removed at the store with an earlier time needs a whole import. Cleaning looks at
    all of them again, so the outcome is that of a whole import.

    Args:
        address: of the store; may be left out where it has a name, or no login and no secret option.

    Raises:
        NotFoundError: no such dataset.
        DataError: it is from no store, its times do not say what is new, the address is needed, or
            the store says no.
    """
    from recengine.data.kept_rows import KeptRows
    from recengine.data.remote import open_remote

    card = dataset_card(ws, name)
    lineage = _lineage(card)
    remote = open_remote(address or _known_address(name, lineage), password=password, ask=ask)
    if remote.label != lineage.source:
        raise DataError(
            f"dataset '{name}' came from {lineage.source}; {remote.label} is another place. Import it whole."
        )
    rows, column = KeptRows(ws.rows / lineage.kept), str(lineage.mapping["time"])
    older = Older(rows, (column, rows.newest(column, card.last_at)), lineage.rows_read)
    return _import(ws, name, remote, _asked_before(card, lineage), older, progress)


def _lineage(card: DatasetCard) -> Lineage:
    """Where the data came from, if one can go on from there."""
    if card.lineage is None or not (card.lineage.place or card.lineage.query):
        raise DataError(
            f"dataset '{card.name}' came from no database. Import the file again to have what is new."
        )
    if not card.lineage.can_go_on:
        raise DataError(
            f"dataset '{card.name}' has no times that tell what is new: that takes a column of moments, "
            "numbers or ISO dates. Import everything again."
        )
    return card.lineage


def _known_address(name: str, lineage: Lineage) -> str:
    if not lineage.address:
        raise DataError(
            f"dataset '{name}' came from {lineage.source} with a login or options that were not kept. Give "
            "the address again (--source ADDRESS), or a name to it."
        )
    return lineage.address


def _asked_before(card: DatasetCard, lineage: Lineage) -> Asked:
    from recengine.data.cleaning import CleaningConfig
    from recengine.data.mapping import Mapping
    from recengine.data.remote import wanted

    return Asked(
        wanted(lineage.place or None, lineage.query or None),
        lineage.users or None,
        lineage.items or None,
        Mapping.of(dict(lineage.mapping)),
        CleaningConfig.of(dict(lineage.cleaning)),
        card.about,
    )


def _import(
    ws: Workspace, name: str, remote: Remote, asked: Asked, older: Older | None, progress: Progress | None
) -> Imported:
    from recengine.core.dataset import About
    from recengine.data.build import import_tables
    from recengine.data.kept_rows import GrowingFile

    remote.probe()
    _forget_orphans(ws)
    fresh = remote.file(asked.events, older.since if older else None)
    folder = ws.rows / uuid4().hex[:16]
    with refusals_in_words(ws.root), replacing_folder(folder) as draft:
        imported = import_tables(
            GrowingFile(fresh, draft, *((older.rows, older.since) if older else ())),
            remote.entities(asked.users) if asked.users else None,
            remote.entities(asked.items) if asked.items else None,
            name=name,
            mapping=asked.mapping,
            cleaning=asked.cleaning,
            about=asked.about or About(source=f"{remote.label}, {fresh.path}"),
            progress=progress,
        )
    new = max(0, imported.cleaning.rows_in - older.rows_read) if older else None
    kept = folder.name if _tells_new_ones(folder, imported) else ""
    try:
        keep(ws, imported, replace(_lineage_of(remote, asked, new), kept=kept))
    except BaseException:
        kept = ""
        raise
    finally:
        if not kept:
            remove_folder(folder)
    return imported


def _forget_orphans(ws: Workspace) -> None:
    """Remove kept rows of imports that were killed just before their end."""
    lineages = [card.lineage for card in list_datasets(ws)]
    known = {lineage.kept for lineage in lineages if lineage}
    for folder in ws.rows.glob("*"):
        if folder.name not in known and time.time() - folder.stat().st_mtime > ORPHAN_S:
            remove_folder(folder)


def _tells_new_ones(folder: Path, imported: Imported) -> bool:
    """Whether the rows kept there have a time from which on one can ask for more."""
    from recengine.data.kept_rows import KeptRows

    column = imported.mapping.time if imported.mapping else None
    last = float(imported.dataset.interactions.column(TIME)[-1])
    return column is not None and KeptRows(folder).newest(column, last) is not None


def _lineage_of(remote: Remote, asked: Asked, rows_new: int | None) -> Lineage:
    from recengine.data.remote import Query
    from recengine.data.secrets import without_secret

    events, connection = (
        asked.events,
        replace(remote.connection, user=""),
    )  # a table may be called like a user
    return Lineage(
        remote.label,
        place="" if isinstance(events, Query) else events,
        query=without_secret(events.text, connection) if isinstance(events, Query) else "",
        users=asked.users or "",
        items=asked.items or "",
        options=connection.plain_options,
        is_whole=remote.connection.is_told_whole,
        connection=connection.name,
        rows_new=rows_new,
        cleaning=asked.cleaning.model_dump(mode="json", exclude_defaults=True),
    )

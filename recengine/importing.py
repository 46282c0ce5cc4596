"""Importing on the command line: files, databases, and what is new in them."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.argument_parts import settings_of
from recengine.core.errors import SettingsError
from recengine.printing import Progress, card_line, print_json, print_rows
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.data.build import Imported
    from recengine.data.cleaning import CleaningReport
    from recengine.data.mapping import Mapping

ONLY_WHOLE = ("table", "collection", "query", "users", "items", "clean", "event_weight", "domain")
ONLY_FILES = ("test", "header")
ROLES = ("user", "item", "time", "weight", "event")
ANSWERS = ("dates", "decimals", "sheet", "users_sheet", "items_sheet", "test_sheet", "domain")


def import_(options: argparse.Namespace, ws: Workspace) -> None:
    """Events (and what is known of people and items) under a name, and what became of the rows."""
    if options.since_last:
        imported = _what_is_new(options, ws)
    elif bool(options.file) == bool(options.source):
        raise SettingsError("say what to import: a FILE, or a database with --source ADDRESS, not both.")
    else:
        imported = _from_store(options, ws) if options.source else _from_file(options, ws)
    checks = [vars(verdict) for verdict in imported.checks]
    if options.json:
        print_json({**_described(ws, options.name, imported.cleaning), "checks": checks})
        return
    print_dataset(ws, options.name)
    print_rows([[verdict.level, verdict.title, verdict.finding] for verdict in imported.checks])


def print_dataset(ws: Workspace, name: str, *, as_json: bool = False) -> None:
    """A dataset with its lineage and what cleaning did.

    Raises:
        NotFoundError: no such dataset.
    """
    from recengine.services.datasets import dataset_card, import_report

    card, (cleaning, _) = dataset_card(ws, name), import_report(ws, name)
    if as_json:
        print_json(_described(ws, name, cleaning))
        return
    print(card_line(card.as_dict()))
    print_rows(card.lineage.rows() if card.lineage else [])
    others = {"test": cleaning.test, "people": cleaning.users, "items": cleaning.items}
    for what, report in {"": cleaning, **others}.items():
        if report:
            _print_cleaning(report, what)


def _print_cleaning(report: CleaningReport, what: str) -> None:
    print(f"{what + ': ' if what else ''}{report.rows_in:,} rows in, {report.rows_out:,} kept")
    print_rows(
        [
            [f"{f.found:,}", f.title, "; ".join(filter(None, (f.note, *f.examples)))]
            for f in report.findings
            if f.found
        ]
    )


def _described(ws: Workspace, name: str, cleaning: CleaningReport) -> dict[str, Any]:
    from recengine.services.datasets import dataset_card

    card = dataset_card(ws, name).as_dict()
    return {**card, "rows_out": cleaning.rows_out, "cleaning": cleaning.to_dict()}


def _from_file(options: argparse.Namespace, ws: Workspace) -> Imported:
    from recengine.data.cleaning import CleaningConfig
    from recengine.services.datasets import import_dataset

    _refuse(options, ("table", "collection", "query"), "is for a database, which takes --source ADDRESS")
    return import_dataset(
        ws,
        options.file,
        name=options.name,
        mapping=mapping_of(options),
        users=Path(options.users) if options.users else None,
        items=Path(options.items) if options.items else None,
        test=options.test,
        cleaning=CleaningConfig.of(settings_of(options.clean)),
        header=options.header,
        progress=_rows_read(),
    )


def _from_store(options: argparse.Namespace, ws: Workspace) -> Imported:
    from recengine.data.cleaning import CleaningConfig
    from recengine.services.remote_import import import_remote

    _refuse(options, ONLY_FILES, "is for files")
    return import_remote(
        ws,
        options.name,
        options.source,
        table=options.table,
        query=options.query,
        collection=options.collection,
        users=options.users,
        items=options.items,
        mapping=mapping_of(options),
        cleaning=CleaningConfig.of(settings_of(options.clean)),
        ask=ask_password,
        progress=_rows_read(),
    )


def _what_is_new(options: argparse.Namespace, ws: Workspace) -> Imported:
    from recengine.services.remote_import import bring_in_new

    _refuse(options, ("file", *ONLY_WHOLE, *ONLY_FILES, *ROLES), "cannot be changed with --since-last")
    return bring_in_new(ws, options.name, options.source, ask=ask_password, progress=_rows_read())


def _refuse(options: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    for name in names:
        if getattr(options, name) is not None:
            called = "FILE" if name == "file" else f"--{name.replace('_', '-')}"
            raise SettingsError(f"{called} {why}. Leave it out.")


def ask_password(label: str) -> str:
    """The password of a store, typed unseen; "" where nobody is there to type."""
    return getpass(f"password for {label}: ") if sys.stdin.isatty() else ""


def mapping_of(options: argparse.Namespace) -> Mapping | None:
    """The columns named by the user; the rest is guessed, unless nothing was named at all."""
    from recengine.data.mapping import Mapping

    given = {name: getattr(options, name) for name in ROLES}
    named: dict[str, Any] = {name: column or None for name, column in given.items() if column is not None}
    said = {name: getattr(options, name) for name in ANSWERS}
    named |= {name: value for name, value in said.items() if value}
    if options.event_weight:
        named["event_weights"] = settings_of(options.event_weight)
    return Mapping.of(named) if named else None


def _rows_read() -> Progress:
    return Progress(lambda rows: f"{rows:,} rows read")

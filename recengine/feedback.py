"""The command `recengine feedback`."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from recengine.argument_parts import settings_of
from recengine.core.errors import DataError, SettingsError
from recengine.printing import Progress, print_json, print_rows, say

if TYPE_CHECKING:
    import pandas as pd

    from recengine.services.feedback_import import Brought
    from recengine.services.workspace import Workspace

TOKEN = "RECENGINE_TOKEN"  # the variable of the environment that holds the endpoint's
SHOWN = ["at", "person", "kind", "value", "item", "position", "list_id", "source"]


def feedback(options: argparse.Namespace, ws: Workspace) -> None:
    """One of the verbs of feedback."""
    VERBS[options.act](options, ws)


def _show(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.showing import make_list, show_list

    made = make_list(ws, options.run, options.person, options.k, strategy=options.strategy, seed=options.seed)
    shown = show_list(ws, made)
    if options.json:
        print_json({"list_id": shown.list_id, **asdict(shown)})
        return
    if made.note:
        say(made.note)
    say(f"list {shown.list_id}")
    rows = made.rows[["rank", "item_id", "title", "category"]]
    print_rows([list(map(str, row)) for row in rows.itertuples(index=False)])


def _add(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.feedback import Event, accept, moment_of

    event_id = options.event_id or f"cli-{uuid4().hex}"
    event = Event(
        event_id,
        options.list_id,
        options.item,
        options.kind,
        options.value,
        moment_of(options.at),
        options.position,
    )
    (answer,) = accept(ws, [event], "cli")
    if answer.outcome == "refused":
        raise DataError(answer.why)
    if options.json:
        print_json(answer._asdict())
        return
    say("kept" if answer.outcome == "accepted" else "it was here before; nothing changed")


def _import(options: argparse.Namespace, ws: Workspace) -> None:
    if bool(options.file) == bool(options.source):
        raise SettingsError("say where the events are: a FILE, or a database with --source, not both.")
    brought = _from_store(options, ws) if options.source else _from_file(options, ws)
    if options.json:
        print_json(asdict(brought))
        return
    print(brought.sentence)
    for example in brought.examples:
        print(f"  {example}")


def _from_file(options: argparse.Namespace, ws: Workspace) -> Brought:
    from recengine.services.feedback_import import import_file

    for name in ("table", "query", "since_last"):
        if getattr(options, name):
            raise SettingsError(
                f"--{name.replace('_', '-')} is for a database, which takes --source ADDRESS."
            )
    return import_file(ws, options.file, columns=settings_of(options.column), progress=_rows_read())


def _from_store(options: argparse.Namespace, ws: Workspace) -> Brought:
    from recengine.importing import ask_password
    from recengine.services.feedback_import import import_remote

    return import_remote(
        ws,
        options.source,
        table=options.table,
        query=options.query,
        columns=settings_of(options.column),
        since_last=options.since_last,
        ask=ask_password,
        progress=_rows_read(),
    )


def _chosen(options: argparse.Namespace, ws: Workspace, last: int | None = None) -> pd.DataFrame:
    from recengine.services.feedback import KINDS, events

    if options.kind and options.kind not in KINDS:
        raise SettingsError(f"there is no kind of feedback '{options.kind}'. There are: {', '.join(KINDS)}.")
    asked = {name: getattr(options, name) for name in ("dataset", "run", "strategy", "person", "kind")}
    return events(ws, **asked, last=last)


def _list(options: argparse.Namespace, ws: Workspace) -> None:
    found = _chosen(options, ws, options.last).iloc[::-1]
    if options.json:
        print_json(found.to_dict(orient="records"))
        return
    print_rows([[_cell(value) for value in row] for row in found[SHOWN].itertuples(index=False)])
    if found.empty:
        say("there is no such feedback; `recengine feedback show RUN --person ID` begins some")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:g}"
    return str(value).partition(".")[0] if hasattr(value, "tzinfo") else str(value)


def _export(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.export import write_table
    from recengine.services.write_back import write_feedback

    if bool(options.out) == bool(options.to):
        raise SettingsError(
            "say where to: --out FILE.parquet (or .csv, .json), or --to ADDRESS --table NAME."
        )
    found = _chosen(options, ws)
    if options.out:
        write_table(found, options.out)
        say(f"{len(found):,} events written to {options.out}")
        if options.json:
            print_json({"events": len(found), "file": str(options.out)})
        return
    from recengine.sending import print_written, store_asked

    asked = store_asked(options, "events")
    if asked is not None:
        print_written(write_feedback(found, *asked), as_json=options.json)


def _serve(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.endpoint import Endpoint

    token = os.environ.get(TOKEN) or secrets.token_urlsafe(24)
    counted = Counter()
    with Endpoint(ws, token, options.port, on_batch=counted.add) as server:
        if TOKEN not in os.environ:
            say(f"token {token} (set {TOKEN} to choose one)")
        say(f"post events to {server.address} with 'Authorization: Bearer TOKEN' (Ctrl-C ends it)")
        server.serve_forever()


class Counter:
    """Says now and then how many events were kept."""

    def __init__(self) -> None:
        self._events = 0
        self._say = Progress(lambda events: f"{events:,} events kept")

    def add(self, new: int) -> None:
        """So many more."""
        self._events += new
        self._say(self._events)


def _rows_read() -> Progress:
    return Progress(lambda rows: f"{rows:,} rows read")


VERBS: dict[str, Callable[[argparse.Namespace, Workspace], None]] = {
    "show": _show,
    "add": _add,
    "import": _import,
    "list": _list,
    "export": _export,
    "serve": _serve,
}

"""The champion: the run that a dataset's recommendations are meant to come from, with who said so and why."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from recengine.core.errors import JobError, SettingsError
from recengine.services.runs import get_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class Champion:
    """One run that was made the champion.

    Attributes:
        since: when, in seconds since 1970.
        who: the name of whoever made it so. why: the reason they gave; "" where they gave none.
    """

    dataset: str
    run_id: str
    since: float
    who: str
    why: str


def champion(ws: Workspace, dataset: str) -> Champion | None:
    """A dataset's champion; None where none was made, or its run was deleted."""
    with Store(ws).reading() as db:
        row = db.execute(
            "SELECT * FROM champions WHERE dataset = ? ORDER BY number DESC LIMIT 1", (dataset,)
        ).fetchone()
        kept = row and db.execute("SELECT 1 FROM runs WHERE id = ?", (row["run_id"],)).fetchone()
    return _champion(row) if kept else None


def make_champion(ws: Workspace, run_id: str, who: str, why: str = "") -> Champion:
    """Let a finished run be the champion of its dataset; whoever was it before stays in the history.

    Raises:
        NotFoundError: no such run.
        JobError: it is not finished, or is the champion already.
        SettingsError: nobody is named who wants it so.
    """
    run, before = get_run(ws, run_id), champion(ws, get_run(ws, run_id).spec.dataset)
    if not run.finished:
        raise JobError(f"run '{run_id}' is {run.status}; only a finished run can be the champion.")
    if before is not None and before.run_id == run_id:
        raise JobError(f"run '{run_id}' is the champion already.")
    if not who.strip():
        raise SettingsError("say who makes it the champion, so that others know whom to ask.")
    made = Champion(run.spec.dataset, run_id, time.time(), who.strip(), why.strip())
    with Store(ws).writing() as db:
        db.execute(
            "INSERT INTO champions (dataset, run_id, since, who, why) VALUES (?, ?, ?, ?, ?)",
            (made.dataset, made.run_id, made.since, made.who, made.why),
        )
    return made


def history(ws: Workspace, dataset: str) -> list[Champion]:
    """Every champion a dataset has had, newest first; their runs may be gone by now."""
    with Store(ws).reading() as db:
        rows = db.execute("SELECT * FROM champions WHERE dataset = ? ORDER BY number DESC", (dataset,))
        return [_champion(row) for row in rows]


def _champion(row: sqlite3.Row) -> Champion:
    return Champion(row["dataset"], row["run_id"], row["since"], row["who"], row["why"])

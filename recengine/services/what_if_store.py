"""The table of what-ifs: what was asked of which run, which runs answer it, and what came of it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from recengine.core.errors import NotFoundError, did_you_mean
from recengine.core.split import Histories
from recengine.services.store import Store
from recengine.services.workspace import Workspace

Side = Literal["base", "edited"]
SIDES: tuple[Side, ...] = ("base", "edited")
Outcome = Literal["", "done", "failed", "stopped"]  # "" while it is open


@dataclass(frozen=True)
class Ask:
    """One what-if to be done: had this run been trained otherwise.

    Attributes:
        base: id of the run that is asked about.
        edits: texts in the edit language; all of them hold at once.
        seeds: how many pairs of trainings; a model that draws no lots needs one.
        histories: whether the people asked in the test keep their histories as they are.
    """

    base: str
    edits: tuple[str, ...]
    seeds: int = 1
    histories: Histories = "kept"


@dataclass(frozen=True)
class Entered:
    """A what-if as its row has it.

    Attributes:
        set_id: of all that were asked together.
        task: id of the task that sees to it; "" for an instant, until that is entered.
        arms: the run that stands for each side and seed, as far as they are entered.
        begun: those of them that were begun for this.
        error: why it failed, in words.
        verdict: in JSON; "" until the first pair of runs is done.
    """

    id: str
    set_id: str
    ask: Ask
    who: str
    created_at: float
    task: str
    arms: dict[tuple[Side, int], str]
    begun: frozenset[str]
    outcome: Outcome
    ended_at: float | None
    error: str
    verdict: str


def enter(ws: Workspace, asks: Sequence[Ask], who: str) -> str:
    """Enter what is asked together; the set's id."""
    with Store(ws).writing() as db:
        number = db.execute(
            "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'what_ifs'"
        ).fetchone()[0]
        db.executemany(
            "INSERT INTO what_ifs (number, id, set_id, base, edits, seeds, histories, who, created_at, task) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
            [
                (
                    *(place, f"what-if-{place}", f"set-{number}", ask.base, json.dumps(ask.edits)),
                    *(ask.seeds, ask.histories, who, time.time()),
                )
                for place, ask in enumerate(asks, start=number)
            ],
        )
    return f"set-{number}"


def hand_to(ws: Workspace, set_id: str, task_id: str) -> None:
    """From now on this task sees to the set."""
    with Store(ws).writing() as db:
        db.execute("UPDATE what_ifs SET task = ? WHERE set_id = ?", (task_id, set_id))


def open_again(ws: Workspace, set_id: str) -> None:
    """What was stopped or failed in a set is open again."""
    with Store(ws).writing() as db:
        db.execute(
            "UPDATE what_ifs SET outcome = '', error = '', ended_at = NULL "
            "WHERE set_id = ? AND outcome IN ('stopped', 'failed')",
            (set_id,),
        )


def entered(
    ws: Workspace, *, of_set: str | None = None, base: str | None = None, dataset: str | None = None
) -> list[Entered]:
    """What-ifs in the order they were asked; of one set, of one run, or of one dataset's runs."""
    with Store(ws).reading() as db:
        rows = db.execute(
            "SELECT what_ifs.* FROM what_ifs JOIN runs ON runs.id = base WHERE (?1 IS NULL OR set_id = ?1) "
            "AND (?2 IS NULL OR base = ?2) AND (?3 IS NULL OR runs.dataset = ?3) ORDER BY what_ifs.number",
            (of_set, base, dataset),
        ).fetchall()
    return [_entered(row) for row in rows]


def one(ws: Workspace, what_if_id: str) -> Entered:
    """One what-if.

    Raises:
        NotFoundError: there is none of that id; names the nearest.
    """
    with Store(ws).reading() as db:
        row = db.execute("SELECT * FROM what_ifs WHERE id = ?", (what_if_id,)).fetchone()
        if row is not None:
            return _entered(row)
        known = [other[0] for other in db.execute("SELECT id FROM what_ifs ORDER BY number DESC")]
    hint = did_you_mean(what_if_id, known) or "Ask one first."
    raise NotFoundError(f"there is no what-if '{what_if_id}'. {hint}")


def note_arm(ws: Workspace, what_if_id: str, side: Side, seed: int, run_id: str, *, begun: bool) -> None:
    """Write down which run stands for a side and a seed, and whether it was begun for that."""
    with Store(ws).writing() as db:
        row = db.execute("SELECT arms FROM what_ifs WHERE id = ?", (what_if_id,)).fetchone()
        if row is not None:
            others = [arm for arm in json.loads(row["arms"]) if (arm["side"], arm["seed"]) != (side, seed)]
            arms = [*others, {"side": side, "seed": seed, "run": run_id, "begun": begun}]
            db.execute("UPDATE what_ifs SET arms = ? WHERE id = ?", (json.dumps(arms), what_if_id))


def note_verdict(ws: Workspace, what_if_id: str, verdict: dict[str, Any]) -> None:
    """Keep a verdict; a later one, of more seeds, takes its place."""
    with Store(ws).writing() as db:
        db.execute("UPDATE what_ifs SET verdict = ? WHERE id = ?", (json.dumps(verdict), what_if_id))


def close(ws: Workspace, what_if_id: str, outcome: Outcome, error: str = "") -> None:
    """Give an open what-if its end."""
    with Store(ws).writing() as db:
        db.execute(
            "UPDATE what_ifs SET outcome = ?, error = ?, ended_at = ? WHERE id = ? AND outcome = ''",
            (outcome, error, time.time(), what_if_id),
        )


def remove(ws: Workspace, what_if_id: str) -> None:
    """Forget a what-if; the runs that answered it stay."""
    with Store(ws).writing() as db:
        db.execute("DELETE FROM what_ifs WHERE id = ?", (what_if_id,))


def _entered(row: sqlite3.Row) -> Entered:
    arms = json.loads(row["arms"])
    return Entered(
        id=row["id"],
        set_id=row["set_id"],
        ask=Ask(row["base"], tuple(json.loads(row["edits"])), row["seeds"], row["histories"]),
        who=row["who"],
        created_at=row["created_at"],
        task=row["task"],
        arms={(arm["side"], arm["seed"]): arm["run"] for arm in arms},
        begun=frozenset(arm["run"] for arm in arms if arm["begun"]),
        outcome=row["outcome"],
        ended_at=row["ended_at"],
        error=row["error"],
        verdict=row["verdict"],
    )

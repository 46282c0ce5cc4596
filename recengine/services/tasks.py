"""Work in the background that is no training: explaining a thousand people, say.

    started = submit(ws, "learnt", about=run.id, spec={"people": 100})
    task(ws, started.id).progress

A task is a process of its own, started by the same dispatcher and waiting for the same slots as trainings:
it survives a reload, another page and the server's restart; one that was killed is shown as such. It is
not resumed but started anew. To add a kind of work: write its `work(ws, spec, report)`, then add its line
to KINDS.
"""

from __future__ import annotations

import json
import math
import sqlite3
from dataclasses import dataclass
from typing import Any, Literal

from recengine.core.errors import NotFoundError, SettingsError, did_you_mean
from recengine.services import dispatcher, jobs, tasks_queue
from recengine.services.recovery import recover
from recengine.services.store import Store
from recengine.services.workspace import Workspace

# The shelf: kind -> the function that does it, called in the task's own process. Its Report hears how far
# it is; what it returns must fit into JSON and is kept as the task's result.
KINDS: dict[str, str] = {
    "business": "recengine.services.business:work",
    "frontier": "recengine.services.frontier_work:work",
    "import": "recengine.services.import_work:work",
    "learnt": "recengine.services.learnt:work",
    "prequential": "recengine.services.prequential:work",
    "reasons": "recengine.services.explain_all:work",
    "send": "recengine.services.write_back:work",
    "simulate": "recengine.services.simulation:work",
    "what-if": "recengine.services.what_if_work:work",
    "what-if-preview": "recengine.services.what_if_warm:work",
}
TaskStatus = Literal["queued", "running", "done", "failed", "stopped", "lost"]


@dataclass(frozen=True)
class Task:
    """A task as a page shows it.

    Attributes:
        kind: what sort of work, on the shelf KINDS; about: what it is about, usually a run's id.
        spec: what exactly was asked for.
        done, total: pieces of work; total is 0 until it is known.
        per_second: pieces a second; NaN where unknown.
        eta_s: seconds left, as far as one can tell; None where unknown.
        message: one line for the reader ("2nd in the queue", what it does now, the error in words).
        result: what the work returned; empty until it is done.
    """

    id: str
    kind: str
    about: str
    spec: dict[str, Any]
    status: TaskStatus
    done: float
    total: float
    per_second: float
    eta_s: float | None
    message: str
    result: dict[str, Any]
    queued_at: float
    begun_at: float | None
    ended_at: float | None
    can_stop: bool

    @property
    def active(self) -> bool:
        """Whether anything will change without the reader doing something."""
        return self.status in ("queued", "running")

    @property
    def progress(self) -> float:
        """Share done, 0 to 1."""
        return 1.0 if self.status == "done" else self.done / self.total if self.total else 0.0


def submit(
    ws: Workspace,
    kind: str,
    *,
    about: str,
    spec: dict[str, Any],
    wants_gpu: bool = False,
    coordinates: bool = False,
) -> Task:
    """Queue a task and see to it that someone works the queue; the same wish twice is one task.

    Args:
        coordinates: it waits for trainings; it takes no slot from them.

    Raises:
        SettingsError: there is no such kind of work.
    """
    if kind not in KINDS:
        raise SettingsError(f"there is no kind of task '{kind}'. {did_you_mean(kind, KINDS)}")
    task_id = tasks_queue.enter(ws, kind, about, spec, wants_gpu=wants_gpu, coordinates=coordinates)
    jobs.ensure_dispatcher(ws)
    return task(ws, task_id)


def begin(ws: Workspace, kind: str, *, about: str, spec: dict[str, Any], secret: str = "") -> Task:
    """Begin a task at once, whatever the slots are busy with; it takes the place of older ones about this.

    Args:
        secret: what it has to know and nobody may read: it goes from here into the task's process and is
            written nowhere. A task that was interrupted has lost it.

    Raises:
        JobError: one of this kind about the same is under way.
    """
    taken = tasks_queue.enter_beside(ws, kind, about, spec)
    dispatcher.start_task(ws, taken, secret)
    return task(ws, taken.id)


def stop(ws: Workspace, task_id: str) -> None:
    """Ask a task to end; one that does not listen is ended.

    Raises:
        NotFoundError: no such task.
        JobError: it is over already.
    """
    tasks_queue.ask_to_stop(ws, task_id)
    jobs.ensure_dispatcher(ws)


def forget(ws: Workspace, kind: str, about: str) -> None:
    """Forget all tasks of a kind about something, with their files."""
    tasks_queue.forget(ws, about, kind)


def task(ws: Workspace, task_id: str) -> Task:
    """One task.

    Raises:
        NotFoundError: no such task.
    """
    for found in tasks(ws):
        if found.id == task_id:
            return found
    raise NotFoundError(f"there is no task '{task_id}'.")


def tasks(ws: Workspace, *, kind: str | None = None, about: str | None = None) -> list[Task]:
    """Tasks, newest first; of one kind, or about one thing, if asked for."""
    recover(ws)
    with Store(ws).reading() as db:
        rows = db.execute("SELECT * FROM tasks ORDER BY number").fetchall()
        ahead = db.execute("SELECT count(*) FROM work WHERE status = 'running'").fetchone()[0]
    queued = [row["id"] for row in rows if row["status"] == "queued"]
    found = [_task(row, queued, ahead) for row in reversed(rows)]
    return [one for one in found if kind in (None, one.kind) and about in (None, one.about)]


def _task(row: sqlite3.Row, queued: list[str], running: int) -> Task:
    status = row["status"]
    return Task(
        id=row["id"],
        kind=row["kind"],
        about=row["about"],
        spec=json.loads(row["spec"]),
        status=status,
        done=row["done"],
        total=row["total"],
        per_second=math.nan if row["per_second"] is None else row["per_second"],
        eta_s=row["eta_s"],
        message=_message(row, queued, running),
        result=json.loads(row["result"]),
        queued_at=row["queued_at"],
        begun_at=row["begun_at"],
        ended_at=row["ended_at"],
        can_stop=status == "queued" or (status == "running" and row["want"] == "run"),
    )


def _message(row: sqlite3.Row, queued: list[str], running: int) -> str:
    """The state in one line."""
    status = row["status"]
    if status == "queued":
        place = queued.index(row["id"])
        if place:
            return f"number {place + 1} in the queue"
        return "next in the queue; a training or another task is at work" if running else "starting"
    if status == "running":
        said = row["message"] or ("" if row["total"] else "starting")
        return "stopping" if row["want"] == "stop" else said
    return row["error"] or {"stopped": "stopped on request"}.get(status, status)

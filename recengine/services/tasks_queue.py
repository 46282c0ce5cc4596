"""The table of tasks: who may take what from it, and what became of it; what `queue` is for trainings."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recengine.core.errors import JobError, NotFoundError
from recengine.services.files import remove_folder
from recengine.services.processes import ProcessId
from recengine.services.queue import (
    GRACE_BUSY_S,
    GRACE_S,
    INLINE,
    Claim,
    Trouble,
    free_slots,
    slot_for,
    trouble_of,
)
from recengine.services.store import Store
from recengine.services.workspace import Workspace

BESIDE = "beside:0"  # a slot that is never full: of tasks that somebody waits for
# A task that waits for others most of the time takes none of the processor's slots but one of these: so
# many may wait at once. Were they to share slots with those they wait for, all would wait for ever.
COORDINATOR = "coordinator"
COORDINATORS = tuple(f"{COORDINATOR}:{number}" for number in range(4))


def enter(
    ws: Workspace,
    kind: str,
    about: str,
    spec: dict[str, Any],
    *,
    wants_gpu: bool = False,
    coordinates: bool = False,
) -> str:
    """Put a task at the end of the queue; its id, or that of the very same one that is under way already.

    Args:
        coordinates: it waits for trainings rather than computing much itself; it takes no slot of theirs.
    """
    wish = json.dumps(spec, sort_keys=True)
    with Store(ws).writing() as db:
        same = db.execute(
            "SELECT id FROM tasks WHERE kind = ? AND about = ? AND spec = ? "
            "AND status IN ('queued', 'running') AND want = 'run'",
            (kind, about, wish),
        ).fetchone()
        if same is not None:
            return str(same["id"])
        task_id = _create(db, kind, about, wish, "queued")
        db.execute(
            "UPDATE tasks SET wants_gpu = ?, coordinates = ? WHERE id = ?", (wants_gpu, coordinates, task_id)
        )
    return task_id


def enter_beside(ws: Workspace, kind: str, about: str, spec: dict[str, Any]) -> Claim:
    """Register a task that begins at once; those about the same that are over are forgotten.

    Raises:
        JobError: one about the same is under way.
    """
    with Store(ws).writing() as db:
        older = db.execute("SELECT id, status FROM tasks WHERE kind = ? AND about = ?", (kind, about))
        ids = []
        for row in older.fetchall():
            if row["status"] in ("queued", "running"):
                raise JobError("this is under way already. Wait for its end, or stop it.")
            ids.append((row["id"],))
        db.executemany("DELETE FROM tasks WHERE id = ?", ids)
        task_id = _create(db, kind, about, json.dumps(spec, sort_keys=True), "running")
        taken = Claim(task_id, uuid.uuid4().hex, BESIDE)
        db.execute(
            "UPDATE tasks SET token = ?, slot = ?, claimed_at = queued_at WHERE id = ?",
            (taken.token, taken.slot, task_id),
        )
    for (task_id,) in ids:
        remove_folder(ws.tasks / task_id)
    return taken


def enter_inline(ws: Workspace, kind: str, about: str, spec: dict[str, Any], process: ProcessId) -> Claim:
    """Register a task that its caller carries out itself, so that others can see and stop it."""
    with Store(ws).writing() as db:
        task_id = _create(db, kind, about, json.dumps(spec, sort_keys=True), "running")
        taken = Claim(task_id, uuid.uuid4().hex, INLINE)
        db.execute(
            "UPDATE tasks SET token = ?, slot = ?, claimed_at = queued_at, begun_at = queued_at, pid = ?, "
            "pid_started = ? WHERE id = ?",
            (taken.token, taken.slot, process.pid, process.started_at, task_id),
        )
    return taken


def _create(db: sqlite3.Connection, kind: str, about: str, wish: str, status: str) -> str:
    number = db.execute(
        "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'tasks'"
    ).fetchone()[0]
    task_id = f"{kind}-{number}"
    db.execute(
        "INSERT INTO tasks (number, id, kind, about, spec, status, wants_gpu, queued_at) "
        "VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        (number, task_id, kind, about, wish, status, time.time()),
    )
    return task_id


def claim(ws: Workspace, slots: Sequence[str]) -> Claim | None:
    """Take the first task in the queue for which one of these slots is free."""
    with Store(ws).reading() as db:  # spares an idle dispatcher the write lock
        if db.execute("SELECT 1 FROM tasks WHERE status = 'queued'").fetchone() is None:
            return None
    with Store(ws).writing() as db:
        free = free_slots(db, slots)
        for row in db.execute(
            "SELECT id, wants_gpu, coordinates FROM tasks WHERE status = 'queued' ORDER BY number"
        ):
            if (slot := _slot_for(row, free, slots)) is not None:
                taken = Claim(row["id"], uuid.uuid4().hex, slot)
                db.execute(
                    "UPDATE tasks SET status = 'running', token = ?, slot = ?, claimed_at = ? WHERE id = ?",
                    (taken.token, slot, time.time(), taken.id),
                )
                return taken
    return None


def _slot_for(row: sqlite3.Row, free: Sequence[str], slots: Sequence[str]) -> str | None:
    if row["coordinates"]:
        return next((slot for slot in free if slot.startswith(COORDINATOR)), None)
    return slot_for(row["wants_gpu"], free, slots)


def note_process(ws: Workspace, taken: Claim, process: ProcessId, *, begun: bool = False) -> bool:
    """Write down which process works on a task; False if the claim is void by now."""
    with Store(ws).writing() as db:
        changed = db.execute(
            "UPDATE tasks SET pid = ?, pid_started = ?, begun_at = CASE WHEN ? THEN ? ELSE begun_at END "
            "WHERE id = ? AND token = ? AND status = 'running'",
            (process.pid, process.started_at, begun, time.time(), taken.id, taken.token),
        )
        return changed.rowcount == 1


def finish(
    ws: Workspace, taken: Claim, status: str, *, error: str = "", result: dict[str, Any] | None = None
) -> bool:
    """Give a task its final state and free its slot; False if the claim is void by now."""
    ended_at = None if status == "queued" else time.time()
    with Store(ws).writing() as db:
        changed = db.execute(
            "UPDATE tasks SET status = ?, error = ?, result = ?, ended_at = ?, slot = '', token = '', "
            "eta_s = NULL WHERE id = ? AND token = ? AND status = 'running'",
            (status, error, json.dumps(result or {}), ended_at, taken.id, taken.token),
        )
        return changed.rowcount == 1


def ask_to_stop(ws: Workspace, task_id: str) -> None:
    """Ask a task to end; one that only waits is ended at once.

    Raises:
        NotFoundError: no such task.
        JobError: it is over already.
    """
    with Store(ws).writing() as db:
        row = db.execute("SELECT status FROM tasks WHERE id = ?", (task_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"there is no task '{task_id}'.")
        if row["status"] not in ("queued", "running"):
            raise JobError(f"task '{task_id}' is {row['status']}, so there is nothing to stop.")
        db.execute(
            "UPDATE tasks SET want = 'stop', want_at = ?1, "
            "ended_at = CASE WHEN status = 'queued' THEN ?1 END, "
            "status = CASE WHEN status = 'queued' THEN 'stopped' ELSE status END WHERE id = ?2",
            (time.time(), task_id),
        )


def forget(ws: Workspace, about: str, kind: str | None = None) -> None:
    """Remove the tasks about something (of one kind) with their files; one under way ends by itself."""
    with Store(ws).writing() as db:
        rows = db.execute(
            "DELETE FROM tasks WHERE about = ?1 AND (?2 IS NULL OR kind = ?2) RETURNING id", (about, kind)
        ).fetchall()
    for row in rows:
        remove_folder(ws.tasks / row["id"])


def troubles(ws: Workspace) -> list[Trouble]:
    """Running tasks whose process is gone, never came up, or does not listen."""
    with Store(ws).reading() as db:
        rows = db.execute("SELECT * FROM tasks WHERE status = 'running'").fetchall()
    found = [trouble_of(row, time.time(), GRACE_BUSY_S if row["slot"] == BESIDE else GRACE_S) for row in rows]
    return [trouble for trouble in found if trouble is not None]


def settle(ws: Workspace, trouble: Trouble, error: str) -> None:
    """Act on a trouble: end what is left of the process, give the task its state."""
    if trouble.process is not None:
        trouble.process.kill()
    finish(ws, trouble.claim, trouble.status, error=error)


def log_of(ws: Workspace, task_id: str) -> Path:
    """The file to which the process of a task prints."""
    return ws.tasks / task_id / "log.txt"

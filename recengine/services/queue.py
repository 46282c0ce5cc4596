"""The queue of jobs: a table, and who may take what from it. Light to import; no data, no models."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from recengine.core.errors import JobError, NotFoundError
from recengine.services.processes import ProcessId
from recengine.services.store import Store
from recengine.services.workspace import Workspace

INLINE = "inline"  # the slot of a training that runs in its caller's process (`recengine train`)
START_TIMEOUT_S = 90.0  # a worker that has not shown itself by then is given up
GRACE_S = 20.0  # time to finish a batch or an epoch's validation after being asked to pause or stop
GRACE_BUSY_S = 2.0  # the same where there is nothing worth waiting for: all work so far is on disk

ASKED = {"pause": "paused", "stop": "stopped"}  # what a job wants -> the state it then gets
RESUMABLE = ("paused", "stopped", "failed", "lost")


@dataclass(frozen=True)
class Claim:
    """The right to work on a job (a training, a task). `token` proves it: a later claim makes it void."""

    id: str
    token: str
    slot: str


def enqueue(db: sqlite3.Connection, run_id: str, *, wants_gpu: bool) -> None:
    """Put a run at the end of the queue, inside a transaction; a new or an interrupted one."""
    db.execute("UPDATE runs SET status = 'queued', ended_at = NULL, error = '' WHERE id = ?", (run_id,))
    db.execute(
        "INSERT INTO jobs (run_id, wants_gpu, queued_at) VALUES (?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET "
        "want = 'run', want_at = NULL, queued_at = excluded.queued_at, claimed_at = NULL, begun_at = NULL, "
        "token = '', slot = '', pid = NULL, pid_started = NULL, stage = '', per_second = NULL, eta_s = NULL, "
        "message = ''",
        (run_id, int(wants_gpu), time.time()),
    )


def enter_inline(db: sqlite3.Connection, run_id: str, process: ProcessId) -> Claim:
    """Register a training that its caller carries out itself, so that others can see, pause and stop it."""
    claim = Claim(run_id, uuid.uuid4().hex, INLINE)
    now = time.time()
    db.execute(
        "INSERT INTO jobs (run_id, queued_at, claimed_at, begun_at, token, slot, pid, pid_started) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (run_id, now, now, now, claim.token, INLINE, process.pid, process.started_at),
    )
    return claim


def claim(ws: Workspace, slots: Sequence[str]) -> Claim | None:
    """Take the first job in the queue for which one of these slots ("cpu:0", "cuda:1"...) is free.

    Jobs whose data are still to be prepared run one after the other, so that this happens once.
    """
    if not _count(ws, "queued"):  # spares an idle dispatcher the write lock
        return None
    with Store(ws).writing() as db:
        free = free_slots(db, slots)
        preparing = db.execute(
            "SELECT count(*) FROM runs WHERE status = 'running' AND dataset_fingerprint = ''"
        ).fetchone()[0]
        for row in db.execute(
            "SELECT run_id, wants_gpu, dataset_fingerprint = '' AS unprepared "
            "FROM jobs JOIN runs ON id = run_id WHERE status = 'queued' ORDER BY queued_at, number"
        ).fetchall():
            slot = slot_for(row["wants_gpu"], free, slots)
            if slot is not None and not (preparing and row["unprepared"]):
                return _take(db, row["run_id"], slot)
    return None


def _count(ws: Workspace, *statuses: str) -> int:
    marks = ", ".join("?" * len(statuses))
    with Store(ws).reading() as db:
        found = db.execute(f"SELECT count(*) FROM work WHERE status IN ({marks})", statuses)
        return int(found.fetchone()[0])


def free_slots(db: sqlite3.Connection, slots: Sequence[str]) -> list[str]:
    """Those of the slots that no training and no task runs in, inside a transaction."""
    taken = {row[0] for row in db.execute("SELECT slot FROM work WHERE status = 'running'")}
    return [slot for slot in slots if slot not in taken]


def slot_for(wants_gpu: int, free: Sequence[str], slots: Sequence[str]) -> str | None:
    """The first free slot that suits; a job that wants a GPU takes the processor where there is none."""
    kind = "cuda" if wants_gpu and any(slot.startswith("cuda") for slot in slots) else "cpu"
    return next((slot for slot in free if slot.startswith(kind)), None)


def _take(db: sqlite3.Connection, run_id: str, slot: str) -> Claim:
    taken, now = Claim(run_id, uuid.uuid4().hex, slot), time.time()
    db.execute(
        "UPDATE jobs SET token = ?, slot = ?, claimed_at = ?, message = 'starting' WHERE run_id = ?",
        (taken.token, slot, now, run_id),
    )
    db.execute(
        "UPDATE runs SET status = 'running', started_at = coalesce(started_at, ?) WHERE id = ?", (now, run_id)
    )
    return taken


def note_process(ws: Workspace, taken: Claim, process: ProcessId, *, begun: bool = False) -> bool:
    """Write down which process works on a job; False if the claim is void by now."""
    with Store(ws).writing() as db:
        changed = db.execute(
            "UPDATE jobs SET pid = ?, pid_started = ?, begun_at = CASE WHEN ? THEN ? ELSE begun_at END "
            "WHERE run_id = ? AND token = ? AND (SELECT status FROM runs WHERE id = run_id) = 'running'",
            (process.pid, process.started_at, begun, time.time(), taken.id, taken.token),
        )
        return changed.rowcount == 1


def finish(ws: Workspace, taken: Claim, status: str, error: str = "") -> bool:
    """Give a job its final state and free its slot; False if the claim is void by now."""
    with Store(ws).writing() as db:
        return _finish(db, taken.id, taken.token, status, error)


def _finish(db: sqlite3.Connection, run_id: str, token: str, status: str, error: str) -> bool:
    changed = db.execute(
        "UPDATE runs SET status = ?, error = ?, ended_at = ? WHERE id = ? AND status = 'running' "
        "AND (SELECT token FROM jobs WHERE run_id = id) = ?",
        (status, error, time.time(), run_id, token),
    )
    if changed.rowcount == 1:
        db.execute(
            "UPDATE jobs SET slot = '', token = '', want = 'run', want_at = NULL, message = '', eta_s = NULL "
            "WHERE run_id = ?",
            (run_id,),
        )
    return changed.rowcount == 1


def ask(ws: Workspace, run_id: str, want: str) -> None:
    """Ask a job to pause or stop; one that is not running yet (or no more) does so at once.

    Raises:
        NotFoundError: no such run.
        JobError: nothing of that kind can be done to it now.
    """
    with Store(ws).writing() as db:
        row = db.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"there is no run '{run_id}'.")
        status = row["status"]
        if status == "running":
            db.execute("UPDATE jobs SET want = ?, want_at = ? WHERE run_id = ?", (want, time.time(), run_id))
        elif status == "queued" or (want == "stop" and status == "paused"):
            db.execute(
                "UPDATE runs SET status = ?, ended_at = ? WHERE id = ?", (ASKED[want], time.time(), run_id)
            )
        elif status != ASKED[want]:
            raise JobError(f"run '{run_id}' is {status}, so there is nothing to {want}.")


def resume(ws: Workspace, run_id: str) -> None:
    """Queue an interrupted job again.

    Raises:
        NotFoundError: no such run.
        JobError: it is not interrupted.
    """
    with Store(ws).writing() as db:
        _requeue(db, run_id)


def resume_inline(ws: Workspace, run_id: str, process: ProcessId) -> Claim:
    """Take an interrupted job for the caller's own process, as `enter_inline` does with a new one.

    Raises:
        NotFoundError, JobError: as `resume`.
    """
    with Store(ws).writing() as db:
        _requeue(db, run_id)
        taken = _take(db, run_id, INLINE)
        db.execute(
            "UPDATE jobs SET pid = ?, pid_started = ?, begun_at = claimed_at WHERE run_id = ?",
            (process.pid, process.started_at, run_id),
        )
    return taken


def _requeue(db: sqlite3.Connection, run_id: str) -> None:
    row = db.execute(
        "SELECT status, coalesce(wants_gpu, 0) AS wants_gpu FROM runs LEFT JOIN jobs ON id = run_id "
        "WHERE id = ?",
        (run_id,),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"there is no run '{run_id}'.")
    if row["status"] not in RESUMABLE:
        raise JobError(f"run '{run_id}' is {row['status']}; only {', '.join(RESUMABLE)} ones can be resumed.")
    enqueue(db, run_id, wants_gpu=bool(row["wants_gpu"]))


@dataclass(frozen=True)
class Trouble:
    """A running job that needs somebody to act."""

    claim: Claim
    status: str  # the state it should get
    process: ProcessId | None  # to be ended first


def troubles(ws: Workspace) -> list[Trouble]:
    """Running jobs whose process is gone, never came up, or does not listen."""
    with Store(ws).reading() as db:
        rows = db.execute(
            "SELECT id, jobs.* FROM jobs JOIN runs ON id = run_id WHERE status = 'running'"
        ).fetchall()
    graces = [GRACE_S if row["stage"] == "training" else GRACE_BUSY_S for row in rows]
    found = [trouble_of(row, time.time(), grace) for row, grace in zip(rows, graces, strict=True)]
    return [trouble for trouble in found if trouble is not None]


def trouble_of(row: sqlite3.Row, now: float, grace_s: float) -> Trouble | None:
    """What is wrong with a running job, if anything; `grace_s`: how long it may take to do as asked."""
    taken = Claim(row["id"], row["token"], row["slot"])
    process = ProcessId(row["pid"], row["pid_started"]) if row["pid"] is not None else None
    if process is not None and not process.alive:
        if row["begun_at"] is None:
            return Trouble(taken, "failed", None)
        return Trouble(taken, ASKED.get(row["want"], "lost"), None)
    if row["begun_at"] is None:
        late = now - row["claimed_at"] > START_TIMEOUT_S
        return Trouble(taken, "queued" if process is None else "failed", process) if late else None
    if row["want"] in ASKED and now - row["want_at"] > grace_s and taken.slot != INLINE:
        return Trouble(taken, ASKED[row["want"]], process)
    return None


def settle(ws: Workspace, trouble: Trouble, error: str) -> None:
    """Act on a trouble: end what is left of the process, give the job its state."""
    if trouble.process is not None:
        trouble.process.kill()
    with Store(ws).writing() as db:
        if trouble.status != "queued":
            _finish(db, trouble.claim.id, trouble.claim.token, trouble.status, error)
        elif _finish(db, trouble.claim.id, trouble.claim.token, "queued", ""):
            enqueue(db, trouble.claim.id, wants_gpu=trouble.claim.slot.startswith("cuda"))


def become_dispatcher(ws: Workspace, process: ProcessId) -> bool:
    """Take over the queue unless a living process has it.

    A dispatcher that was killed between taking a job and starting its worker leaves one that nobody
    works on: it is queued again, in its old place. (A worker that did come up finds its claim void.)
    """
    with Store(ws).writing() as db:
        if (current := _dispatcher(db)) is not None and current.alive:
            return current == process
        db.execute("INSERT OR REPLACE INTO dispatcher VALUES (1, ?, ?)", (process.pid, process.started_at))
        db.execute(
            "UPDATE runs SET status = 'queued' WHERE status = 'running' "
            "AND id IN (SELECT run_id FROM jobs WHERE pid IS NULL)"
        )
        db.execute(
            "UPDATE jobs SET token = '', slot = '', claimed_at = NULL, message = '' "
            "WHERE pid IS NULL AND run_id IN (SELECT id FROM runs WHERE status = 'queued')"
        )
        db.execute(
            "UPDATE tasks SET status = 'queued', token = '', slot = '' "
            "WHERE status = 'running' AND pid IS NULL"
        )
        return True


def retire_dispatcher(ws: Workspace, process: ProcessId) -> bool:
    """Leave the queue if nothing is waiting or running; False if there still is, or someone else has it.

    One transaction: whoever submits a job after it finds no dispatcher and starts one.
    """
    with Store(ws).writing() as db:
        busy = db.execute("SELECT count(*) FROM work WHERE status IN ('queued', 'running')").fetchone()[0]
        if not busy and _dispatcher(db) == process:
            db.execute("DELETE FROM dispatcher")
        return not busy


def dispatcher_needed(ws: Workspace) -> bool:
    """Whether jobs wait or run and no living process looks after them."""
    if not _count(ws, "queued", "running"):
        return False
    with Store(ws).reading() as db:
        current = _dispatcher(db)
    return current is None or not current.alive


def _dispatcher(db: sqlite3.Connection) -> ProcessId | None:
    row = db.execute("SELECT pid, pid_started FROM dispatcher").fetchone()
    return None if row is None else ProcessId(row["pid"], row["pid_started"])

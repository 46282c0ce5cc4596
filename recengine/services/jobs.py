"""Training as background jobs: separate processes that outlive the page and the server."""

from __future__ import annotations

import math
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from recengine.core.errors import NotFoundError
from recengine.services import queue
from recengine.services.log import tail_of
from recengine.services.recovery import recover as recover
from recengine.services.runs import Run, Status, TrainSpec, create_run, get_run, run_title
from recengine.services.spawn import Detached, spawn
from recengine.services.store import Store
from recengine.services.training import checked
from recengine.services.workspace import Workspace

RESTART_S = 2.0  # a dispatcher that was just started needs a moment to take over
STALLED_S = 60.0  # a job that is next in the queue for so long, with nobody working the queue, is told of
ORDER = {"running": 0, "queued": 1}  # then all the rest


@dataclass(frozen=True)
class JobView:
    """A run's job as a page shows it.

    Attributes:
        status: as the run's; a job asked to pause or stop keeps "running" until it has.
        want: "run", "pause" or "stop": what it was last asked to do.
        stage: "", "data", "training", "test": what it is busy with.
        progress: of the whole run, 0 to 1.
        per_second: interactions learnt from per second; NaN where unknown.
        eta_s: seconds left of the present fit, as far as one can tell; None where unknown.
        message: one line for the reader ("pausing...", "2nd in the queue", the error in words).
        position: 1 = next in the queue; 0 when not queued.
        can_pause, can_resume, can_stop: which buttons make sense now.
    """

    run_id: str
    title: str
    dataset: str
    model: str
    status: Status
    want: str
    stage: str
    progress: float
    per_second: float
    eta_s: float | None
    message: str
    device: str
    position: int
    created_at: float
    started_at: float | None
    ended_at: float | None
    can_pause: bool
    can_resume: bool
    can_stop: bool

    @property
    def active(self) -> bool:
        """Whether anything will change without the reader doing something."""
        return self.status in ("queued", "running")


def submit(ws: Workspace, spec: TrainSpec, *, fingerprint: str | None = None) -> Run:
    """Check the settings, put the training in the queue and see to it that someone works the queue.

    Args:
        fingerprint: exactly which data; by default what the dataset's name means today.

    Raises:
        SettingsError: no such model or setting.
        NotFoundError: no such dataset.
        DataError: the split does not suit the data.
    """
    (run,) = submit_all(ws, [spec], fingerprint=fingerprint)
    return run


def submit_all(ws: Workspace, specs: list[TrainSpec], *, fingerprint: str | None = None) -> list[Run]:
    """Queue several trainings at once, in this order; all of them or, where one is refused, none."""
    ready = [checked(ws, spec, fingerprint) for spec in specs]
    with Store(ws).writing() as db:
        ids = [_enter(db, spec, found) for spec, found in ready]
    ensure_dispatcher(ws)
    return [get_run(ws, run_id) for run_id in ids]


def submit_first(ws: Workspace, specs: list[TrainSpec]) -> list[Run]:
    """The same, unless there are runs already; of several visitors at once only one gets to do it."""
    ready = [checked(ws, spec) for spec in specs]
    with Store(ws).writing() as db:
        empty = not db.execute("SELECT count(*) FROM runs").fetchone()[0]
        ids = [_enter(db, spec, found) for spec, found in ready] if empty else []
    ensure_dispatcher(ws)
    return [get_run(ws, run_id) for run_id in ids]


def _enter(db: sqlite3.Connection, spec: TrainSpec, fingerprint: str) -> str:
    run_id = create_run(db, spec, fingerprint, "queued")
    queue.enqueue(db, run_id, wants_gpu=spec.device != "cpu")
    return run_id


def pause(ws: Workspace, run_id: str) -> None:
    """Ask a queued or running job to write down where it stands and free its place.

    Raises:
        NotFoundError: no such run.
        JobError: it is neither queued nor running.
    """
    queue.ask(ws, run_id, "pause")
    ensure_dispatcher(ws)


def resume(ws: Workspace, run_id: str) -> None:
    """Queue a paused, stopped, failed or lost job again; it goes on from its last checkpoint.

    Raises:
        NotFoundError: no such run.
        JobError: it is running already, or done.
    """
    queue.resume(ws, run_id)
    ensure_dispatcher(ws)


def stop(ws: Workspace, run_id: str) -> None:
    """Ask a job to end; one that does not listen is ended.

    Raises:
        NotFoundError: no such run.
        JobError: it is over already.
    """
    queue.ask(ws, run_id, "stop")
    ensure_dispatcher(ws)


def jobs(ws: Workspace, dataset: str | None = None) -> list[JobView]:
    """Every job: running ones first, then the queue in order, then the rest, newest first."""
    recover(ws)
    views = _views(ws)
    return [view for view in views if dataset is None or view.dataset == dataset]


def job(ws: Workspace, run_id: str) -> JobView:
    """One job.

    Raises:
        NotFoundError: no such run.
    """
    recover(ws)
    for view in _views(ws):
        if view.run_id == run_id:
            return view
    raise NotFoundError(f"there is no run '{run_id}'.")


_started: list[Detached] = []
_started_at: dict[Path, float] = {}


def ensure_dispatcher(ws: Workspace) -> None:
    """See to it that somebody works the queue; cheap, call it on every page view."""
    _started[:] = [child for child in _started if child.poll() is None]  # or they stay as zombies
    lately = time.monotonic() - _started_at.get(ws.root, -math.inf) < RESTART_S
    if queue.dispatcher_needed(ws) and not (lately and _started):
        _started.append(spawn("recengine.services.dispatcher", [str(ws.root)], log=_log(ws), env={}))
        _started_at[ws.root] = time.monotonic()


def _log(ws: Workspace) -> Path:
    """Where the dispatcher prints, should it have to."""
    return ws.root / "dispatcher.log"


def _views(ws: Workspace) -> list[JobView]:
    with Store(ws).reading() as db:
        rows = db.execute(
            "SELECT runs.*, jobs.* FROM runs JOIN jobs ON run_id = id ORDER BY queued_at, number"
        ).fetchall()
    queued = [row["run_id"] for row in rows if row["status"] == "queued"]
    position = {run_id: place for place, run_id in enumerate(queued, start=1)}
    views = [_view(row, position.get(row["run_id"], 0)) for row in rows]
    if queued and _stalled(ws, rows):
        views = [replace(view, message=_why_stalled(ws)) if view.position == 1 else view for view in views]
    return sorted(views, key=_order)


def _stalled(ws: Workspace, rows: list[sqlite3.Row]) -> bool:
    """Whether jobs have waited long and no dispatcher lives, though one was asked for each time."""
    oldest = min(row["queued_at"] for row in rows if row["status"] == "queued")
    return time.time() - oldest > STALLED_S and queue.dispatcher_needed(ws)


def _why_stalled(ws: Workspace) -> str:
    tail = tail_of(_log(ws), lines=3) or "nothing"
    return f"nobody works the queue; the process that should do so last printed: {tail}"


def _order(view: JobView) -> tuple[int, float]:
    place = ORDER.get(view.status, 2)
    return place, view.position if view.status == "queued" else -(view.started_at or view.created_at)


def _view(row: sqlite3.Row, position: int) -> JobView:
    status, over = row["status"], row["status"] not in ("queued", "running")
    spec = TrainSpec.model_validate_json(row["spec"])
    return JobView(
        run_id=row["run_id"],
        title=run_title(row["run_id"], spec.model),
        dataset=row["dataset"],
        model=spec.model,
        status=status,
        want=row["want"],
        stage="" if over else row["stage"],
        progress=1.0 if status == "done" else row["progress"],
        per_second=math.nan if row["per_second"] is None else row["per_second"],
        eta_s=row["eta_s"] if status == "running" else None,
        message=_message(row, position),
        device=row["device"] or spec.device,
        position=position,
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        can_pause=status == "queued" or (status == "running" and row["want"] == "run"),
        can_resume=status in queue.RESUMABLE,
        can_stop=status in ("queued", "paused") or (status == "running" and row["want"] != "stop"),
    )


def _message(row: sqlite3.Row, position: int) -> str:
    """The state in one line."""
    status = row["status"]
    if status == "running":
        asked = {"pause": "pausing: writing down where it stands", "stop": "stopping"}
        return asked.get(row["want"]) or row["message"]
    if status == "queued":
        return "next in the queue" if position == 1 else f"number {position} in the queue"
    if status == "done":
        return "done"
    return row["error"] or {"paused": "paused; resume goes on where it stood"}.get(status, status)

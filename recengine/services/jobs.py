"""Training as background jobs: separate processes that outlive the page and the server."""

from __future__ import annotations

from dataclasses import dataclass

from recengine.services.runs import Run, Status, TrainSpec
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class JobView:
    """A run's job as a page shows it.

    Attributes:
        status: as the run's; a job asked to pause or stop keeps "running" until it has.
        want: "run", "pause" or "stop": what it was last asked to do.
        stage: "", "data", "training", "test": what it is busy with.
        progress: of the training, 0 to 1.
        per_second: interactions learnt from per second; NaN where unknown.
        eta_s: seconds left, as far as one can tell; None where unknown.
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


def submit(ws: Workspace, spec: TrainSpec) -> Run:
    """Check the settings, put the training in the queue and see to it that someone works the queue.

    Raises:
        SettingsError: no such model or setting.
        NotFoundError: no such dataset.
        DataError: the split does not suit the data.
    """
    raise NotImplementedError


def pause(ws: Workspace, run_id: str) -> None:
    """Ask a queued or running job to write down where it stands and free its place.

    Raises:
        JobError: it is neither queued nor running.
    """
    raise NotImplementedError


def resume(ws: Workspace, run_id: str) -> None:
    """Queue a paused, stopped, failed or lost job again; it goes on from its last checkpoint.

    Raises:
        JobError: it is running already, or done.
    """
    raise NotImplementedError


def stop(ws: Workspace, run_id: str) -> None:
    """Ask a job to end; one that does not listen is ended.

    Raises:
        JobError: it is over already.
    """
    raise NotImplementedError


def jobs(ws: Workspace, dataset: str | None = None) -> list[JobView]:
    """Every job: running ones first, then the queue in order, then the rest, newest first."""
    raise NotImplementedError


def job(ws: Workspace, run_id: str) -> JobView:
    """One job.

    Raises:
        NotFoundError: no such run, or it was trained without a job.
    """
    raise NotImplementedError


def ensure_dispatcher(ws: Workspace) -> None:
    """See to it that somebody works the queue; cheap, call it on every page view."""
    raise NotImplementedError


def recover(ws: Workspace) -> None:
    """Find jobs whose process is gone or never came up, and say so in their state."""
    raise NotImplementedError

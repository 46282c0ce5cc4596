"""Between training and the database: writes what it reports, hears what it is asked to do."""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Self

from recengine.models.events import Epoch, Event, Note, Step
from recengine.services.files import write_json
from recengine.services.queue import Claim
from recengine.services.runs import notes_path, run_notes
from recengine.services.store import Store, transaction
from recengine.services.workspace import Workspace

FLUSH_S = 0.25  # how often the pages can see something new, and how soon a wish is heard
# The sum over points also counts what earlier processes of the run did.
COUNT = (
    "UPDATE runs SET epochs = max(epochs, ?), seconds = (SELECT coalesce(sum(value), 0) FROM points "
    "WHERE run_id = id AND name IN ('seconds', 'refit_seconds')) WHERE id = ?"
)
REFIT = "refit_"  # names the points of the last fit, on training and validation together


class Interrupted(Exception):  # noqa: N818 (not an error)
    """Training was asked to pause or stop and has written down where it stands."""

    def __init__(self, want: str, run_id: str) -> None:
        super().__init__(f"run '{run_id}' was asked to {want}")
        self.want = want
        self.run_id = run_id


class Recorder:
    """Points and progress of one run, written a few times a second in one transaction."""

    def __init__(self, ws: Workspace, claim: Claim) -> None:
        self._ws, self._claim = ws, claim
        self._db = Store(ws).connect()
        self._points: list[tuple[str, str, float, float]] = []
        self._progress: dict[str, float | str | None] = {}
        self._passes: int | None = None
        self._flushed_at = 0.0
        self.want = "run"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        self._db.close()

    def stage(self, name: str, message: str) -> None:
        """Say what the run is busy with now. Raises Interrupted if it was asked to pause or stop."""
        self._progress |= {"stage": name, "message": message, "per_second": None, "eta_s": None}
        self.flush()
        self.obey()

    def note(self, message: str) -> None:
        """Say how far the present stage is, in words."""
        self._progress["message"] = message
        self.flush_if_due()

    def keep(self, text: str) -> None:
        """Write down, once and for good, what a reader of the run should know."""
        kept = run_notes(self._ws, self._claim.id)
        if text not in kept:
            write_json(notes_path(self._ws, self._claim.id), [*kept, text])

    def progress(self, share: float, *, per_second: float = math.nan, eta_s: float | None = None) -> None:
        """How far the run is, 0 to 1."""
        self._progress |= {"progress": share, "eta_s": eta_s}
        if not math.isnan(per_second):
            self._progress["per_second"] = per_second
        self.flush_if_due()

    def point(self, name: str, epoch: float, value: float) -> None:
        """One measured number; NaN says nothing and is left out."""
        if not math.isnan(value):
            self._points.append((self._claim.id, name, epoch, value))

    def passed(self, number: int) -> None:
        """So many passes are done."""
        self._passes = number

    def obey(self) -> None:
        """Raise Interrupted if the run was asked to pause or stop."""
        if self.want != "run":
            raise Interrupted(self.want, self._claim.id)

    def flush_if_due(self) -> None:
        """Write, unless that was done a moment ago."""
        if time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered; read what is wanted. A run whose claim is void has to stop."""
        run_id, token = self._claim.id, self._claim.token
        with transaction(self._db) as db:
            row = db.execute(
                "SELECT want FROM jobs WHERE run_id = ? AND token = ?", (run_id, token)
            ).fetchone()
            self.want = "stop" if row is None else row["want"]
            if row is not None:
                db.executemany("INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)", self._points)
                for column, value in self._progress.items():
                    db.execute(f"UPDATE jobs SET {column} = ? WHERE run_id = ?", (value, run_id))
                if self._passes is not None:
                    db.execute(COUNT, (self._passes, run_id))
        self._passes = None
        self._points.clear()
        self._progress.clear()
        self._flushed_at = time.monotonic()

    def forget_after(self, epoch: float) -> None:
        """Drop what was measured between two passes after the point from which training goes on."""
        with transaction(self._db) as db:
            db.execute(
                "DELETE FROM points WHERE run_id = ? AND name = 'running_loss' AND epoch > ?",
                (self._claim.id, epoch),
            )


class Phase:
    """One fit of a run: turns its events into points, progress and time left.

    Args:
        share: from where to where the run's progress goes meanwhile.
        passes: how many passes over the data there can be.
        prefix: begins the names of its points, where it is not the fit whose curve is drawn.
    """

    def __init__(
        self, recorder: Recorder, share: tuple[float, float], *, passes: int, prefix: str = ""
    ) -> None:
        self._recorder = recorder
        self._from, self._to = share
        self._prefix = prefix
        self._first: tuple[int, float] | None = None  # pieces done and the time when this process began
        self._passes = passes
        self.position = 0.0  # passes done, with the share of the one under way
        self.epochs = 0
        self.best = 0

    def state(self) -> dict[str, float]:
        """What has to survive the process, beside the model's own checkpoint."""
        return {"position": self.position, "epochs": self.epochs, "best": self.best}

    def go_on(self, state: dict[str, float]) -> None:
        """Stand where `state` was told."""
        self.position = state["position"]
        self.epochs, self.best = int(state["epochs"]), int(state["best"])
        self._recorder.forget_after(self.position)

    def hear(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Step():
                self._step(event)
            case Epoch():
                self._epoch(event)
            case Note():
                self._recorder.keep(event.text)

    def _step(self, step: Step) -> None:
        now, share = time.monotonic(), step.done / max(1, step.total)
        first_done, first_at = self._first = self._first or (step.done, now)
        done = step.done - first_done
        left = (now - first_at) * (step.total - step.done) / done if done else None
        self.position = share * self._passes
        if not self._prefix:
            self._recorder.point("running_loss", self.position, step.loss)
        self._tell(share, per_second=step.per_second, eta_s=left)

    def _epoch(self, epoch: Epoch) -> None:
        self.epochs, self.position = epoch.number, float(epoch.number)
        self.best = epoch.number if epoch.best else self.best
        rate = epoch.interactions / epoch.seconds if epoch.seconds > 0 else math.nan
        measured = {
            "loss": epoch.loss,
            "validation_loss": epoch.validation_loss,
            "seconds": epoch.seconds,
            "per_second": rate,
            **epoch.validation,
        }
        for name, value in measured.items():
            self._recorder.point(f"{self._prefix}{name}", epoch.number, value)
        self._tell(epoch.number / epoch.of)
        self._finish_pass(epoch)

    def _tell(self, share: float, *, per_second: float = math.nan, eta_s: float | None = None) -> None:
        """How far the fit is, from 0 to 1."""
        done = self._from + share * (self._to - self._from)
        self._recorder.progress(done, per_second=per_second, eta_s=eta_s)

    def _finish_pass(self, epoch: Epoch) -> None:
        self._recorder.passed(epoch.number)
        self._recorder.note(in_words(epoch))


def in_words(epoch: Epoch) -> str:
    """A finished pass in one line, for logs and messages."""
    known = {"loss": epoch.loss, "validation loss": epoch.validation_loss, **epoch.validation}
    values = ", ".join(f"{name} {value:.4g}" for name, value in known.items() if not math.isnan(value))
    return f"pass {epoch.number} of at most {epoch.of} done" + (f": {values}" if values else "")

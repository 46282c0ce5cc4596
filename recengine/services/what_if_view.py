"""What-ifs as pages and the command line show them: state, arms, progress, verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from recengine.core.edits import Edits
from recengine.core.split import Histories
from recengine.services.datasets import dataset_card
from recengine.services.jobs import JobView, jobs
from recengine.services.recovery import recover
from recengine.services.runs import Run, get_run, list_runs
from recengine.services.tasks import Task, tasks
from recengine.services.what_if_looks import verdicts
from recengine.services.what_if_store import SIDES, Entered, Side, entered, one
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.verdict import Verdict

WhatIfStatus = Literal["queued", "running", "done", "failed", "stopped", "lost"]
KIND = "what-if"  # of the tasks that see to them
TELLING = 0.05  # a training that is so far tells how long the rest will take
TRAINED = 0.97  # share of the progress that the trainings take; the rest is the verdict


@dataclass(frozen=True)
class Arm:
    """One training of a what-if.

    Attributes:
        run_id: "" until it is entered.
        status: as the run's; "waiting" before that, "deleted" after.
        progress: 0 to 1.
        eta_s: seconds left of the present fit; None where unknown.
        message: one line for the reader.
    """

    run_id: str
    side: Side
    seed: int
    status: str
    progress: float
    eta_s: float | None
    message: str


@dataclass(frozen=True)
class WhatIf:
    """One what-if as it stands now.

    Attributes:
        set_id: of all that were asked together.
        base: id of the run that is asked about.
        texts: the edits in the edit language; sentence: the same for a reader.
        progress: of the trainings that were not there already, 0 to 1.
        eta_s: seconds left, as far as one can tell; None where unknown.
        message: one line for the reader; the reason where it failed.
        verdict: while it runs, of the pairs of runs that are done; None before the first. Once it is done,
            corrected for all what-ifs that were done on the same run.
        who: who asked.
    """

    id: str
    set_id: str
    base: str
    texts: tuple[str, ...]
    sentence: str
    seeds: int
    histories: Histories
    status: WhatIfStatus
    progress: float
    eta_s: float | None
    message: str
    arms: tuple[Arm, ...]
    verdict: Verdict | None
    created_at: float
    ended_at: float | None
    who: str

    @property
    def active(self) -> bool:
        """Whether anything will change without the reader doing something."""
        return self.status in ("queued", "running")

    @property
    def can_resume(self) -> bool:
        """Whether it was interrupted and can be taken up again."""
        return self.status in ("failed", "stopped", "lost")

    def run_ids(self, side: Side) -> list[str]:
        """The runs of one side, in the order of their seeds."""
        return [arm.run_id for arm in self.arms if arm.side == side]

    def as_dict(self) -> dict[str, Any]:
        """The what-if as plain JSON values, as `--json` prints it."""
        told = {name: getattr(self, name) for name in ("id", "set_id", "base", "sentence", "seeds")}
        rest = ("histories", "status", "progress", "message", "created_at", "ended_at", "who")
        return {
            **told,
            "edits": list(self.texts),
            **{name: getattr(self, name) for name in rest},
            "arms": [asdict(arm) for arm in self.arms],
            "verdict": self.verdict.as_dict() if self.verdict else None,
        }


@dataclass(frozen=True)
class WhatIfSet:
    """What was asked together."""

    id: str
    what_ifs: tuple[WhatIf, ...]

    @property
    def active(self) -> bool:
        """Whether anything will change without the reader doing something."""
        return any(one.active for one in self.what_ifs)

    @property
    def progress(self) -> float:
        """Share done of all together, 0 to 1."""
        return sum(one.progress for one in self.what_ifs) / max(1, len(self.what_ifs))

    @property
    def eta_s(self) -> float | None:
        """Seconds left, None where unknown; too many where several what-ifs wait for the same runs."""
        known = [one.eta_s for one in self.what_ifs if one.active and one.eta_s is not None]
        return sum(known) if known else None

    @property
    def message(self) -> str:
        """How many verdicts there are, and what is being done now."""
        done = sum(one.status == "done" for one in self.what_ifs)
        at_work = next((one.message for one in self.what_ifs if one.status == "running"), "")
        told = f"{done} of {len(self.what_ifs)} verdicts" if len(self.what_ifs) > 1 else ""
        return "; ".join(filter(None, (told, at_work)))


def what_if(ws: Workspace, what_if_id: str) -> WhatIf:
    """One what-if.

    Raises:
        NotFoundError: there is none of that id.
    """
    recover(ws)
    return _views(ws, [one(ws, what_if_id)])[0]


def what_ifs(ws: Workspace, run_id: str | None = None, dataset: str | None = None) -> list[WhatIf]:
    """What-ifs, newest first; those asked about one run, or about any run of a dataset, if asked for."""
    recover(ws)
    return _views(ws, entered(ws, base=run_id, dataset=dataset))[::-1]


def what_if_set(ws: Workspace, set_id: str) -> WhatIfSet:
    """All that was asked together, in that order."""
    recover(ws)
    return WhatIfSet(set_id, tuple(_views(ws, entered(ws, of_set=set_id))))


def _views(ws: Workspace, found: Sequence[Entered]) -> list[WhatIf]:
    if not found:
        return []
    seen = _Seen(
        {task.id: task for task in tasks(ws, kind=KIND)},
        {view.run_id: view for view in jobs(ws)},
        {run.id: run.status for run in list_runs(ws)},
        verdicts(ws, found),
    )
    return [_view(ws, row, seen) for row in found]


@dataclass(frozen=True)
class _Seen:
    """The state of everything at one moment."""

    tasks: Mapping[str, Task]
    jobs: Mapping[str, JobView]
    runs: Mapping[str, str]
    verdicts: Mapping[str, Verdict]


def _view(ws: Workspace, row: Entered, seen: _Seen) -> WhatIf:
    base = get_run(ws, row.ask.base)
    arms = tuple(
        _arm(row.arms.get((side, seed), ""), side, seed, seen)
        for seed in range(base.spec.seed, base.spec.seed + row.ask.seeds)
        for side in SIDES
    )
    status = _status(row, seen, arms)
    counted = [arm.progress for arm in arms if arm.status != "done" or arm.run_id in row.begun]
    done = sum(counted) / len(counted) if counted else 1.0
    return WhatIf(
        id=row.id,
        set_id=row.set_id,
        base=row.ask.base,
        texts=row.ask.edits,
        sentence=_sentence(ws, base, row),
        seeds=row.ask.seeds,
        histories=row.ask.histories,
        status=status,
        progress=1.0 if status == "done" else TRAINED * done,
        eta_s=_eta_s(arms, seen, base) if status == "running" else None,
        message=_message(row, status, arms, seen),
        arms=arms,
        verdict=seen.verdicts.get(row.id),
        created_at=row.created_at,
        ended_at=row.ended_at,
        who=row.who,
    )


def _arm(run_id: str, side: Side, seed: int, seen: _Seen) -> Arm:
    if not run_id:
        return Arm("", side, seed, "waiting", 0.0, None, "waits for its turn")
    status, job = seen.runs.get(run_id, "deleted"), seen.jobs.get(run_id)
    if status == "done" or job is None:
        return Arm(run_id, side, seed, status, float(status == "done"), None, status)
    return Arm(run_id, side, seed, status, job.progress, job.eta_s, job.message)


def _status(row: Entered, seen: _Seen, arms: Sequence[Arm]) -> WhatIfStatus:
    """Its own end where it has one, else what became of the task that sees to it."""
    if row.outcome:
        return row.outcome
    task = seen.tasks.get(row.task)
    if task is None or task.status == "done":
        return "lost"
    begun = any(arm.run_id and arm.run_id != row.ask.base for arm in arms)
    return "queued" if task.status == "running" and not begun else task.status


def _message(row: Entered, status: WhatIfStatus, arms: Sequence[Arm], seen: _Seen) -> str:
    task = seen.tasks.get(row.task)
    if status in ("queued", "failed", "lost"):
        return row.error or (task.message if task else "") or "nobody sees to it; resume it"
    if status != "running":
        return {"done": "done", "stopped": "stopped; resume goes on from where it stood"}[status]
    left = sum(arm.status != "done" for arm in arms)
    if not left:
        return "weighing the results"
    now = next((arm for arm in arms if arm.status == "running"), None)
    told = f": {now.run_id}, {now.message}" if now else ""
    return f"{left} of {len(arms)} trainings to go{told}"


def _eta_s(arms: Sequence[Arm], seen: _Seen, like: Run) -> float:
    """Arms at work tell by how far they are; the others take about as long as the base run did."""
    left = 0.0
    for arm in (arm for arm in arms if arm.status != "done"):
        job = seen.jobs.get(arm.run_id)
        if job and job.started_at and arm.status == "running" and arm.progress >= TELLING:
            left += (time.time() - job.started_at) * (1 - arm.progress) / arm.progress
        else:
            left += max(1.0, like.seconds) * (1 - arm.progress)
    return left


def _sentence(ws: Workspace, base: Run, row: Entered) -> str:
    about = dataset_card(ws, base.spec.dataset, base.dataset_fingerprint).about
    return Edits.of(row.ask.edits).sentence(about)

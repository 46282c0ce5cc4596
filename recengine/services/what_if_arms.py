"""The arms of a what-if: which trainings answer it, and which runs of the past are those already."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from recengine.core.edits import Edits
from recengine.core.errors import SettingsError
from recengine.services.datasets import dataset_card
from recengine.services.estimates import Pace
from recengine.services.run import Run, TrainSpec
from recengine.services.runs import get_run, list_runs
from recengine.services.training import checked
from recengine.services.what_if_store import Ask, Side
from recengine.services.workspace import Workspace

# Which of several equal runs stands for an arm: one that is done, one under way, one whose process was
# killed. What somebody paused or stopped is theirs, and a failure may have had its reason in that run.
FIT = ("done", "running", "queued", "lost")


@dataclass(frozen=True)
class Planned:
    """One training that a what-if needs.

    Attributes:
        base: the run that is asked about.
        spec: what is to be trained, with nothing left open.
        expected_s: how long that will take here, the test left out.
    """

    base: Run
    side: Side
    seed: int
    spec: TrainSpec
    expected_s: float


def planned(ws: Workspace, ask: Ask) -> list[Planned]:
    """All trainings of a what-if that was checked, pair by pair; the base run itself is among them.

    Raises:
        NotFoundError: the run that is asked about is gone.
        SettingsError, DataError: the edited training cannot be done.
    """
    base, pace = get_run(ws, ask.base), Pace.measured(ws)
    size = dataset_card(ws, base.spec.dataset, base.dataset_fingerprint).size
    edited = base.spec.edited(Edits.of([*base.spec.edits, *ask.edits]))
    if ask.histories == "edited":
        edited = edited.model_copy(update={"histories": "edited"})
    sides: dict[Side, TrainSpec] = {"base": base.spec, "edited": edited}
    found = []
    for side, spec in sides.items():
        ready, _ = checked(ws, spec, base.dataset_fingerprint)
        seconds = pace.training(ready.model, ready.model_settings(), size).seconds
        found += [
            Planned(base, side, seed, ready.model_copy(update={"seed": seed}), seconds)
            for seed in range(base.spec.seed, base.spec.seed + ask.seeds)
        ]
    return sorted(found, key=lambda arm: arm.seed)


def standing(ws: Workspace, arm: Planned) -> str | None:
    """A run there is already that is this very training; None where there is none.

    A finished one must have sat the same exam as the base run.
    """
    base = arm.base
    if arm.side == "base" and arm.seed == base.spec.seed:
        return base.id
    same = [
        run
        for run in list_runs(ws, base.spec.dataset)
        if run.status in FIT
        and run.dataset_fingerprint == base.dataset_fingerprint
        and (run.status != "done" or _exam_key(run) == _exam_key(base))
        and _identity(run.spec) == _identity(arm.spec)
    ]
    best = min(same, key=lambda run: FIT.index(run.status), default=None)
    return best.id if best else None


def _exam_key(run: Run) -> str:
    return run.exam.key if run.exam else ""


def _identity(spec: TrainSpec) -> tuple[Any, ...]:
    """Equal for trainings that can only end in the same model, given the same data."""
    settings: Any = spec.settings
    with suppress(SettingsError):  # a setting of another version
        settings = spec.model_settings()
    histories = spec.histories if spec.edits else ""
    return spec.model, settings, spec.seed, spec.split, spec.repeats, spec.edits, histories

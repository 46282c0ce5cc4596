"""What an edit would do, guessed by training the finished model a little further: quick, and only a preview.

Both sides go on from the same weights with the same seed, one on the data as they are and one on the edited
ones, so that what going on does by itself drops out. What is left out has still left its mark on the weights;
how far such previews are from true retrains is measured by `recengine bench what-if`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import SettingsError
from recengine.core.split import Histories, Split
from recengine.core.words import MINUS
from recengine.services import tasks
from recengine.services.datasets import prepare
from recengine.services.files import replacing
from recengine.services.fitting import refits
from recengine.services.runs import Run, TrainSpec, get_run, load_run_model, run_folder
from recengine.services.training import split_for, split_of
from recengine.services.what_if_edits import edited_spec
from recengine.services.workspace import Workspace

PASSES = 1  # over the data, on each side
VERSION = 1  # raise it when something here changes what a base side gives
HEADLINE, NAME = "ndcg@10", "NDCG@10"
KIND = "what-if-preview"
Progress = Callable[[float, float, str], None]
NDCG = NDArray[np.float64]


@dataclass(frozen=True)
class Trust:
    """How previews compared with true retrains on the sample (docs/benchmarks.md).

    Attributes:
        edits: drawn by chance; mattered: those whose retrain moved NDCG@10 by more than seed noise, of which
            `same_way` were foretold with the right direction.
        off: mean distance from the retrain's relative change, in percentage points; harmless_off: the same
            for whoever calls every edit harmless.
    """

    edits: int
    mattered: int
    same_way: int
    off: float
    harmless_off: float


TRUST = {"lstm": Trust(edits=30, mattered=7, same_way=7, off=1.1, harmless_off=1.4)}


@dataclass(frozen=True)
class WarmPreview:
    """A guess at what a retrain would find.

    Attributes:
        sentence: the guess, which calls itself a preview; note: how much it can be trusted.
        base, edited: NDCG@10 of both sides after going on; change: relative (0.1 = 10 %).
        seconds: that it took.
    """

    sentence: str
    note: str
    base: float
    edited: float
    change: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def of_dict(cls, described: dict[str, Any]) -> Self:
        """The preview that `as_dict` described."""
        return cls(**described)


def work(ws: Workspace, spec: dict[str, Any], report: Progress) -> dict[str, Any]:
    """`warm_preview` as a task."""
    found = warm_preview(ws, spec["run"], spec["edits"], histories=spec["histories"], progress=report)
    return found.as_dict()


def ask_for_preview(
    ws: Workspace, run_id: str, texts: Sequence[str], *, histories: Histories = "kept"
) -> tasks.Task:
    """Have a preview worked out in the background; its task's result is for `WarmPreview.of_dict`.

    Raises:
        SettingsError, EditError: as `check`.
    """
    check(ws, run_id, texts, histories=histories)
    spec = {"run": run_id, "edits": list(texts), "histories": histories}
    return tasks.submit(ws, KIND, about=run_id, spec=spec)


def check(ws: Workspace, run_id: str, texts: Sequence[str], *, histories: Histories = "kept") -> TrainSpec:
    """What the edited side is trained on.

    Raises:
        SettingsError: the model is learnt in one go, or a setting is edited.
        EditError: an edit cannot be asked of this run.
    """
    run, spec = get_run(ws, run_id), edited_spec(ws, run_id, texts, histories=histories)
    settings = run.spec.model_settings()
    if not settings.build().iterative:
        raise SettingsError(f"{settings.title} is learnt in one go; ask for the retrain itself.")
    if spec.model_settings() != settings:
        raise SettingsError(
            "a preview goes on from what was learnt with the old settings; ask for the retrain."
        )
    return spec


def warm_preview(
    ws: Workspace,
    run_id: str,
    texts: Sequence[str],
    *,
    histories: Histories = "kept",
    progress: Progress = lambda done, total, message: None,
) -> WarmPreview:
    """Guess what these edits would do to a run's NDCG@10.

    Raises:
        SettingsError, EditError: as `check`.
    """
    began, spec, run = time.perf_counter(), check(ws, run_id, texts, histories=histories), get_run(ws, run_id)
    dataset = prepare(ws, run.spec.dataset, run.dataset_fingerprint)
    progress(0, 2, "going on without the edit")
    base_U = _base_side(ws, run)
    progress(1, 2, "going on with the edit")
    edited_U = gone_on(ws, run, split_for(spec, dataset))
    base, edited = float(base_U.mean()), float(edited_U.mean())
    change = edited / base - 1 if base else float("nan")
    return WarmPreview(
        sentence=_sentence(change),
        note=_note(run),
        base=base,
        edited=edited,
        change=change,
        seconds=time.perf_counter() - began,
    )


def gone_on(ws: Workspace, run: Run, split: Split) -> NDCG:
    """NDCG@10 of each person asked, once the run's model has been trained on for PASSES over these data."""
    from recengine.services.evaluation import person_validator

    settings = run.spec.model_settings().for_exam(split.settings.kind)
    brief = {"epochs": PASSES, "patience": 0}
    model = settings.model_copy(update=brief).build()
    model.warm_start(load_run_model(ws, run.id))
    model.fit(split.before_test if refits(settings) else split.train, seed=run.spec.seed)
    ask = person_validator(split, run.spec.repeats, task="test")
    return np.zeros(0) if ask is None else ask(model)[HEADLINE]


def _base_side(ws: Workspace, run: Run) -> NDCG:
    """The side without the edit, the same for all previews of a run; worked out once and kept."""
    path = run_folder(ws, run.id) / f"gone-on-{VERSION}.npy"
    if not path.exists():
        found_U = gone_on(ws, run, split_of(ws, run.id))
        with replacing(path) as draft:
            np.save(draft, found_U, allow_pickle=False)
    return np.asarray(np.load(path, allow_pickle=False))


def _sentence(change: float) -> str:
    if np.isnan(change):
        return f"Preview: {NAME} is 0 with and without it."
    verb = "rise" if change > 0 else "fall"
    return f"Preview: {NAME} would {verb} by about {abs(change):.1%}.".replace("%", " %").replace("-", MINUS)


def _note(run: Run) -> str:
    """How far to trust it."""
    note = f"Not retrained: {run.title} was trained on for one pass, with the edit and without it."
    trust = TRUST.get(run.spec.model)
    if trust is None:
        return f"{note} How far such previews are from retrains of this model has not been measured."
    return (
        f"{note} Of {trust.edits} edits of the sample such previews had the right direction in "
        f"{trust.same_way} of the {trust.mattered} that mattered, and were {trust.off:.1f} percentage "
        f"points off on average, where calling every edit harmless would have been "
        f"{trust.harmless_off:.1f} off. Large effects come out too small."
    )

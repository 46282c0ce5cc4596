"""Train a model to its end and let it sit the test: fit, save, measure, keep.

A run is a row of stations. Each leaves a file, written atomically, when it is passed, so that a run killed
anywhere goes on from the last one: searched.json -> model/ -> report/ -> the result in the database.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recengine.core.dataset import Dataset
from recengine.core.edits import Edits
from recengine.core.errors import RecengineError
from recengine.core.split import Split
from recengine.models.base import ModelConfig, Recommender
from recengine.services import device as devices
from recengine.services import queue
from recengine.services.auto import choose_model
from recengine.services.checkpoint import Checkpoint
from recengine.services.datasets import SAMPLE, dataset_card, find_card, prepare
from recengine.services.feedback_split import feedback_up_to, with_feedback
from recengine.services.files import read_json, replacing, replacing_folder, write_json
from recengine.services.fitting import Fitting, Told, refits
from recengine.services.kept import Kept
from recengine.services.processes import ProcessId
from recengine.services.recommend import example_person
from recengine.services.recorder import REFIT, Interrupted, Phase, Recorder
from recengine.services.recovery import error_in_words
from recengine.services.results import baselines_key, baselines_of, keep_curves, result_of
from recengine.services.runs import (
    Run,
    TrainSpec,
    Update,
    create_run,
    get_run,
    run_calibrator,
    run_folder,
    run_notes,
)
from recengine.services.showcase import keep_showcase
from recengine.services.starts import learner_of_run, model_that_leaves
from recengine.services.store import Store
from recengine.services.trial import CHOSEN
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.evaluation import Report

CHECKPOINT_S = float(os.environ.get("RECENGINE_CHECKPOINT_S", "30"))  # so much work a kill can cost
FITTED = 0.95  # share of the progress bar that the fits take; the rest is the test


def train(ws: Workspace, spec: TrainSpec, *, on_event: Callable[[Told], None] | None = None) -> Run:
    """Train in this process, from start to measured result.

    Raises:
        RecengineError: settings or data do not fit, or training had to stop; the run keeps the reason.
        Interrupted: somebody paused or stopped it (on a page, or by Ctrl-C); `go_on` takes it up again.
    """
    return to_the_end(ws, begin(ws, spec), on_event=on_event)


def begin(ws: Workspace, spec: TrainSpec, *, fingerprint: str | None = None) -> queue.Claim:
    """Enter a run that this process is going to carry out itself, `to_the_end`.

    Raises:
        SettingsError, NotFoundError, DataError: as `checked`.
    """
    spec, fingerprint = checked(ws, spec, fingerprint)
    with Store(ws).writing() as db:
        run_id = create_run(db, spec, fingerprint, "running")
        return queue.enter_inline(db, run_id, ProcessId.me())


def go_on(ws: Workspace, run_id: str, *, on_event: Callable[[Told], None] | None = None) -> Run:
    """Take up an interrupted run in this process, from its last checkpoint.

    Raises:
        NotFoundError: no such run.
        JobError: it is not interrupted.
        RecengineError, Interrupted: as `train`.
    """
    return to_the_end(ws, queue.resume_inline(ws, run_id, ProcessId.me()), on_event=on_event)


Build = Callable[[ModelConfig, Split], Recommender[Any]]


def to_the_end(
    ws: Workspace,
    claim: queue.Claim,
    *,
    on_event: Callable[[Told], None] | None = None,
    build: Build | None = None,
) -> Run:
    """Carry out a run that this process has claimed, and give it its final state.

    Args:
        build: makes the model for each fit on parts of that split, where it shares work with others.

    Raises:
        RecengineError, Interrupted: as `train`.
    """
    try:
        carry_out(ws, claim, on_event=on_event, build=build)
    except (Interrupted, KeyboardInterrupt) as ended:
        want = ended.want if isinstance(ended, Interrupted) else "stop"
        queue.finish(ws, claim, queue.ASKED[want])
        raise Interrupted(want, claim.id) from ended
    except Exception as error:
        queue.finish(ws, claim, "failed", error_in_words(error))
        raise
    queue.finish(ws, claim, "done")
    return get_run(ws, claim.id)


def checked(ws: Workspace, spec: TrainSpec, fingerprint: str | None = None) -> tuple[TrainSpec, str]:
    """The spec with nothing left open and the data it is about; ("" where those are still to be prepared).

    Args:
        fingerprint: exactly which data; by default what the name means today.

    Raises:
        SettingsError, NotFoundError, DataError: what does not fit.
    """
    devices.check(spec.device)
    spec = spec.as_meant()
    if spec.dataset == SAMPLE and not fingerprint and find_card(ws, SAMPLE) is None:
        return spec, ""
    card = dataset_card(ws, spec.dataset, fingerprint)
    return spec.for_data(card.about, card.size, has_given_test=card.has_given_test), card.fingerprint


def carry_out(
    ws: Workspace,
    claim: queue.Claim,
    *,
    on_event: Callable[[Told], None] | None = None,
    checkpoint_s: float = CHECKPOINT_S,
    build: Build | None = None,
) -> None:
    """Do what is left to do of a run. The caller gives it its final state.

    Raises:
        Interrupted: it was asked to pause or stop; what was done so far is on disk.
        RecengineError: it cannot be done; the message is for the user.
    """
    with Recorder(ws, claim) as recorder:
        recorder.stage("data", "preparing the data")
        run, dataset = _prepared(ws, claim.id, recorder)
        split, device = split_with_feedback(ws, run.spec, dataset), run.device.partition(":")[0]
        fitting = Fitting(recorder, on_event or (lambda event: None), run.spec.seed, device, checkpoint_s)
        if run.spec.is_auto:
            run = choose_model(ws, run, dataset, split, fitting)
        work = _Work(ws, run, split, fitting, build)
        if not (work.folder / "model").exists():
            work.fit()
        recorder.progress(FITTED)
        recorder.stage("test", "sitting the test")
        _keep_result(ws, run, work.sit())
        keep_showcase(ws, run.id, example_person(dataset))
        recorder.progress(1.0)


def _prepared(ws: Workspace, run_id: str, recorder: Recorder) -> tuple[Run, Dataset]:
    """The run with nothing left open, and its data; the sample is imported where it is still missing."""
    run = get_run(ws, run_id)
    dataset = prepare(
        ws,
        run.spec.dataset,
        run.dataset_fingerprint,
        progress=lambda rows: recorder.note(f"preparing the data: {rows:,} rows read"),
    )
    spec = run.spec.for_data(dataset.about, dataset.size, has_given_test=dataset.given_test is not None)
    device = devices.describe(devices.resolve(spec.device))
    with Store(ws).writing() as db:
        db.execute(
            "UPDATE runs SET spec = ?, dataset_fingerprint = ?, device = ?, "
            "started_at = coalesce(started_at, ?) WHERE id = ?",
            (spec.model_dump_json(), dataset.fingerprint, device, time.time(), run_id),
        )
    return get_run(ws, run_id), dataset


_splits: Kept[Split] = Kept(size=3)


def split_for(spec: TrainSpec, dataset: Dataset) -> Split:
    """The split of these data for a training, edited where it has edits; kept for the next on the same."""
    settings = spec.split
    if settings is None:
        raise RecengineError("a training has a split once it is entered; train it again.")
    key = (dataset.fingerprint, settings.model_dump_json())
    split = _splits.get(key, lambda: settings.build(dataset))
    if not spec.edits:
        return split
    edited = (*key, spec.edits, spec.histories)
    return _splits.get(edited, lambda: split.edited(Edits.of(spec.edits), spec.histories))


def split_of(ws: Workspace, run_id: str) -> Split:
    """The split a run was trained and tested on."""
    run = get_run(ws, run_id)
    return split_with_feedback(ws, run.spec, prepare(ws, run.spec.dataset, run.dataset_fingerprint))


def split_with_feedback(ws: Workspace, spec: TrainSpec, dataset: Dataset) -> Split:
    """The same, with the feedback that the training learns from."""
    split = split_for(spec, dataset)
    if spec.update is None:
        return split
    events = feedback_up_to(ws, spec.dataset, spec.update.up_to)
    return with_feedback(split, events, f"{dataset.fingerprint} feedback up to {spec.update.up_to}")


@dataclass(frozen=True)
class _Work:
    """All that the stations of one run have in common."""

    ws: Workspace
    run: Run
    split: Split
    fitting: Fitting
    build: Build | None

    @property
    def folder(self) -> Path:
        return run_folder(self.ws, self.run.id)

    @property
    def recorder(self) -> Recorder:
        return self.fitting.recorder

    def fit(self) -> None:
        """On the training part, watching the validation; then, where the model asks for it, on both.

        Models learnt in one go always take the second fit: they have no epochs to choose.
        """
        settings = self.run.spec.model_settings().for_exam(self.split.settings.kind)
        if self.run.spec.update is not None and self.run.spec.update.how == "incremental":
            self._update(self.run.spec.update)
            return
        begun = CHOSEN if self.run.search else 0.0
        refit, middle = refits(settings), (begun + FITTED) / 2
        searched = read_json(self.folder / "searched.json")
        if searched is None:
            searched = self._search(settings, (begun, middle if refit else FITTED), keep=not refit)
        if refit:
            last = for_refit(settings, searched["best"])
            model, _ = self._fit(last, (middle, FITTED), refit=True)
            self._save(model)

    def _update(self, asked: Update) -> None:
        """Go on from the base's model; what turns its scores into P(like) is taken over with it."""
        self.recorder.stage("training", f"bringing {asked.base} up to date")
        base = get_run(self.ws, asked.base)
        before = split_of(self.ws, base.id).before_test
        learner = learner_of_run(self.ws, base, before)
        learner.update(self.split.before_test)
        calibrator = run_calibrator(self.ws, base.id)
        if calibrator is not None:
            write_json(self.folder / "calibrator.json", calibrator.to_dict())
            self.recorder.keep(f"P(like) goes by what was learnt for {base.title} on its validation.")
        self._save(learner.model)

    def _search(self, settings: ModelConfig, share: tuple[float, float], *, keep: bool) -> dict[str, int]:
        from recengine.services.evaluation import calibrate

        model, phase = self._fit(settings, share, refit=False)
        self.recorder.note("learning how scores become probabilities")
        if len(self.split.validation):
            with suppress(RecengineError):  # nobody in the validation to learn it from: no P(like)
                calibrator = calibrate(
                    model, self.split, repeats=self.run.spec.repeats, device=self.fitting.device
                )
                write_json(self.folder / "calibrator.json", calibrator.to_dict())
        if keep:
            self._save(model)
        searched = {"best": phase.best, "epochs": phase.epochs}
        write_json(self.folder / "searched.json", searched)
        return searched

    def _fit(
        self, settings: ModelConfig, share: tuple[float, float], *, refit: bool
    ) -> tuple[Recommender[Any], Phase]:
        from recengine.services.evaluation import validator

        self.recorder.stage(
            "training", "fitting on training and validation together" if refit else "training"
        )
        model, passes = self._built(settings), int(getattr(settings, "epochs", 1))
        phase = Phase(self.recorder, share, passes=passes, prefix=REFIT if refit else "")
        self.fitting.fit(
            model,
            self.split.before_test if refit else self.split.train,
            phase,
            Checkpoint(self.folder, refit=refit),
            validate=None if refit else validator(self.split, self.run.spec.repeats),
        )
        return model, phase

    def _built(self, settings: ModelConfig) -> Recommender[Any]:
        if self.build is not None:
            return self.build(settings, self.split)
        return model_that_leaves(settings, self.folder)

    def _save(self, model: Recommender[Any]) -> None:
        with replacing(self.folder / "catalogue.npy") as draft:
            np.save(draft, self.split.catalogue_I, allow_pickle=False)
        with replacing_folder(self.folder / "model") as draft:
            model.save(draft, self.run.spec.model)
        for refit in (False, True):
            Checkpoint(self.folder, refit=refit).remove()

    def sit(self) -> dict[str, Any]:
        """The test: the report in its folder, what the database keeps as the result."""
        report = self._report()
        self.recorder.note("letting the baselines sit the same test")
        baselines = baselines_of(self.ws, self.split, report.repeats)
        key = baselines_key(self.split, report.repeats, report.ks)
        notes = run_notes(self.ws, self.run.id)
        return {**result_of(report, baselines), "baselines_at": key, "notes": notes}

    def _report(self) -> Report:
        from recengine.models import load_model
        from recengine.services.evaluation import Report, evaluate

        folder = self.folder / "report"
        if folder.exists():
            return Report.load(folder)
        report = evaluate(
            load_model(self.folder / "model"),
            self.split,
            repeats=self.run.spec.repeats,
            calibrator=run_calibrator(self.ws, self.run.id),
            device=self.fitting.device,
            progress=lambda done, of: self.recorder.progress(FITTED + 0.04 * done / of),
        )
        with replacing_folder(folder) as draft:
            report.save(draft)
            keep_curves(report, draft)
        return report


def for_refit(settings: ModelConfig, best_epoch: int) -> ModelConfig:
    """The same settings, to be trained for as many passes as did best."""
    if "epochs" not in type(settings).model_fields:
        return settings
    return settings.model_copy(update={"epochs": best_epoch})


def _keep_result(ws: Workspace, run: Run, result: dict[str, Any]) -> None:
    kept = result if run.search is None else {**result, "search": run.search.as_dict()}
    with Store(ws).writing() as db:
        db.execute("UPDATE runs SET result = ? WHERE id = ?", (json.dumps(kept), run.id))

"""Runs: one training each, with its settings, progress, results and, where it failed, the reason."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import Repeats
from recengine.core.config import Config
from recengine.core.dataset import About
from recengine.core.errors import (
    DataError,
    JobError,
    NotFoundError,
    RecengineError,
    SettingsError,
    did_you_mean,
)
from recengine.core.split import SplitConfig
from recengine.services.files import read_json, remove_folder
from recengine.services.kept import Kept
from recengine.services.log import log_tail as log_tail  # told to the pages as part of a run
from recengine.services.store import Store
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.metrics.classification import Calibrator
    from recengine.models.base import ModelConfig, Recommender
    from recengine.services.evaluation import Report

Status = Literal["queued", "running", "paused", "done", "failed", "stopped", "lost"]
POINTS_PER_SERIES = 600  # more cannot be told apart on a screen


class TrainSpec(Config):
    """All that is needed to train a model again exactly."""

    dataset: str = Field(description="Name of an imported dataset.")
    model: str = Field(description="A model on the shelf.")
    preset: str = Field(default="balanced", description="Which preset of the model to start from.")
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Settings that differ from the preset."
    )
    split: SplitConfig | None = Field(
        default=None, description="How the past is cut; by default what suits the data."
    )
    seed: int = Field(default=0, ge=0, description="All randomness comes from it.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: a GPU where there is one, else the CPU."
    )
    repeats: Repeats | None = Field(
        default=None, description="both: all items may be listed; new: unseen only; again: seen only."
    )

    def model_settings(self) -> ModelConfig:
        """The model's own settings: the preset, then what differs from it.

        Raises:
            SettingsError: no such model, preset or setting.
        """
        from recengine.models import MODELS, model_config

        if self.model not in MODELS:
            raise SettingsError(f"there is no model '{self.model}'. {did_you_mean(self.model, MODELS)}")
        presets = MODELS[self.model].presets
        if self.preset not in presets and self.preset != "balanced":
            hint = did_you_mean(self.preset, presets)
            raise SettingsError(f"model '{self.model}' has no preset '{self.preset}'. {hint}")
        return model_config(self.model, {**presets.get(self.preset, {}), **self.settings})

    def for_data(self, about: About, *, has_given_test: bool) -> Self:
        """The same with nothing left open: split and repeats are those that suit the data.

        Raises:
            DataError: the split asked for needs what the data lack.
        """
        split = self.split or _usual_split(about, has_given_test)
        if split.kind == "temporal" and about.time_kind == "order":
            raise DataError(
                f"dataset '{self.dataset}' has no times, so it cannot be cut at a moment. Choose the split "
                "'random' or 'leave-last-out', or import it again and map the column that holds the time."
            )
        if split.kind == "given" and not has_given_test:
            raise DataError(
                f"dataset '{self.dataset}' came without a test file, so there is no given split. Import it "
                "again with a test file (--test FILE), or choose another split."
            )
        return self.model_copy(update={"split": split, "repeats": self.repeats or about.repeats})


def _usual_split(about: About, has_given_test: bool) -> SplitConfig:
    if has_given_test:
        return SplitConfig(kind="given")
    return SplitConfig(kind="random" if about.time_kind == "order" else "temporal")


@dataclass(frozen=True)
class Exam:
    """Which test a run sat; runs whose exams have the same key may be compared.

    Attributes:
        pairs_digest: hash of the (person, item) pairs asked for.
        num_people: people asked. num_cold_people, num_cold_targets: left out, see core's Task.
    """

    pairs_digest: str
    repeats: Repeats
    num_people: int
    num_cold_people: int
    num_cold_targets: int

    @property
    def key(self) -> str:
        """Equal for equal questions."""
        return f"{self.pairs_digest}-{self.repeats}"


@dataclass(frozen=True)
class Comparison:
    """One metric of a run against the best baseline on it (but for one that the run is itself).

    Attributes:
        low, high: 95 % interval of the run's mean over people.
        difference...: run minus baseline over the same people, with its interval.
        verdict: "better", "worse" or "no real difference"; sentence: the same with its size.
    """

    metric: str
    value: float
    low: float
    high: float
    baseline: str
    baseline_value: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str
    sentence: str


@dataclass(frozen=True)
class Run:
    """One training, as it stands now.

    Attributes:
        id: short and readable, such as "lstm-12"; also the id of its job.
        dataset_fingerprint: exactly which data; "" until the data have been prepared.
        created_at, started_at, ended_at: seconds since 1970.
        epochs: passes over the data completed so far.
        metrics: flat keys such as "recall@10"; empty until the test was sat.
        baselines: the same metrics of popularity, habit...; name -> metrics.
        halves: where things repeat, the metrics on "new" and "again" apart.
        comparisons: the headline metrics against the best baseline, with intervals.
        exam: which test it sat; None until then.
        baselines_at: under which key the baselines' full reports are kept.
        protocols: figures of named protocols ("purchase-classification"), with how they were asked.
        likelihood: the calibrator and "sampling_rate", which turn scores into P(like); empty where unknown.
        device: what it really ran on ("cpu", "cuda: NVIDIA H100").
        seconds: time spent training, pauses left out.
        error: what happened and what to do, in words; "" where nothing went wrong.
    """

    id: str
    spec: TrainSpec
    dataset_fingerprint: str
    status: Status
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    epochs: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    halves: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = ()
    exam: Exam | None = None
    likelihood: Mapping[str, Any] = field(default_factory=dict)
    baselines_at: str = ""
    protocols: Mapping[str, Any] = field(default_factory=dict)
    device: str = ""
    seconds: float = 0.0
    error: str = ""

    @property
    def title(self) -> str:
        """What a page calls it: the model's title and the number."""
        return run_title(self.id, self.spec.model)

    @property
    def rule(self) -> str:
        """The baseline that this run is itself, by its figures; "" where it is none."""
        lists = {key: value for key, value in self.metrics.items() if "@" in key}
        same = (name for name, metrics in self.baselines.items() if lists.items() <= metrics.items())
        return next(same, "") if lists else ""

    @property
    def finished(self) -> bool:
        """Whether it can be asked for recommendations."""
        return self.status == "done"

    def as_dict(self) -> dict[str, Any]:
        """The run as plain JSON values, as `--json` prints it."""
        described = self.spec.model_dump(mode="json")
        return {
            "run": self.id,
            "status": self.status,
            **described,
            "dataset_fingerprint": self.dataset_fingerprint,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "device": self.device or described["device"],
            "seconds": round(self.seconds, 3),
            "epochs": self.epochs,
            "metrics": dict(self.metrics),
            "baselines": {name: dict(metrics) for name, metrics in self.baselines.items()},
            "halves": {name: dict(metrics) for name, metrics in self.halves.items()},
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "protocols": dict(self.protocols),
            "exam": asdict(self.exam) if self.exam else None,
            "error": self.error,
        }


def run_title(run_id: str, model: str) -> str:
    """What a page calls a run, such as "EASE #12"."""
    from recengine.models import MODELS

    title = MODELS[model].title if model in MODELS else model
    return f"{title} #{run_id.rpartition('-')[2]}"


def create_run(db: sqlite3.Connection, spec: TrainSpec, fingerprint: str, status: Status) -> str:
    """Enter a new run inside a transaction; its id."""
    number = db.execute(
        "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'runs'"
    ).fetchone()[0]
    run_id = f"{spec.model}-{number}"
    db.execute(
        "INSERT INTO runs (number, id, dataset, dataset_fingerprint, spec, status, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, run_id, spec.dataset, fingerprint, spec.model_dump_json(), status, time.time()),
    )
    return run_id


def list_runs(ws: Workspace, dataset: str | None = None, *, status: Status | None = None) -> list[Run]:
    """Runs, newest first; of one dataset's name, or in one state, if asked for."""
    with Store(ws).reading() as db:
        rows = db.execute(
            "SELECT * FROM runs WHERE (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR status = ?2) "
            "ORDER BY number DESC",
            (dataset, status),
        ).fetchall()
    return [_run(row) for row in rows]


def get_run(ws: Workspace, run_id: str) -> Run:
    """One run.

    Raises:
        NotFoundError: no such run; names the nearest id.
    """
    with Store(ws).reading() as db:
        row = db.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is not None:
            return _run(row)
        known = [other[0] for other in db.execute("SELECT id FROM runs ORDER BY number DESC")]
    hint = did_you_mean(run_id, known) or "Train a model first."
    raise NotFoundError(f"there is no run '{run_id}'. {hint}")


def best_run(ws: Workspace, dataset: str, metric: str = "ndcg@10") -> Run | None:
    """The finished run with the highest metric, among those that sat the newest run's exam."""
    done = [run for run in list_runs(ws, dataset, status="done") if run.exam and metric in run.metrics]
    same = [run for run in done if run.exam and done[0].exam and run.exam.key == done[0].exam.key]
    return max(same, key=lambda run: run.metrics[metric], default=None)


def run_report(ws: Workspace, run_id: str) -> Report:
    """The exam a finished run sat: metrics, per-person values, P(like) arrays. Light to load.

    Raises:
        NotFoundError: no such run, or it has no report yet.
    """
    from recengine.services.evaluation import Report

    run, folder = get_run(ws, run_id), run_folder(ws, run_id) / "report"
    if not folder.exists():
        raise NotFoundError(f"run '{run_id}' is {run.status} and has no report yet.")
    return Report.load(folder)


_models: Kept[Any] = Kept(size=4)


def load_run_model(ws: Workspace, run_id: str, device: str = "cpu") -> Recommender[Any]:
    """The trained model of a run; cached in the process, so a second call is free.

    Raises:
        NotFoundError: no such run, or it has no model yet.
        RecengineError: the model was saved by a version of recengine that this one cannot read.
    """
    folder = run_folder(ws, run_id) / "model"
    if not (folder / "model.json").exists():
        run = get_run(ws, run_id)
        raise NotFoundError(f"run '{run_id}' is {run.status} and has no model yet; let it train to its end.")
    return _models.get((folder, device), lambda: _load_model(run_id, folder, device))


def _load_model(run_id: str, folder: Path, device: str) -> Recommender[Any]:
    from recengine.models import load_model

    try:
        return load_model(folder, device)
    except Exception as error:  # whatever its code of today cannot make of files of then
        raise RecengineError(
            f"run '{run_id}' was saved by another version of this model and cannot be read any more "
            f"({type(error).__name__}). Train it again with the same settings (Redo on the Train page)."
        ) from error


def run_calibrator(ws: Workspace, run_id: str) -> Calibrator | None:
    """What turns the run's scores into P(like); None where it has none."""
    from recengine.metrics.classification import Calibrator

    described = read_json(run_folder(ws, run_id) / "calibrator.json")
    return None if described is None else Calibrator.of_dict(described)


def run_catalogue(ws: Workspace, run_id: str) -> NDArray[np.bool_] | None:
    """True for each item the run may recommend; None where that was not kept."""
    path = run_folder(ws, run_id) / "catalogue.npy"
    return np.load(path, allow_pickle=False) if path.exists() else None


def points(ws: Workspace, run_id: str) -> pd.DataFrame:
    """What was measured while it trained; columns epoch (2.5 = halfway through the third pass), name, value.

    Names: "running_loss" (mean since the pass began) between passes; "loss", "validation_loss",
    "ndcg@10"... and "per_second" once a pass. No NaN; at most 600 points a name; in order of epoch.
    """
    with Store(ws).reading() as db:
        rows = db.execute(
            "SELECT epoch, name, value FROM points WHERE run_id = ? AND value IS NOT NULL ORDER BY epoch",
            (run_id,),
        ).fetchall()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=["epoch", "name", "value"])
    frame = frame.astype({"epoch": "float64", "value": "float64"})
    return frame[_thinned(frame)].reset_index(drop=True)


def _thinned(frame: pd.DataFrame) -> pd.Series:
    """True for the rows to keep: every n-th of a long series, and always its last."""
    by_name = frame.groupby("name")["epoch"]
    size, from_end = by_name.transform("size"), by_name.cumcount(ascending=False)
    every = np.ceil(size / POINTS_PER_SERIES).clip(lower=1)
    return from_end % every == 0


def delete_run(ws: Workspace, run_id: str) -> None:
    """Forget a run and remove its files.

    Raises:
        JobError: it is still queued or running; stop it first.
        NotFoundError: no such run.
    """
    get_run(ws, run_id)
    with Store(ws).writing() as db:
        status = db.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()[0]
        if status in ("queued", "running"):
            raise JobError(f"run '{run_id}' is {status}; stop it before deleting it.")
        for table, column in (("points", "run_id"), ("jobs", "run_id"), ("runs", "id")):
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", (run_id,))
    folder = run_folder(ws, run_id)
    _models.forget((folder / "model", "cpu"))
    remove_folder(folder)


def redo(ws: Workspace, run_id: str, *, seed: int | None = None) -> Run:
    """Queue the same training again on exactly the same data; with another seed if given.

    Raises:
        NotFoundError: no such run.
    """
    from recengine.services.jobs import submit  # which builds on this module

    run = get_run(ws, run_id)
    spec = run.spec if seed is None else run.spec.model_copy(update={"seed": seed})
    return submit(ws, spec, fingerprint=run.dataset_fingerprint)


def run_folder(ws: Workspace, run_id: str) -> Path:
    """Where the files of a run lie."""
    return ws.runs / run_id


def _run(row: sqlite3.Row) -> Run:
    result = json.loads(row["result"])
    return Run(
        id=row["id"],
        spec=TrainSpec.model_validate_json(row["spec"]),
        dataset_fingerprint=row["dataset_fingerprint"],
        status=row["status"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        epochs=row["epochs"],
        metrics=result.get("metrics", {}),
        baselines=result.get("baselines", {}),
        halves=result.get("halves", {}),
        comparisons=tuple(Comparison(**one) for one in result.get("comparisons", [])),
        exam=Exam(**result["exam"]) if "exam" in result else None,
        likelihood=result.get("likelihood", {}),
        baselines_at=result.get("baselines_at", ""),
        protocols=result.get("protocols", {}),
        device=row["device"],
        seconds=row["seconds"],
        error=row["error"],
    )

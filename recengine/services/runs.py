"""Runs as they are kept: enter, list, look up, load, delete, do again."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.errors import (
    JobError,
    NotFoundError,
    RecengineError,
    did_you_mean,
)
from recengine.services import tasks_queue
from recengine.services.files import read_json, remove_folder
from recengine.services.kept import Kept
from recengine.services.log import log_tail as log_tail  # told to the pages as part of a run
from recengine.services.run import AUTO as AUTO
from recengine.services.run import BUDGET_S as BUDGET_S
from recengine.services.run import Comparison as Comparison
from recengine.services.run import Exam as Exam
from recengine.services.run import Run as Run
from recengine.services.run import Status as Status
from recengine.services.run import TrainSpec as TrainSpec
from recengine.services.run import Update as Update
from recengine.services.run import read_run
from recengine.services.run import run_title as run_title
from recengine.services.store import Store
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.metrics.classification import Calibrator
    from recengine.models.base import Recommender
    from recengine.services.evaluation import Report

POINTS_PER_SERIES = 600  # more cannot be told apart on a screen
OF_A_RUN = {"points": "run_id", "jobs": "run_id", "what_ifs": "base", "runs": "id"}  # rows that go with it


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
    return [read_run(row) for row in rows]


def get_run(ws: Workspace, run_id: str) -> Run:
    """One run.

    Raises:
        NotFoundError: no such run; names the nearest id.
    """
    with Store(ws).reading() as db:
        row = db.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is not None:
            return read_run(row)
        known = [other[0] for other in db.execute("SELECT id FROM runs ORDER BY number DESC")]
    hint = did_you_mean(run_id, known) or "Train a model first."
    raise NotFoundError(f"there is no run '{run_id}'. {hint}")


def best_run(ws: Workspace, dataset: str, metric: str = "ndcg@10") -> Run | None:
    """The finished run with the highest metric, among those that sat the newest run's exam.

    Runs that learnt from edited data, or from feedback that is younger than the test, answer a question of
    their own; they are not among them.
    """
    finished = [
        run for run in list_runs(ws, dataset, status="done") if not run.spec.edits and run.spec.update is None
    ]
    done = [run for run in finished if run.exam and metric in run.metrics]
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


def run_notes(ws: Workspace, run_id: str) -> list[str]:
    """What a reader of the run should know, a sentence each; empty for most runs."""
    return list(read_json(notes_path(ws, run_id)) or [])


def notes_path(ws: Workspace, run_id: str) -> Path:
    """Where a run's notes are kept."""
    return run_folder(ws, run_id) / "notes.json"


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
        for table, column in OF_A_RUN.items():
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", (run_id,))
    tasks_queue.forget(ws, run_id)
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

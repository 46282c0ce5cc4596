"""Whether a run can still be asked about: one of an older version may be neither read nor held against."""

from __future__ import annotations

import json
import shlex
from typing import Any

import numpy as np

from recengine.core.errors import JobError, RecengineError, SettingsError
from recengine.metrics import ranking
from recengine.services.kept import Kept
from recengine.services.questions import ask
from recengine.services.report import Report
from recengine.services.runs import Run, TrainSpec, load_run_model, run_folder, run_report
from recengine.services.training import split_of
from recengine.services.verdict_tables import HEADLINE, K
from recengine.services.workspace import Workspace

SAME = 1e-9  # two sums of the same numbers in another order differ by less

_passed: Kept[None] = Kept(size=32)


def check_base(ws: Workspace, run: Run) -> None:
    """Say before anything is trained that the verdict would fail, or would compare unlike things.

    Raises:
        JobError: settings, report or model of the run cannot be read any more, or today's code asks
            another test of it or measures otherwise; says how to train it again.
    """
    _settings(run)
    written = (run_folder(ws, run.id) / "report" / "report.json").stat().st_mtime_ns
    _passed.get((ws.root, run.id, written), lambda: _measured_as_today(ws, run))


def _settings(run: Run) -> None:
    try:
        run.spec.model_settings()
    except SettingsError as error:
        raise _too_old(run, f"its settings mean nothing any more ({str(error).rstrip('.')})") from error


def _measured_as_today(ws: Workspace, run: Run) -> None:
    report = _report(ws, run)
    question = ask(split_of(ws, run.id).unedited.test, report.repeats)
    if run.exam is None or question.pairs_digest != run.exam.pairs_digest:
        raise _too_old(run, "its test is not the one that is asked today")
    if report.items_UK is None:  # they are made now, by the model
        _model(ws, run)
        return
    hits_UK = ranking.hits(report.items_UK[:, :K], question.targets)
    today_U = ranking.ndcg(hits_UK, question.targets.lengths)
    if not np.allclose(today_U, report.values(HEADLINE), rtol=0, atol=SAME, equal_nan=True):
        raise _too_old(run, "its figures were worked out otherwise than today's")


def _report(ws: Workspace, run: Run) -> Report:
    try:
        report = run_report(ws, run.id)
        report.values(HEADLINE)
    except Exception as error:  # whatever the code of today cannot make of files of then
        raise _too_old(run, f"its report cannot be read any more ({type(error).__name__})") from error
    return report


def _model(ws: Workspace, run: Run) -> None:
    try:
        load_run_model(ws, run.id)
    except RecengineError as error:
        raise _too_old(run, "its model cannot be read any more, and its lists were not kept") from error


def _too_old(run: Run, why: str) -> JobError:
    return JobError(
        f"run '{run.id}' is of another version of recengine: {why}. So nothing was started. Train it again, "
        f"with Redo on the Train page or `{command_of(run.spec)}`, and ask about that run."
    )


def command_of(spec: TrainSpec) -> str:
    """What to type to train the like of a run again."""
    words = ["recengine", "train", "--dataset", spec.dataset, "--model", spec.model, "--preset", spec.preset]
    for name, value in spec.settings.items():
        words += ["--set", f"{name}={_typed(value)}"]
    return shlex.join([*words, "--seed", str(spec.seed)])


def _typed(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

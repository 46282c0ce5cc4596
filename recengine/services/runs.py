"""Runs: one training each, with its settings, progress, results and, where it failed, the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import Field

from recengine.core.columns import Repeats
from recengine.core.config import Config
from recengine.core.split import SplitConfig
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.models.base import ModelConfig, Recommender
    from recengine.services.evaluation import Report

Status = Literal["queued", "running", "paused", "done", "failed", "stopped", "lost"]


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

    def model_config_of(self) -> ModelConfig:
        """The model's own settings: the preset, then what differs from it.

        Raises:
            SettingsError: no such model, preset or setting.
        """
        raise NotImplementedError


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
        intervals: metric -> (low, high), 95 % over people.
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
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    device: str = ""
    seconds: float = 0.0
    error: str = ""

    @property
    def title(self) -> str:
        """What a page calls it: the model's title and the id."""
        raise NotImplementedError

    @property
    def finished(self) -> bool:
        """Whether it can be asked for recommendations."""
        return self.status == "done"

    def as_dict(self) -> dict[str, Any]:
        """The run as plain JSON values, as `--json` prints it."""
        raise NotImplementedError


def list_runs(ws: Workspace, dataset: str | None = None, *, status: Status | None = None) -> list[Run]:
    """Runs, newest first; of one dataset's name, or in one state, if asked for."""
    raise NotImplementedError


def get_run(ws: Workspace, run_id: str) -> Run:
    """One run.

    Raises:
        NotFoundError: no such run; names the nearest id.
    """
    raise NotImplementedError


def best_run(ws: Workspace, dataset: str, metric: str = "ndcg@10") -> Run | None:
    """The finished run of that dataset (as it is now) with the highest metric."""
    raise NotImplementedError


def run_report(ws: Workspace, run_id: str) -> Report:
    """The exam a finished run sat: metrics, per-person values, P(like) arrays. Light to load.

    Raises:
        NotFoundError: no such run, or it has no report yet.
    """
    raise NotImplementedError


def load_run_model(ws: Workspace, run_id: str, device: str = "cpu") -> Recommender[Any]:
    """The trained model of a finished run; cached in the process, so a second call is free.

    Raises:
        NotFoundError: no such run, or it has no model yet.
    """
    raise NotImplementedError


def points(ws: Workspace, run_id: str) -> pd.DataFrame:
    """All that was measured while it trained; columns epoch (float: 2.5 = halfway through the third
    pass), name ("loss", "validation_loss", "ndcg@10", "per_second"...), value; in order of time.
    """
    raise NotImplementedError


def log_tail(ws: Workspace, run_id: str, lines: int = 20) -> str:
    """The end of what the run's process printed; "" if it printed nothing."""
    raise NotImplementedError


def delete_run(ws: Workspace, run_id: str) -> None:
    """Forget a run and remove its files.

    Raises:
        JobError: it is still queued or running; stop it first.
    """
    raise NotImplementedError


def redo(ws: Workspace, run_id: str, *, seed: int | None = None) -> Run:
    """Queue the same training again, on exactly the same data; with another seed if given."""
    raise NotImplementedError


def run_folder(ws: Workspace, run_id: str) -> Path:
    """Where the files of a run lie."""
    return ws.runs / run_id

"""What other runs tell of the chance of the seed.

Shapes: G trainings that differ in nothing but the seed, M measures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from recengine.core.errors import SettingsError
from recengine.metrics.two_level import Floats, SeedNoise
from recengine.models import MODELS
from recengine.models.base import ModelConfig
from recengine.services.runs import Run, list_runs
from recengine.services.workspace import Workspace

MOST_RUNS = 12  # that are looked at; more say hardly more


def draws_no_lots(run: Run) -> bool:
    """Whether every seed gives the same model."""
    return run.spec.model in MODELS and MODELS[run.spec.model].deterministic


def same_exam(ws: Workspace, run: Run) -> list[Run]:
    """Finished trainings of the same model on the same data that sat the same exam, newest first."""
    return [
        other
        for other in list_runs(ws, run.spec.dataset, status="done")
        if other.spec.model == run.spec.model
        and other.dataset_fingerprint == run.dataset_fingerprint
        and other.exam is not None
        and run.exam is not None
        and other.exam.key == run.exam.key
    ]


def seed_groups(ws: Workspace, run: Run, but: Collection[str] = ()) -> list[list[Run]]:
    """Trainings with the run's settings, in groups of at least two that differ in nothing but the seed.

    Args:
        but: ids of runs that do not count.
    """
    wanted = run.spec.model_settings()
    found = (other for other in same_exam(ws, run) if other.id not in but)
    alike = [other for other in found if _settings(other) == wanted][:MOST_RUNS]
    groups: dict[str, dict[int, Run]] = {}
    for other in alike:
        described = other.spec.model_copy(update={"seed": 0}).model_dump_json()
        groups.setdefault(described, {})[other.spec.seed] = other
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def _settings(run: Run) -> ModelConfig | None:
    """None for a run of earlier times with settings that its model has no more."""
    try:
        return run.spec.model_settings()
    except SettingsError:
        return None


def noise_of(groups: Sequence[Floats]) -> SeedNoise | None:
    """How far the difference of two trainings goes by chance; None where nothing is known.

    Args:
        groups: the measures of each group's trainings, shape (G, M).
    """
    df = sum(len(mean_GM) - 1 for mean_GM in groups)
    if df <= 0:
        return None
    squares_M = sum(((mean_GM - mean_GM.mean(axis=0)) ** 2).sum(axis=0) for mean_GM in groups)
    # A difference has the noise of two trainings; equal seeds can only make it smaller.
    return SeedNoise(np.sqrt(2 * np.asarray(squares_M) / df), df)

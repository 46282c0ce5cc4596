"""What a training leaves beside its model for what-ifs and updates to come, so that theirs are shorter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.models.base import ModelConfig, Recommender
from recengine.models.ease import Ease, EaseConfig
from recengine.models.ease_kept import leaving, left_in
from recengine.services.files import replacing
from recengine.services.run import Run
from recengine.services.runs import load_run_model, run_folder
from recengine.services.workspace import Workspace
from recengine.strategy.learning.learners import EaseLearner, Learner, learner_of

INVERSES = "inverses"  # a folder of a run


def model_that_leaves(settings: ModelConfig, folder: Path) -> Recommender[Any]:
    """The model of these settings, not fitted yet; what its fits leave goes into the run's folder."""
    if not isinstance(settings, EaseConfig):
        return settings.build()

    def write(name: str, arrays: dict[str, NDArray[Any]]) -> None:
        with replacing(folder / INVERSES / name) as draft:
            np.savez(draft, allow_pickle=False, **arrays)

    return Ease(settings, leaving(write))


def learner_of_run(ws: Workspace, run: Run, data: Dataset) -> Learner[Any]:
    """What brings a run's model up to date.

    Args:
        data: all that the run has learnt from.
    """
    kind = run.spec.split.kind if run.spec.split else "temporal"
    learner = learner_of(run.spec.model_settings().for_exam(kind), run.spec.seed)
    if isinstance(learner, EaseLearner):
        learner.starts = tuple(left_in(run_folder(ws, run.id) / INVERSES))
    learner.take(load_run_model(ws, run.id), data)
    return learner

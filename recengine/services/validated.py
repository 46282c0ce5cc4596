"""A run's model as it is without the validation, to be measured on people it has not learnt from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recengine.core.errors import NotFoundError
from recengine.core.split import Split
from recengine.models.base import ModelConfig, Recommender
from recengine.services.files import read_json, replacing_folder
from recengine.services.fitting import refits
from recengine.services.runs import Run, get_run, load_run_model, run_folder
from recengine.services.training import for_refit
from recengine.services.workspace import Workspace

FOLDER = "validated"  # of a run


def validated_model(
    ws: Workspace, run_id: str, split: Split, *, heard: Callable[[], None] = lambda: None
) -> Recommender[Any]:
    """The run's model, fitted on the training part alone.

    Models that end with a fit on training and validation together are fitted once more, with the run's
    settings and seed and as many passes as did best; that is kept beside the run.

    Args:
        heard: called all along a fit; what it raises ends the fit.

    Raises:
        NotFoundError: no such run, or it has no model yet.
    """
    from recengine.models import load_model

    run, settings = get_run(ws, run_id), _settings(ws, run_id, split)
    if not run.finished:
        raise NotFoundError(f"run '{run_id}' is {run.status} and has no model yet; let it train to its end.")
    if not refits(settings):
        return load_run_model(ws, run_id)
    folder = run_folder(ws, run_id) / FOLDER
    if not folder.exists():
        model = _fitted(run, settings, split, heard)
        with replacing_folder(folder) as draft:
            model.save(draft, run.spec.model)
    return load_model(folder)


def _fitted(run: Run, settings: ModelConfig, split: Split, heard: Callable[[], None]) -> Recommender[Any]:
    model = settings.build()
    for _ in model.training(split.train, seed=run.spec.seed):
        heard()
    return model


def _settings(ws: Workspace, run_id: str, split: Split) -> ModelConfig:
    settings = get_run(ws, run_id).spec.model_settings().for_exam(split.settings.kind)
    searched = read_json(run_folder(ws, run_id) / "searched.json")
    return for_refit(settings, searched["best"]) if searched else settings

"""recengine: train, inspect and explain recommenders. Importing it loads no heavy library.

The verbs are here too, for a script or a notebook, and load what they need when they are first used:

    from recengine import TrainSpec, Workspace, import_dataset, recommend, train

    ws = Workspace.default()
    import_dataset(ws, Path("events.csv"), name="shop")
    run = train(ws, TrainSpec(dataset="shop", model="ease"))
    recommend(ws, run.id, "17850", k=10).frame()
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FOUND_IN = {
    "MODELS": "models",
    "METRICS": "metrics",
    "SplitConfig": "core.split",
    "RecengineError": "core.errors",
    "Workspace": "services.workspace",
    "import_dataset": "services.datasets",
    "ensure_sample": "services.datasets",
    "list_datasets": "services.datasets",
    "load_dataset": "services.datasets",
    "TrainSpec": "services.runs",
    "list_runs": "services.runs",
    "load_run_model": "services.runs",
    "run_report": "services.runs",
    "train": "services.training",
    "submit": "services.jobs",
    "evaluate": "services.evaluation",
    "recommend": "services.recommend",
    "leaderboard": "services.compare",
}

__all__ = ["__version__", *_FOUND_IN]


def __getattr__(name: str) -> Any:
    if name not in _FOUND_IN:
        raise AttributeError(f"module 'recengine' has no attribute '{name}'")
    return getattr(import_module(f"recengine.{_FOUND_IN[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

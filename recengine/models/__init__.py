"""The shelf of models. To add one: write its file, then add its line here."""

import json
from pathlib import Path
from typing import Any

from recengine.core.errors import NotFoundError, SettingsError, did_you_mean
from recengine.models.base import ModelConfig, Recommender
from recengine.models.ease import EaseConfig
from recengine.models.habit import HabitConfig
from recengine.models.hstu import HstuConfig
from recengine.models.ials import IalsConfig
from recengine.models.item_knn import ItemKnnConfig
from recengine.models.lstm import LstmConfig
from recengine.models.popularity import PopularityConfig
from recengine.models.random import RandomConfig
from recengine.models.sasrec import SasrecConfig
from recengine.models.tifu_knn import TifuKnnConfig
from recengine.models.two_tower import TwoTowerConfig

MODELS: dict[str, type[ModelConfig]] = {
    "popularity": PopularityConfig,
    "habit": HabitConfig,
    "item-knn": ItemKnnConfig,
    "tifu-knn": TifuKnnConfig,
    "ease": EaseConfig,
    "ials": IalsConfig,
    "two-tower": TwoTowerConfig,
    "lstm": LstmConfig,
    "sasrec": SasrecConfig,
    "hstu": HstuConfig,
    "random": RandomConfig,
}


def model_config(name: str, settings: dict[str, Any] | None = None) -> ModelConfig:
    """The settings object of a model on the shelf.

    Raises:
        SettingsError: no such model, or a setting it does not take.
    """
    if name not in MODELS:
        raise SettingsError(f"there is no model '{name}'. {did_you_mean(name, MODELS)}")
    return MODELS[name].of(settings or {})


def load_model(folder: Path, device: str = "cpu") -> Recommender[Any]:
    """The model that `Recommender.save` wrote into a folder.

    Raises:
        NotFoundError: there is no finished model in that folder.
    """
    from safetensors.numpy import load_file

    if not (folder / "model.json").exists():
        raise NotFoundError(f"no finished model in {folder}; train the run to its end first.")
    described = json.loads((folder / "model.json").read_text())
    model: Recommender[Any] = model_config(described["model"], described["config"]).build()
    model.restore(load_file(folder / "weights.safetensors"), described["meta"])
    return model.to(device)

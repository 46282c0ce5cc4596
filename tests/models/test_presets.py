"""The presets for a GPU are as large as they are said to be; nothing is allocated to find out."""

from __future__ import annotations

import pytest
import torch

from recengine.core.dataset import DataSize
from recengine.models import MODELS
from recengine.models.neural import NeuralRecommender

SIZES = {"large": 100_000_000, "huge": 1_000_000_000}
NAMES = [(name, preset) for name, config in MODELS.items() for preset in config.gpu_presets]


@pytest.mark.parametrize(("name", "preset"), NAMES)
def test_a_preset_for_a_gpu_has_the_weights_it_promises(name: str, preset: str) -> None:
    size = DataSize(interactions=20_000_000, people=138_000, items=27_000, repeats=False)
    model = MODELS[name].of(MODELS[name].preset(preset, size)).build()
    assert isinstance(model, NeuralRecommender)
    with torch.device("meta"):
        reader = model.reader()
    weights = sum(weight.numel() for weight in reader.parameters())
    assert SIZES[preset] <= weights <= 1.2 * SIZES[preset]

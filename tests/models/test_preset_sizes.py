"""Neural presets follow the size of the data."""

from __future__ import annotations

import pytest

from recengine.core.dataset import DataSize
from recengine.models import MODELS, model_config
from recengine.models.base import PRESETS

NEURAL = pytest.mark.parametrize(
    "name", [name for name, config in MODELS.items() if config.family == "neural"]
)
PRESET = pytest.mark.parametrize("preset", PRESETS)


def of_size(name: str, preset: str, **changes: int) -> dict[str, object]:
    """All settings of a preset on data like MovieLens 1M, but for the changes."""
    size = {"interactions": 1_000_000, "people": 6_000, "items": 4_000, **changes}
    settings = MODELS[name].preset(preset, DataSize(**size, repeats=False))
    return MODELS[name].of(settings).model_dump()


@NEURAL
@PRESET
def test_few_events_are_passed_more_often_in_smaller_steps(name: str, preset: str) -> None:
    few, usual = of_size(name, preset, interactions=5_000, people=100), of_size(name, preset)
    assert few["epochs"] > usual["epochs"]  # type: ignore[operator]
    assert few["batch"] <= usual["batch"]  # type: ignore[operator]
    assert 8 <= few["batch"] <= 16  # type: ignore[operator]


@NEURAL
@PRESET
def test_many_events_are_passed_less_often_but_not_never(name: str, preset: str) -> None:
    many, usual = of_size(name, preset, interactions=500_000_000), of_size(name, preset)
    assert 1 <= many["epochs"] <= usual["epochs"]  # type: ignore[operator]
    assert many["batch"] == usual["batch"]


@NEURAL
@PRESET
def test_of_very_many_items_only_drawn_ones_are_compared(name: str, preset: str) -> None:
    assert of_size(name, preset, items=2_000_000)["negatives"] != 0


@NEURAL
def test_without_a_size_presets_are_as_they_are_written_down(name: str) -> None:
    assert MODELS[name].preset("quick") == MODELS[name].presets["quick"]


def test_quick_is_less_work_than_balanced_and_balanced_than_best() -> None:
    size = DataSize(interactions=1_000_000, people=6_000, items=4_000, repeats=False)
    for name, config in MODELS.items():
        efforts = [model_config(name, config.preset(preset, size)).effort(size) for preset in PRESETS]
        assert efforts == sorted(efforts)

"""No model needs memory for items x items or people x items, but for those that refuse when it gets tight."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.core.profiles import Profiles
from recengine.models import MODELS, model_config

NUM_ITEMS, NUM_PEOPLE, EVENTS = 40_000, 10_000, 4
ALLOWED_MIB = (
    1000  # 40,000 x 40,000 pairs take 1,526 MiB even as single bytes; people x items 1,526 as float32
)
SQUARE = {"ease"}  # tests/models/test_ease.py has its refusal
NAMES = [name for name in MODELS if name not in SQUARE]
SMALL = {"epochs": 1, "dims": 8, "factors": 8, "negatives": 64}


def wide() -> Dataset:
    """Few events on a large catalogue."""
    draw = np.random.default_rng(0)
    count = NUM_PEOPLE * EVENTS
    events = pd.DataFrame(
        {
            USER: draw.integers(0, NUM_PEOPLE, count),
            ITEM: draw.integers(0, NUM_ITEMS, count),
            TIME: draw.uniform(0, 100 * DAY, count),
            WEIGHT: 1.0,
        }
    )
    people, items = (
        Entities(
            pd.Index([f"{letter}{n}" for n in range(size)], dtype="str"), pd.DataFrame(index=range(size)), {}
        )
        for letter, size in (("p", NUM_PEOPLE), ("i", NUM_ITEMS))
    )
    about = About(source="made up", licence="none needed", weight_unit="events")
    return Dataset("wide", Interactions.sorted(events), people, items, "wide", about)


def peak_mib() -> float:
    """Most memory this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, data: Dataset) -> float:
    """Fit, score and list in this process; by how much the peak rose, in MiB."""
    config = model_config(name, MODELS[name].presets["quick"])
    small = {key: value for key, value in SMALL.items() if key in type(config).model_fields}
    model, before = config.model_copy(update=small).build(), peak_mib()
    model.fit(data).top_k(Profiles.of(data, np.arange(600), 100 * DAY), 10)
    return peak_mib() - before


def measure_all() -> None:
    """Print how much each model takes, in a process of its own that begins with libraries and data loaded."""
    import torch  # noqa: F401 (its own size is none of the models')

    data, grown = wide(), {}
    for name in NAMES:
        with get_context("fork").Pool(1) as alone:
            grown[name] = alone.apply(measured, (name, data))
    json.dump(grown, sys.stdout)


@pytest.fixture(scope="module")
def grown_mib() -> dict[str, float]:
    """By how much the peak of memory rises with each model."""
    done = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, check=False, timeout=290
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_memory_does_not_grow_with_the_product(name: str, grown_mib: dict[str, float]) -> None:
    assert grown_mib[name] < ALLOWED_MIB


if __name__ == "__main__":
    measure_all()

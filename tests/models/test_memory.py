"""No model needs memory for items x items or people x items, but for those that refuse when it gets tight."""

from __future__ import annotations

import resource
import subprocess
import sys

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


def measure(name: str) -> None:
    """Fit, score and list in this process; print by how much the peak rose."""
    config = model_config(name, MODELS[name].presets["quick"])
    small = {key: value for key, value in SMALL.items() if key in type(config).model_fields}
    model = config.model_copy(update=small).build()
    if model.iterative:
        import torch  # noqa: F401 (its own size is none of the model's)
    data, before = wide(), peak_mib()
    model.fit(data).top_k(Profiles.of(data, np.arange(600), 100 * DAY), 10)
    sys.stdout.write(f"{peak_mib() - before}\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if name not in SQUARE])
def test_memory_does_not_grow_with_the_product(name: str) -> None:
    done = subprocess.run(
        [sys.executable, __file__, name], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout.splitlines()[-1]) < ALLOWED_MIB


if __name__ == "__main__":
    measure(sys.argv[1])

"""Training on a GPU: seconds per pass over generated data of ML-20M's shape, and the share of its rate.

Rows are written on a machine without a GPU too, as owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from recengine.models import MODELS, model_config
from recengine.models.events import Epoch
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import floors, readers
from tests.benchmarks.floors import Work

PART = "gpu"
PEOPLE, ITEMS, EVENTS = 138_493, 26_744, 20_000_263  # MovieLens 20M
PASSES = 3  # the last is measured
HISTORY = 200  # events
PRODUCT, PRODUCTS = 8192, 20  # size of the matrices, and how many products are timed
PLAIN = {
    "features": False,
    "trend": False,
    "start": "random",
    "repeats": "off",
    "moments": 0,
    "horizon_events": 1,
    "history": HISTORY,
}


@dataclass(frozen=True)
class Training:
    """One training.

    Attributes:
        aim_s: seconds per pass that were asked for on an H100.
        floor_s: what a pass must take at least there, see docs/benchmarks.md.
        work: of one event, forward, given how far the mean event looks back.
    """

    name: str
    model: str
    settings: dict[str, Any]
    work: Callable[[float], Work]
    aim_s: float | None = None
    floor_s: float | None = None


def _attention(dims: int, layers: int, scored: int) -> Callable[[float], Work]:
    """One event through the blocks and against the items it is compared with."""
    return lambda back: (
        floors.attention_block(dims, dims, back) * layers + floors.catalogue_scores(dims, scored)
    )


TRAININGS = (
    Training(
        "two-tower, 64 dims, 1,024 shared negatives",
        "two-tower",
        {"dims": 64, "negatives": 1024},
        lambda back: floors.catalogue_scores(64, 1024),
        aim_s=0.3,
        floor_s=0.06,
    ),
    Training(
        "sasrec, 256 dims, 4 blocks, whole catalogue",
        "sasrec",
        {**PLAIN, "dims": 256, "layers": 4, "heads": 8, "negatives": 0, "batch": 512},
        _attention(256, 4, ITEMS),
        aim_s=4,
        floor_s=1.1,
    ),
    Training(
        "hstu-large, 256 dims, 16 blocks, 128 drawn items",
        "hstu",
        {
            **PLAIN,
            "dims": 256,
            "layers": 16,
            "heads": 8,
            "negatives": 128,
            "batch": 512,
        },
        _attention(256, 16, 128),
        aim_s=2,
        floor_s=0.6,
    ),
    Training(
        "sasrec, large: 1,024 dims, 8 blocks (100 million parameters)",
        "sasrec",
        {
            **PLAIN,
            "dims": 1024,
            "layers": 8,
            "heads": 16,
            "negatives": 4096,
            "batch": 256,
        },
        _attention(1024, 8, 4096),
    ),
)


def rows(options: BenchOptions) -> Iterator[Row]:
    """A row for each training, or for each that is owed."""
    import torch

    about = (
        f"One pass over generated data of the shape of MovieLens 20M: {EVENTS:,} events of {PEOPLE:,} "
        f"people with {ITEMS:,} items. Aims and floors are for one H100."
    )
    on_gpu = options.device.startswith("cuda") and torch.cuda.is_available()
    for training in TRAININGS:
        if not options.among([training.model]) or training.model not in MODELS:
            continue
        row = _measured(training, options.device) if on_gpu else _owed(training)
        yield replace(row, part=PART, about=about)


def _owed(training: Training) -> Row:
    import torch

    there = torch.cuda.is_available()
    why = "not asked for: say --device cuda" if there else "owed: no GPU on this machine"
    return Row(training.name, None, "s", _floor(training), aim=training.aim_s, note=why)


def _floor(training: Training) -> str:
    return "" if training.floor_s is None else f"floor on an H100: {training.floor_s:g} s"


def _measured(training: Training, device: str) -> Row:
    import torch

    data = readers.generated(PEOPLE, ITEMS, EVENTS)
    model = model_config(training.model, {**training.settings, "epochs": PASSES}).build()
    last = Epoch(0, 0, float("nan"))
    for event in model.training(data, device=device):
        if isinstance(event, Epoch):
            last = event
            print(f"{training.name}: pass {event.number}, {event.seconds:.2f} s", flush=True)
    lengths_U = np.diff(data.interactions.offsets_by_user(data.num_users))
    work = training.work(floors.looked_back(lengths_U, HISTORY)) * floors.FORWARD_AND_BACKWARD
    events_s = last.interactions / last.seconds
    return Row(
        training.name,
        last.seconds,
        "s",
        _floor(training),
        aim=training.aim_s,
        note=f"{events_s:,.0f} events/s, {events_s * work.flops / _peak(device):.0%} of the rate of a plain "
        "bfloat16 product",
        machine=f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}",
    )


def _peak(device: str) -> float:
    """Operations per second of a plain bfloat16 matrix product, measured."""
    import torch

    left = torch.randn(PRODUCT, PRODUCT, device=device, dtype=torch.bfloat16)
    left @ left
    torch.cuda.synchronize()
    began = perf_counter()
    for _ in range(PRODUCTS):
        left @ left
    torch.cuda.synchronize()
    return PRODUCTS * 2.0 * PRODUCT**3 / (perf_counter() - began)

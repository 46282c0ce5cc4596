"""Training on a GPU: seconds per pass over generated data of ML-20M's shape, and the share of its rate.

Rows are written on a machine without a GPU too, as owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from recengine.core.dataset import Dataset
from recengine.models import MODELS, model_config
from recengine.models.base import ModelConfig
from recengine.models.events import Epoch
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import floors, readers
from tests.benchmarks.floors import FORWARD_AND_BACKWARD, Work

PART = "gpu"
PEOPLE, ITEMS, EVENTS = 138_493, 26_744, 20_000_263  # MovieLens 20M
SOME = 100  # a hundredth of the people, where the rate alone is of interest
PASSES = 3  # the last is measured
PRODUCT, PRODUCTS = 8192, 20  # size of the matrices, and how many products are timed
PLAIN = {
    "features": False,
    "trend": False,
    "start": "random",
    "repeats": "off",
    "moments": 0,
    "horizon_events": 1,
    "epochs": PASSES,
}


@dataclass(frozen=True)
class Training:
    """One training, on all of the data or on some.

    Attributes:
        aim_s: seconds per pass that were asked for on an H100.
        floor_s: what a pass must take at least there, see docs/benchmarks.md.
    """

    name: str
    model: str
    settings: dict[str, Any] = field(default_factory=dict)
    preset: str = "balanced"
    aim_s: float | None = None
    floor_s: float | None = None
    some: bool = False

    def config(self) -> ModelConfig:
        """The settings as they are trained with."""
        return model_config(self.model, MODELS[self.model].preset(self.preset) | self.settings)

    def data(self) -> Dataset:
        """As many events as it is measured on."""
        share = SOME if self.some else 1
        return readers.generated(PEOPLE // share, ITEMS, EVENTS // share)


TRAININGS = (
    Training(
        "two-tower, 64 dims, 1,024 shared negatives",
        "two-tower",
        {
            "features": False,
            "trend": False,
            "start": "random",
            "dims": 64,
            "negatives": 1024,
            "epochs": PASSES,
        },
        aim_s=0.3,
        floor_s=0.06,
    ),
    Training(
        "sasrec, 256 dims, 4 blocks, whole catalogue",
        "sasrec",
        {**PLAIN, "dims": 256, "layers": 4, "heads": 8, "batch": 512},
        aim_s=4,
        floor_s=1.1,
    ),
    Training(
        "hstu-large, 256 dims, 16 blocks, 128 drawn items",
        "hstu",
        {**PLAIN, "dims": 256, "layers": 16, "heads": 8, "negatives": 128, "batch": 512},
        aim_s=2,
        floor_s=0.6,
    ),
    *(
        Training(f"{model}, preset {preset}, a hundredth of the people", model, PLAIN, preset, some=True)
        for model in ("sasrec", "hstu")
        for preset in ("large", "huge")
    ),
)


def rows(options: BenchOptions) -> Iterator[Row]:
    """A row for each training, or for each that is owed."""
    import torch

    about = (
        f"One pass over generated data of the shape of MovieLens 20M: {EVENTS:,} events of {PEOPLE:,} people "
        f"with {ITEMS:,} items. Aims and floors are for one H100."
    )
    there = torch.cuda.is_available()
    on_gpu = there and options.device.startswith("cuda")
    why = "not asked for: say --device cuda" if there else "owed: no GPU on this machine"
    for training in TRAININGS:
        if training.model not in options.among([training.model]):
            continue
        floor = "" if training.floor_s is None else f"floor on an H100: {training.floor_s:g} s"
        row = Row(training.name, None, "s", floor, aim=training.aim_s, note=why, part=PART, about=about)
        yield _measured(training, row, options.device) if on_gpu else row


def _measured(training: Training, row: Row, device: str) -> Row:
    import torch

    data, config, last = training.data(), training.config(), Epoch(0, 0, float("nan"))
    for event in config.build().training(data, device=device):
        if isinstance(event, Epoch):
            last = event
            print(f"{training.name}: pass {event.number}, {event.seconds:.2f} s", flush=True)
    events_s = last.interactions / last.seconds
    lengths_U = np.diff(data.interactions.offsets_by_user(data.num_users))
    work = WORK[training.model](config, lengths_U) * FORWARD_AND_BACKWARD
    share = events_s * work.flops / _peak(device)
    return replace(
        row,
        value=last.seconds,
        note=f"{events_s:,.0f} events/s, {share:.1%} of the rate of a plain bfloat16 product",
        machine=f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}",
    )


def _sasrec_work(config: Any, lengths_U: np.ndarray) -> Work:
    back = floors.looked_back(lengths_U, config.history)
    blocks = floors.attention_block(config.dims, int(config.dims * config.widening), back) * config.layers
    return blocks + _scored(config)


def _hstu_work(config: Any, lengths_U: np.ndarray) -> Work:
    back = floors.looked_back(lengths_U, config.history)
    return floors.pointwise_block(config.dims, back) * config.layers + _scored(config)


def _scored(config: Any, *_: Any) -> Work:
    """A state against the items it is compared with."""
    return floors.catalogue_scores(config.dims, config.negatives or ITEMS)


WORK: dict[str, Callable[..., Work]] = {"two-tower": _scored, "sasrec": _sasrec_work, "hstu": _hstu_work}


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

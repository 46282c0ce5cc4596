"""What a training leaves beside its model for the what-ifs to come, so that theirs are shorter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.models.base import ModelConfig, Recommender
from recengine.models.ease import Ease, EaseConfig
from recengine.models.ease_kept import leaving
from recengine.services.files import replacing

INVERSES = "inverses"  # a folder of a run


def model_that_leaves(settings: ModelConfig, folder: Path) -> Recommender[Any]:
    """The model of these settings, not fitted yet; what its fits leave goes into the run's folder."""
    if not isinstance(settings, EaseConfig):
        return settings.build()

    def write(name: str, arrays: dict[str, NDArray[Any]]) -> None:
        with replacing(folder / INVERSES / name) as draft:
            np.savez(draft, allow_pickle=False, **arrays)

    return Ease(settings, leaving(write))

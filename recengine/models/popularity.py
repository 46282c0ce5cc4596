"""Popularity: everyone gets what most people chose. The first line any other model has to beat."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models.base import ModelConfig
from recengine.models.closed_form import ClosedForm

Counting = Literal["people", "events"]


class PopularityConfig(ModelConfig):
    """How fast old events fade, and whether people or events are counted."""

    title: ClassVar[str] = "Popularity"
    summary: ClassVar[str] = "Recommends to everyone what was chosen most, of late or ever."
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {},
        "balanced": {},
        "best": {"half_life_days": 28.0},
    }

    half_life_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="Age in days at which an event counts half. Empty: events never fade.",
    )

    counting: Counting = Field(
        default="people",
        description="people: everyone counts once for an item, by their strongest event with it. events: "
        "every event counts.",
    )

    def build(self) -> Popularity:
        return Popularity(self)


class Popularity(ClosedForm[PopularityConfig]):
    """The score of an item is the logarithm of its faded weight, for everyone alike."""

    personal = False

    def __init__(self, config: PopularityConfig) -> None:
        super().__init__(config)
        self.score_I = np.zeros(0, np.float32)

    def learn(self, data: Dataset, seed: int) -> None:
        weight_I = faded_weight(data, self.config.half_life_days, self.config.counting)
        self.score_I = np.log1p(weight_I).astype(np.float32)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        return np.tile(self.score_I, (len(profiles), 1))

    @property
    def num_items(self) -> int:
        return len(self.score_I)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"score_I": self.score_I}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.score_I = arrays["score_I"]


def faded_weight(
    data: Dataset, half_life_days: float | None = None, counting: Counting = "people"
) -> NDArray[np.float64]:
    """Each item's summed weight, halved every half-life back from the last event; shape (I,)."""
    events = data.interactions
    weights, items = events.column(WEIGHT).astype(np.float64), events.column(ITEM)
    if half_life_days is not None and len(events):
        times = events.column(TIME)
        weights *= fading(times[-1] - times, half_life_days)
    if counting == "people":
        pairs = pd.Series(weights).groupby([items, events.column(USER)]).max()
        weights, items = pairs.to_numpy(), pairs.index.get_level_values(0).to_numpy()
    return np.bincount(items, weights, minlength=data.num_items).astype(np.float64)


def fading(age_seconds: NDArray[np.float64], half_life_days: float) -> NDArray[np.float64]:
    """How much an event of that age still counts: 1 now, 1/2 after the half-life."""
    return np.exp2(-age_seconds / (half_life_days * DAY))

"""Popularity: everyone gets what most people chose. The first line any other model has to beat."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models.base import Family, ModelConfig
from recengine.models.closed_form import ClosedForm

FLOOR = 0.01  # of the average item: keeps the logarithm finite where nobody chose an item
Counting = Literal["people", "events"]


class PopularityConfig(ModelConfig):
    """How fast old events fade, and whether people or events are counted."""

    title: ClassVar[str] = "Popularity"
    summary: ClassVar[str] = "Recommends to everyone what was chosen most, of late or ever."
    family: ClassVar[Family] = "rules"
    deterministic: ClassVar[bool] = True
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {},
        "balanced": {},
        "best": {"half_life_days": 28.0},
    }
    variations: ClassVar[tuple[dict[str, Any], ...]] = ({"half_life_days": 7.0}, {"half_life_days": 90.0})

    half_life_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="Age in days at which an event counts half. Empty: events never fade.",
    )

    counting: Counting = Field(
        default="people",
        description="people: everyone counts once for an item, as old as their last event with it. events: "
        "every event counts, by its weight.",
    )

    @property
    def reads_weights(self) -> bool:
        return self.counting == "events"

    def build(self) -> Popularity:
        return Popularity(self)


class Popularity(ClosedForm[PopularityConfig]):
    """The score of an item is the logarithm of how many times the average it was chosen.

    (Counts themselves grow with the data, and what was learnt on less would say nothing of more.)
    """

    personal = False

    def __init__(self, config: PopularityConfig) -> None:
        super().__init__(config)
        self.score_I = np.zeros(0, np.float32)

    def learn(self, data: Dataset, seed: int) -> None:
        count_I = faded_counts(data, self.config.half_life_days, self.config.counting)
        average = count_I.mean() if count_I.any() else 1.0
        self.score_I = np.log(count_I / average + FLOOR).astype(np.float32)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        return np.tile(self.score_I, (len(profiles), 1))

    @property
    def num_items(self) -> int:
        return len(self.score_I)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"score_I": self.score_I}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.score_I = arrays["score_I"]


def faded_counts(
    data: Dataset, half_life_days: float | None = None, counting: Counting = "people"
) -> NDArray[np.float64]:
    """How many people or events each item has, halved every half-life back; shape (I,)."""
    events = data.interactions
    frame = events.frame if counting == "events" else events.frame.drop_duplicates([USER, ITEM], keep="last")
    counts = frame[WEIGHT].to_numpy(np.float64) if counting == "events" else np.ones(len(frame))
    if half_life_days is not None and len(frame):
        counts = counts * fading(events.column(TIME)[-1] - frame[TIME].to_numpy(), half_life_days)
    return np.bincount(frame[ITEM], counts, minlength=data.num_items).astype(np.float64)


def fading(age_seconds: NDArray[np.float64], half_life_days: float) -> NDArray[np.float64]:
    """How much an event of that age still counts: 1 now, 1/2 after the half-life."""
    return np.exp2(-age_seconds / (half_life_days * DAY))

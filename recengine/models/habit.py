"""Habit: each person gets what they keep coming back to. The line to beat where things repeat."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models.base import Candidates, Family, ModelConfig
from recengine.models.closed_form import ClosedForm
from recengine.models.popularity import faded_counts, fading

FLOOR = 1e-12  # keeps the logarithm finite for items nobody ever chose


class HabitConfig(ModelConfig):
    """How long a habit lasts, and what popularity adds to it."""

    title: ClassVar[str] = "Habit"
    summary: ClassVar[str] = "Recommends what this person chooses most often, the recent counting more."
    family: ClassVar[Family] = "rules"
    deterministic: ClassVar[bool] = True
    variations: ClassVar[tuple[dict[str, Any], ...]] = ({"half_life_days": 30.0}, {"half_life_days": 365.0})

    half_life_days: float = Field(
        default=120.0,
        gt=0,
        le=36_500,
        description="Age in days at which one of the person's own events counts half.",
    )
    popularity_weight: float = Field(
        default=0.001,
        gt=0,
        le=1000,
        description="What the most popular item counts on top, in events of the person made just now. "
        "Small: popularity only breaks ties and fills the list of someone without a history.",
    )

    def build(self) -> Habit:
        return Habit(self)


class Habit(ClosedForm[HabitConfig]):
    """The score of an item is the logarithm of the person's own faded weight plus a little popularity."""

    def __init__(self, config: HabitConfig) -> None:
        super().__init__(config)
        self.popularity_I = np.zeros(0, np.float32)

    def learn(self, data: Dataset, seed: int) -> None:
        count_I = faded_counts(data)
        self.popularity_I = (count_I / max(count_I.max(initial=0), FLOOR)).astype(np.float32)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        shape = (len(profiles), self.num_items)
        cells = profiles.rows * self.num_items + profiles.items
        own_BI = np.bincount(cells, self._faded(profiles), minlength=shape[0] * shape[1]).reshape(shape)
        return self._score(own_BI.astype(np.float64), self.popularity_I)

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        asked, place_M = np.unique(candidates.items, return_inverse=True)
        among = np.isin(profiles.items, asked)
        cells = profiles.rows[among] * len(asked) + np.searchsorted(asked, profiles.items[among])
        own_BA = np.bincount(cells, self._faded(profiles)[among], minlength=len(profiles) * len(asked))
        own_BM = own_BA.reshape(-1, len(asked)).astype(np.float64)[:, place_M]
        return self._score(own_BM, self.popularity_I[candidates.items])

    def _faded(self, profiles: Profiles) -> NDArray[np.float64]:
        """What each event still counts, shape (events,)."""
        age = profiles.now[profiles.rows] - profiles.times
        return profiles.weights * fading(age, self.config.half_life_days)

    def _score(self, own_BM: NDArray[np.float64], popularity_M: NDArray[np.float32]) -> NDArray[np.float32]:
        weighed_M = self.config.popularity_weight * popularity_M
        return np.log(own_BM + weighed_M + FLOOR).astype(np.float32)

    @property
    def num_items(self) -> int:
        return len(self.popularity_I)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"popularity_I": self.popularity_I}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.popularity_I = arrays["popularity_I"]

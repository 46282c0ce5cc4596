"""The rules of the planted behaviour as a model: what has nothing left to learn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.data.planted import CATALOGUE, HOBBIES
from recengine.models.base import Candidates, ModelConfig, Recommender
from recengine.models.events import Event, Validate

LIFT = 3.0  # log-odds of what a rule speaks for
LOYALTY = 0.75  # of each good of the same maker


class Rule(Recommender[ModelConfig]):
    """Every item has 0 log-odds, and what the rules say on top."""

    def training(
        self,
        data: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",
        validate: Validate | None = None,
        resume: Path | None = None,
    ) -> Iterator[Event]:
        self._items = data.num_items
        yield from ()

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        every = np.arange(self._items, dtype=np.int32)
        return self.score_candidates(profiles, Candidates(every, ~self.known_columns(every)))

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        had_BI = np.zeros((len(profiles), self._items))
        had_BI[profiles.rows, profiles.items] = 1
        score_BI = np.zeros_like(had_BI)
        score_BI[:, CATALOGUE.followers] = LIFT * had_BI[:, CATALOGUE.openers]
        hobby_BH = profiles.features["hobby"].to_numpy()[:, None] == np.array(HOBBIES)
        score_BI[:, CATALOGUE.hobby_items[:, 0]] = LIFT * hobby_BH
        goods_BM = had_BI[:, CATALOGUE.goods].sum(axis=2)
        for maker, codes in enumerate(CATALOGUE.goods):
            score_BI[:, codes] = LOYALTY * goods_BM[:, [maker]]
        score_BM = score_BI[:, candidates.items]
        made = np.isin(candidates.items, CATALOGUE.goods) & candidates.hidden_MC[:, 0]
        score_BM[:, made] = LOYALTY * goods_BM.mean(axis=1, keepdims=True)
        return score_BM.astype(np.float32)

    @property
    def num_items(self) -> int:
        return self._items

    @property
    def person_columns(self) -> tuple[str, ...]:
        return "hobby", "town", "age"

    @property
    def item_columns(self) -> tuple[str, ...]:
        return "maker", "colour", "weight_g"

    def known_columns(self, items: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.ones((len(items), len(self.item_columns)), bool)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        """Nothing is learnt."""

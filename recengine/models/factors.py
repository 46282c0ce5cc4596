"""What the models share whose score is a product: a person's vector times an item's vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.product_ranking import PEOPLE_AT_ONCE, products, top_k_of_products
from recengine.core.profiles import Profiles
from recengine.core.ranking import Ranking
from recengine.models.base import C, Candidates, Recommender


class FactorModel(Recommender[C]):
    """Ranks without ever holding a catalogue's row of scores. Subclasses give it both kinds of vectors."""

    @abstractmethod
    def person_vectors(self, profiles: Profiles) -> NDArray[np.float32]:
        """What the model makes of each profile, shape (B, D)."""

    @abstractmethod
    def item_vectors(self) -> NDArray[np.float32]:
        """What the model knows of each item, shape (I, D)."""

    @property
    def num_items(self) -> int:
        return len(self.item_vectors())

    @property
    def people_per_block(self) -> int:
        return max(PEOPLE_AT_ONCE, super().people_per_block)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        return self.person_vectors(profiles) @ self.item_vectors().T

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        return self.person_vectors(profiles) @ self.item_vectors()[candidates.items].T

    def _top_k_block(
        self, block: Profiles, k: int, repeats: Repeats, catalogue_I: NDArray[np.bool_] | None
    ) -> Ranking:
        catalogue_I = np.ones(self.num_items, bool) if catalogue_I is None else catalogue_I
        rows, items = np.zeros(0, np.int64), np.zeros(0, np.int32)
        lists, _ = self.examine(block, k, [repeats], catalogue_I=catalogue_I, rows=rows, items=items)
        return lists[0]

    def examine(
        self,
        block: Profiles,
        k: int,
        questions: Sequence[Repeats],
        *,
        catalogue_I: NDArray[np.bool_],
        rows: NDArray[np.int64],
        items: NDArray[np.int32],
    ) -> tuple[list[Ranking], NDArray[np.float32]]:
        person_BD, item_ID, had = self.person_vectors(block), self.item_vectors(), block.history
        lists = [
            top_k_of_products(person_BD, item_ID, k, had=had, repeats=repeats, catalogue_I=catalogue_I)
            for repeats in questions
        ]
        return lists, products(person_BD, item_ID, rows, items)

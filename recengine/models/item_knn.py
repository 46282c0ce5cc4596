"""Neighbouring items: what was chosen by the same people (Deshpande & Karypis, TOIS 2004).

Shapes: U people of a dataset, B of some profiles, I items, K neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.dataset import Dataset, DataSize
from recengine.core.errors import JobError
from recengine.core.profiles import Profiles
from recengine.models import event_matrix
from recengine.models.base import ModelConfig
from recengine.models.closed_form import ClosedForm
from recengine.models.event_matrix import WEIGHTING_HELP, Weighting, arrays_of, matrix_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SECONDS_PER_PAIR = 2e-9  # of one person's events; roughly


class ItemKnnConfig(ModelConfig):
    """How many neighbours an item has, and how sure it must be of them."""

    title: ClassVar[str] = "Item neighbours"
    summary: ClassVar[str] = "Recommends items that were chosen by the same people as this person's own."
    variations: ClassVar[tuple[dict[str, Any], ...]] = (
        {"neighbours": 20},
        {"shrinkage": 50.0},
        {"weighting": "binary"},
    )

    neighbours: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="How many most similar items speak for each item.",
        json_schema_extra={"group": "Model", "advanced": False},
    )
    shrinkage: float = Field(
        default=10.0,
        ge=0,
        le=1e6,
        description="Damps similarities that rest on few people; added to the product of two items' lengths.",
        json_schema_extra={"group": "Regularisation", "advanced": False},
    )
    weighting: Weighting = Field(
        default="log",
        description=WEIGHTING_HELP,
        json_schema_extra={"group": "Model", "advanced": True},
    )

    def effort(self, size: DataSize) -> float:
        events_per_person = size.interactions / max(1, size.people)
        return SECONDS_PER_PAIR * size.interactions * events_per_person

    def build(self) -> ItemKnn:
        return ItemKnn(self)


class ItemKnn(ClosedForm[ItemKnnConfig]):
    """An item's score is the similarity to it of what the profile holds, summed over its neighbours there."""

    def __init__(self, config: ItemKnnConfig) -> None:
        super().__init__(config)
        self._weights: csr_array | None = None

    def learn(self, data: Dataset, seed: int) -> None:
        from scipy.sparse import csr_array

        from recengine.models.neighbours import NOBODY, nearest

        x_UI = event_matrix.of_dataset(data, self.config.weighting)
        k = min(self.config.neighbours, data.num_items)
        near_IK, alike_IK = nearest(x_UI.T.tocsr(), x_UI, k, shrinkage=self.config.shrinkage, itself=False)
        items, places = np.nonzero(near_IK != NOBODY)
        entries = (alike_IK[items, places], (near_IK[items, places], items))
        self._weights = csr_array(entries, shape=(data.num_items, data.num_items))

    @property
    def weights(self) -> csr_array:
        """How much having one item (row) says for another (column), shape (I, I)."""
        if self._weights is None:
            raise JobError(f"this {self.config.title} has learnt nothing yet; call fit(dataset) first.")
        return self._weights

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        from recengine.models.neighbours import product

        return product(
            event_matrix.of_profiles(profiles, self.num_items, self.config.weighting), self.weights
        )

    @property
    def num_items(self) -> int:
        return int(self.weights.shape[0])

    def arrays(self) -> dict[str, NDArray[Any]]:
        return arrays_of(self.weights)

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self._weights = matrix_of(arrays)

"""Neighbouring items: what was chosen by the same people (Deshpande & Karypis, TOIS 2004).

The similarity is the asymmetric cosine of Aiolli (RecSys 2013) with shrinkage, over people who may count less
the more they chose; exponents of 0.5 and 0 make it the plain cosine.

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
from recengine.models.base import Candidates, ModelConfig
from recengine.models.closed_form import ClosedForm
from recengine.models.event_matrix import WEIGHTING_HELP, Weighting, arrays_of, matrix_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SECONDS_PER_PAIR = 2e-9  # of one person's events; roughly


class ItemKnnConfig(ModelConfig):
    """How many neighbours an item has, and how sure it must be of them."""

    title: ClassVar[str] = "Item neighbours"
    summary: ClassVar[str] = "Recommends items that were chosen by the same people as this person's own."
    deterministic: ClassVar[bool] = True
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"neighbours": 50},
        "balanced": {},
        "best": {"neighbours": 400},
    }
    variations: ClassVar[tuple[dict[str, Any], ...]] = (
        {"target_exponent": 0.5, "person_exponent": 0.0},
        {"shrinkage": 20.0},
        {"weighting": "binary"},
    )

    neighbours: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="How many most similar items speak for each item.",
        json_schema_extra={"group": "Model", "advanced": False},
    )
    shrinkage: float = Field(
        default=1.0,
        ge=0,
        le=1e6,
        description="Damps similarities that rest on few people; added to what they are divided by.",
        json_schema_extra={"group": "Regularisation", "advanced": False},
    )
    target_exponent: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Share of the damping of popular items that falls on the recommended one; the rest falls "
        "on the one in the profile. 0.5: the cosine. Less recommends popular things more.",
        json_schema_extra={"group": "Model", "advanced": True},
    )
    person_exponent: float = Field(
        default=0.5,
        ge=0,
        le=2,
        description="How much less a person counts who chose more. 0: everyone counts alike; 1: as little as "
        "they chose much.",
        json_schema_extra={"group": "Model", "advanced": True},
    )
    weighting: Weighting = Field(
        default="log",
        description=WEIGHTING_HELP,
        json_schema_extra={"group": "Model", "advanced": True},
    )

    def effort(self, size: DataSize) -> float:
        events_per_person = size.interactions / max(1, size.people)
        return SECONDS_PER_PAIR * size.interactions * events_per_person

    @property
    def reads_weights(self) -> bool:
        return self.weighting == "log"

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

        config, x_UI = self.config, event_matrix.of_dataset(data, self.config.weighting)
        squares_U, squares_I = (x_UI.multiply(x_UI).sum(axis=axis) for axis in (1, 0))
        turned_IU = x_UI.T.tocsr()
        turned_IU.data *= squares_U[turned_IU.indices] ** -config.person_exponent
        near_IK, alike_IK = nearest(
            turned_IU,
            x_UI,
            min(config.neighbours, data.num_items),
            damping=(squares_I**config.target_exponent, squares_I ** (1 - config.target_exponent)),
            shrinkage=config.shrinkage,
            itself=False,
        )
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

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        x_BI = event_matrix.of_profiles(profiles, self.num_items, self.config.weighting)
        return np.asarray((x_BI @ self.weights[:, candidates.items]).toarray(), np.float32)

    def linear_terms(self, profile: Profiles, items: NDArray[np.int32]) -> NDArray[np.float64]:
        x_1I = event_matrix.of_profiles(profile, self.num_items, self.config.weighting)
        said_AM: NDArray[np.float64] = self.weights[x_1I.indices][:, items].toarray()
        return x_1I.data[:, None] * said_AM

    @property
    def num_items(self) -> int:
        return int(self.weights.shape[0])

    def arrays(self) -> dict[str, NDArray[Any]]:
        return arrays_of(self.weights)

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self._weights = matrix_of(arrays)

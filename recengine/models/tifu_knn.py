"""TIFU-KNN: how often a person takes a thing, lately more, and what people like them take.

"Modeling Personalized Item Frequency Information for Next-basket Recommendation" (Hu et al., SIGIR 2020),
with two changes: people are compared by the cosine of their vectors rather than by distance, and vectors are
brought to one length after large frequencies were toned down, so that no heavy buyer outweighs a neighbour.

Shapes: B people, I items, K neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import DAY
from recengine.core.dataset import Dataset, DataSize
from recengine.core.errors import JobError
from recengine.core.profiles import Profiles
from recengine.models.base import ModelConfig
from recengine.models.closed_form import ClosedForm
from recengine.models.event_matrix import arrays_of, matrix_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SECONDS_PER_PAIR = 2e-9  # of people who have an item in common; roughly


class TifuKnnConfig(ModelConfig):
    """How baskets fade, and how much neighbours have to say."""

    title: ClassVar[str] = "TIFU-KNN"
    summary: ClassVar[str] = (
        "Recommends what this person takes regularly, and what people with the same habits take."
    )
    deterministic: ClassVar[bool] = True
    variations: ClassVar[tuple[dict[str, Any], ...]] = (
        {"group_decay": 0.9},
        {"own_share": 0.5},
        {"flattening": 0.5},
    )

    own_share: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="Share of the score that the person's own past has; the rest is their neighbours'.",
        json_schema_extra={"group": "Model", "advanced": False},
    )
    neighbours: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="How many people with the most similar habits are asked.",
        json_schema_extra={"group": "Model", "advanced": False},
    )
    group_decay: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="What a group of baskets counts against the group after it.",
        json_schema_extra={"group": "Fading", "advanced": False},
    )
    group_size: int = Field(
        default=7,
        ge=1,
        le=1000,
        description="How many baskets in a row make a group.",
        json_schema_extra={"group": "Fading", "advanced": True},
    )
    basket_decay: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="What a basket counts against the basket after it in its group.",
        json_schema_extra={"group": "Fading", "advanced": True},
    )
    basket: Literal["day", "moment"] = Field(
        default="day",
        description="What makes a basket: the events of one day, or of one moment.",
        json_schema_extra={"group": "Fading", "advanced": True},
    )
    flattening: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Exponent of frequencies: 1 takes them as they are, less brings them closer together.",
        json_schema_extra={"group": "Model", "advanced": True},
    )

    def effort(self, size: DataSize) -> float:
        people_per_item = size.interactions / max(1, size.items)
        return 1e-6 * size.interactions + SECONDS_PER_PAIR * size.interactions * people_per_item

    @property
    def reads_weights(self) -> bool:
        return False

    def build(self) -> TifuKnn:
        return TifuKnn(self)


class TifuKnn(ClosedForm[TifuKnnConfig]):
    """An item's score is its number in the person's vector, blended with that in their neighbours' mean."""

    def __init__(self, config: TifuKnnConfig) -> None:
        super().__init__(config)
        self._people: csr_array | None = None  # a vector each, no ids
        self._basket_s = 0.0

    def learn(self, data: Dataset, seed: int) -> None:
        # Without a calendar there are no days: every moment is a basket then.
        calendar = data.about.time_kind != "order" and self.config.basket == "day"
        self._basket_s = float(DAY) if calendar else 0.0
        everyone = Profiles.of(data, np.arange(data.num_users), np.inf)
        self._people = self._vectors(everyone, data.num_items)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        from scipy.sparse import csr_array

        from recengine.models.neighbours import NOBODY, nearest, product

        people, own_BI = self._known, self._vectors(profiles, self.num_items)
        k = min(self.config.neighbours, people.shape[0])
        near_BK, _ = nearest(own_BI, people.T.tocsr(), k)
        rows, places = np.nonzero(near_BK != NOBODY)
        found_B = np.bincount(rows, minlength=len(profiles))
        share_E = (1 - self.config.own_share) / found_B[rows]
        asked = csr_array((share_E, (rows, near_BK[rows, places])), shape=(len(profiles), people.shape[0]))
        score_BI = product(asked, people) + self.config.own_share * own_BI.toarray()
        score_BI[found_B == 0] = people.mean(axis=0)
        return score_BI.astype(np.float32)

    @property
    def num_items(self) -> int:
        return int(self._known.shape[1])

    def arrays(self) -> dict[str, NDArray[Any]]:
        return arrays_of(self._known) | {"basket_s": np.array([self._basket_s])}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self._people, self._basket_s = matrix_of(arrays), float(arrays["basket_s"][0])

    @property
    def _known(self) -> csr_array:
        if self._people is None:
            raise JobError("this TIFU-KNN has learnt nothing yet; call fit(dataset) first.")
        return self._people

    def _vectors(self, profiles: Profiles, num_items: int) -> csr_array:
        """How often and how lately each person takes each item, shape (B, I); rows of length 1, or 0."""
        from scipy.sparse import coo_array

        rows, config = profiles.rows, self.config
        times = np.floor(profiles.times / self._basket_s) if self._basket_s else profiles.times
        first = np.ones(len(rows), bool)  # of its basket; N baskets in all
        first[1:] = (np.diff(rows) > 0) | (np.diff(times) > 0)
        row_N, basket_E = rows[first], np.cumsum(first) - 1
        baskets_B = np.bincount(row_N, minlength=len(profiles))
        later_N = np.cumsum(baskets_B)[row_N] - 1 - np.arange(len(row_N))
        group_N, place_N = np.divmod(later_N, config.group_size)
        size_N = np.minimum(config.group_size, baskets_B[row_N] - group_N * config.group_size)
        groups_B = np.ceil(baskets_B / config.group_size)
        weight_N = config.basket_decay**place_N * config.group_decay**group_N / (size_N * groups_B[row_N])
        basket, item = np.divmod(np.unique(basket_E * num_items + profiles.items), num_items)
        shape = (len(profiles), num_items)
        vector_BI = coo_array((weight_N[basket], (row_N[basket], item)), shape=shape).tocsr()
        vector_BI.data **= config.flattening
        length_B = np.sqrt(vector_BI.multiply(vector_BI).sum(axis=1))
        vector_BI.data /= np.repeat(length_B, np.diff(vector_BI.indptr))
        return vector_BI

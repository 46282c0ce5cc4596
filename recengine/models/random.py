"""Random: lists drawn by lot. What any metric gives to pure chance on this catalogue."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models.base import Family, ModelConfig
from recengine.models.closed_form import ClosedForm

Hash = NDArray[np.uint64]


class RandomConfig(ModelConfig):
    """Chance has no settings; another seed gives another draw."""

    title: ClassVar[str] = "Random"
    summary: ClassVar[str] = "Recommends by lot: the level that any useful model must leave far behind."
    family: ClassVar[Family] = "rules"
    contender: ClassVar[bool] = False

    @property
    def reads_weights(self) -> bool:
        return False

    def build(self) -> Random:
        return Random(self)


class Random(ClosedForm[RandomConfig]):
    """The score is a hash of the seed, the item and the set of what the person did.

    Different people so get different lists, yet the same profile always gets the same one, whoever
    is asked for beside it.
    """

    def __init__(self, config: RandomConfig) -> None:
        super().__init__(config)
        self.hash_I: Hash = np.zeros(0, np.uint64)

    def learn(self, data: Dataset, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.hash_I = draw.integers(0, 2**64, size=data.num_items, dtype=np.uint64)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        # A sum does not depend on the order of its terms; unsigned integers wrap without a warning.
        hash_B = np.zeros(len(profiles), np.uint64)
        np.add.at(hash_B, profiles.rows, self.hash_I[profiles.items])
        mixed_BI = _mix(self.hash_I[None, :] ^ _mix(hash_B)[:, None])
        return ((mixed_BI >> np.uint64(40)) / np.float32(2**24)).astype(np.float32)

    @property
    def num_items(self) -> int:
        return len(self.hash_I)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"hash_I": self.hash_I}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.hash_I = arrays["hash_I"]


def _mix(value: Hash) -> Hash:
    """The finaliser of splitmix64: every bit of the input moves every bit of the output."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))

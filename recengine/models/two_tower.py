"""Two towers: one makes a vector of a person, the other of an item; what suits is what points the same way.

A person is the pooled history and their features, an item its own vector and its features (texts among them),
so that people and items nobody has seen before have vectors too (Covington et al., RecSys 2016; Yi et al.,
RecSys 2019). No person has a vector of their own, as in FISM (Kabbur et al., KDD 2013).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from recengine.core.dataset import Dataset
from recengine.models.neural import NeuralRecommender
from recengine.models.neural_config import Loss, NeuralConfig, usually

if TYPE_CHECKING:
    import torch


class TwoTowerConfig(NeuralConfig):
    """What the towers are made of."""

    title: ClassVar[str] = "Two towers"
    summary: ClassVar[str] = "Puts people and items on one map, by what was chosen and what is known of both."
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"epochs": 3, "dims": 32, "history": 96, "learning_rate": 4e-3, "refit": False},
        "balanced": {},
        "best": {"epochs": 40, "dims": 128, "patience": 5, "negatives": 0},
    }
    variations: ClassVar[tuple[dict[str, Any], ...]] = ({"pooling": "attention"},)

    loss: Loss = usually("loss", "softmax")
    pooling: Literal["mean", "attention"] = Field(
        default="mean",
        description="mean: a person is the sum of what they chose, each item weighed by how telling it is. "
        "attention: and a mean in which the model weighs items by what they are.",
        json_schema_extra={"group": "Network", "advanced": False},
    )
    targets: Literal["auto", "following", "any"] = Field(
        default="auto",
        description="What is told from a part of the history. following: what came after it. any: all the "
        "rest, in whatever order. auto: any, where the exam or the data know no order.",
        json_schema_extra={"group": "Sampling", "advanced": True},
    )

    def for_exam(self, kind: str) -> Self:
        config = super().for_exam(kind)
        if config.targets != "auto":
            return config
        any_order = kind in ("random", "given")
        return config.model_copy(update={"targets": "any" if any_order else "following"})

    def build(self) -> TwoTower:
        return TwoTower(self)


class TwoTower(NeuralRecommender[TwoTowerConfig]):
    """How well every item suits a profile, as log-odds."""

    reads_order: ClassVar[bool] = False

    def ordered(self, data: Dataset) -> bool:
        if self.config.targets == "auto":
            return data.about.time_kind != "order"
        return self.config.targets == "following"

    def reader(self) -> torch.nn.Module:
        from recengine.models.pool_reader import AttentionPool, NoReader

        if self.config.pooling == "mean":
            return NoReader()
        return AttentionPool(self.config.dims)

"""Hierarchical sequential transduction units (HSTU, Zhai et al., ICML 2024): attention without a softmax.

How much each past event counts is SiLU(query . key + how far back it lies + how long ago it was) / history;
not normalised over the past, so that how much there was of something is not lost.

The published figures use the time of the very event that is to be predicted. See `time_bias`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from recengine.core.dataset import Dataset
from recengine.models.attention_config import LARGE, AttentionConfig
from recengine.models.events import Event, Note
from recengine.models.neural import NeuralRecommender
from recengine.models.neural_config import usually

if TYPE_CHECKING:
    import torch

LEAK = (
    "hstu with time_bias = next is told, in training, when the next event happens, and takes the moment of "
    "asking for it later. Where a test asks at the moment of its answer, that gives part of the answer away "
    "(about 9 % of NDCG on MovieLens-1M, whose ratings come in bursts); such figures say nothing about use."
)


class HstuConfig(AttentionConfig):
    """Pointwise attention over a person's history."""

    title: ClassVar[str] = "HSTU"
    summary: ClassVar[str] = (
        "Looks back over all that a person did and adds up what matters now, by place and by time."
    )
    seconds_per_number: ClassVar[float] = 2e-6
    gpu_presets: ClassVar[dict[str, dict[str, Any]]] = {  # above .1 and 1 billion weights, items not counted
        "large": LARGE | {"dims": 1024, "heads": 8, "layers": 20},
        "huge": LARGE | {"dims": 2048, "heads": 16, "layers": 48, "batch": 32, "learning_rate": 1e-4},
    }

    dropout: float = usually("dropout", 0.2, AttentionConfig)
    layers: int = usually("layers", 4, AttentionConfig)
    heads: int = usually("heads", 2, AttentionConfig)
    time_bias: Literal["off", "past", "next"] = Field(
        default="past",
        description="From when on it counts how long ago something was. past: from the last known event. "
        "next: from the moment of asking, for which training takes the time of the next event, as the "
        "published figures do. CAUTION: a test that asks at the moment of its answer gives part of it away "
        "then (about 9 % of NDCG on MovieLens-1M). off: time does not count.",
        json_schema_extra={"group": "Network", "advanced": False},
    )

    def build(self) -> Hstu:
        return Hstu(self)


class Hstu(NeuralRecommender[HstuConfig]):
    """How well every item suits a profile, as log-odds."""

    @property
    def knows_when(self) -> bool:
        return self.config.time_bias == "next"

    def training(self, data: Dataset, **how: Any) -> Iterator[Event]:
        if self.knows_when:
            yield Note(LEAK)
        yield from super().training(data, **how)

    def reader(self) -> torch.nn.Module:
        from recengine.models.hstu_reader import HstuReader

        config = self.config
        return HstuReader(
            config.dims,
            layers=config.layers,
            heads=config.heads,
            history=config.history,
            time_bias=config.time_bias,
            dropout=config.dropout,
        )

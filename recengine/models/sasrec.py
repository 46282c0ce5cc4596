"""Self-attention over a person's history (SASRec, Kang & McAuley 2018), in blocks that can be stacked deep.

The block is LiGR's, as eSASRec has it (Tikhonovich et al., RecSys 2025): normalised before each branch, each
branch let through by a gate, SwiGLU as the dense part. What made SASRec strong since is not the block but the
loss: over the whole catalogue instead of one drawn item (Klenitskiy & Vasilev, RecSys 2023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, model_validator

from recengine.models.neural import NeuralRecommender
from recengine.models.neural_config import Loss, NeuralConfig, Start, usually

if TYPE_CHECKING:
    import torch


LARGE = {"epochs": 20, "learning_rate": 3e-4, "dropout": 0.2, "widening": 4.0}


class SasrecConfig(NeuralConfig):
    """Attention over a person's history."""

    title: ClassVar[str] = "SASRec"
    summary: ClassVar[str] = (
        "Looks back over all that a person did, weighs what matters now, and says what comes next."
    )
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"epochs": 4, "dims": 32, "history": 64, "learning_rate": 4e-3, "refit": False},
        "balanced": {},
        "best": {"epochs": 60, "patience": 6},
    }
    gpu_presets: ClassVar[dict[str, dict[str, Any]]] = {  # above .1 and 1 billion weights, items not counted
        "large": LARGE | {"dims": 768, "heads": 12, "layers": 10},
        "huge": LARGE | {"dims": 2048, "heads": 16, "layers": 14, "batch": 32, "learning_rate": 1e-4},
    }

    loss: Loss = usually("loss", "softmax")
    history: int = usually("history", 200)
    epochs: int = usually("epochs", 20)
    batch: int = usually("batch", 32)
    negatives: int = usually("negatives", 0)
    dropout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of inputs and of each layer's outputs left out in training.",
        json_schema_extra={"group": "Regularisation", "advanced": True},
    )
    history_dropout: float = usually("history_dropout", 0.0)
    trend: bool = usually("trend", False)
    pools: bool = usually("pools", False)
    head: bool = usually("head", False)
    start: Start = usually("start", "random")
    layers: int = Field(
        default=2,
        ge=1,
        le=48,
        description="Blocks of attention on top of each other.",
        json_schema_extra={"group": "Network", "advanced": False},
    )
    heads: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Ways of looking back in each block; the dimensions are shared out among them.",
        json_schema_extra={"group": "Network", "advanced": True},
    )
    widening: float = Field(
        default=1.0,
        gt=0,
        le=16,
        description="Width of each block's dense part, as a multiple of the dimensions.",
        json_schema_extra={"group": "Network", "advanced": True},
    )

    @model_validator(mode="after")
    def _heads_divide_dims(self) -> Self:
        if self.dims % self.heads:
            raise ValueError(
                f"{self.dims} dims cannot be shared out among {self.heads} heads; "
                "let dims be a multiple of heads"
            )
        return self

    def build(self) -> Sasrec:
        return Sasrec(self)


class Sasrec(NeuralRecommender[SasrecConfig]):
    """How well every item suits a profile, as log-odds."""

    def reader(self) -> torch.nn.Module:
        from recengine.models.sasrec_reader import SasrecReader

        config = self.config
        return SasrecReader(
            config.dims,
            layers=config.layers,
            heads=config.heads,
            history=config.history,
            widening=config.widening,
            dropout=config.dropout,
        )

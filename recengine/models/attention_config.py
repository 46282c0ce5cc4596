"""Settings shared by the models that look back over a whole history, SASRec and HSTU. Loads no torch."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from recengine.models.neural_config import Loss, NeuralConfig, Start, usually

LARGE: dict[str, Any] = {"epochs": 20, "learning_rate": 3e-4}  # what training must be like for large networks


class AttentionConfig(NeuralConfig):
    """Layers of attention on what a person did, which tell the next event and nothing else."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"epochs": 4, "dims": 32, "history": 64, "learning_rate": 4e-3, "refit": False},
        "balanced": {},
        "best": {"epochs": 60, "patience": 6},
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
        description="Layers of attention on top of each other.",
        json_schema_extra={"group": "Network", "advanced": False},
    )
    heads: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Ways of looking back in each layer; the dimensions are shared out among them.",
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

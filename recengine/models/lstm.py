"""The reference design: an LSTM reads the last events in order; a dense head turns its state into P(like).

A person is the embeddings of their last contents (id and features, with weight and elapsed time) and of their
own features; a content is liked with the probability sigmoid(taste . content + ...), see models/network.py.
Unlike the usual example, whose LSTM is fed one step, every event of the history is a step here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from recengine.models.neural import NeuralRecommender
from recengine.models.neural_config import NeuralConfig

if TYPE_CHECKING:
    import torch


class LstmConfig(NeuralConfig):
    """An LSTM over a person's history."""

    title: ClassVar[str] = "LSTM"
    summary: ClassVar[str] = (
        "Reads what a person did, in order, and says how likely they are to like each item next."
    )
    seconds_per_number: ClassVar[float] = 3e-7
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {
            "epochs": 3,
            "dims": 32,
            "history": 96,
            "batch": 64,
            "moments": 3,
            "learning_rate": 4e-3,
            "refit": False,
        },
        "balanced": {},
        "best": {"epochs": 24, "dims": 64, "history": 384, "patience": 5, "negatives": 0},
    }
    variations: ClassVar[tuple[dict[str, Any], ...]] = ({"loss": "softmax"},)

    layers: int = Field(
        default=1,
        ge=1,
        le=4,
        description="LSTM layers on top of each other.",
        json_schema_extra={"group": "Network", "advanced": True},
    )

    def build(self) -> Lstm:
        return Lstm(self)


class Lstm(NeuralRecommender[LstmConfig]):
    """P(like) of every item for a profile, as log-odds."""

    def reader(self) -> torch.nn.Module:
        from recengine.models.lstm_reader import LstmReader

        return LstmReader(self.config.dims, self.config.layers)

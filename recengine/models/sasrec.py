"""Self-attention over a person's history (SASRec, Kang & McAuley 2018), in blocks that can be stacked deep.

The block is LiGR's, as eSASRec has it (Tikhonovich et al., RecSys 2025): normalised before each branch, each
branch let through by a gate, SwiGLU as the dense part. What made SASRec strong since is not the block but the
loss: over the whole catalogue instead of one drawn item (Klenitskiy & Vasilev, RecSys 2023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from recengine.models.attention_config import LARGE, AttentionConfig
from recengine.models.neural import NeuralRecommender

if TYPE_CHECKING:
    import torch

WIDE = LARGE | {"dropout": 0.2, "widening": 4.0}


class SasrecConfig(AttentionConfig):
    """Attention over a person's history."""

    title: ClassVar[str] = "SASRec"
    summary: ClassVar[str] = (
        "Looks back over all that a person did, weighs what matters now, and says what comes next."
    )
    gpu_presets: ClassVar[dict[str, dict[str, Any]]] = {  # above .1 and 1 billion weights, items not counted
        "large": WIDE | {"dims": 768, "heads": 12, "layers": 10},
        "huge": WIDE | {"dims": 2048, "heads": 16, "layers": 14, "batch": 32, "learning_rate": 1e-4},
    }

    widening: float = Field(
        default=1.0,
        gt=0,
        le=16,
        description="Width of each block's dense part, as a multiple of the dimensions.",
        json_schema_extra={"group": "Network", "advanced": True},
    )

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

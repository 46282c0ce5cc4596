"""The attentive reader of histories.

Padding lies behind the real events and attention looks back only, so nothing real ever sees it.

Shapes: B windows, T positions, D dimensions, H heads, F width of the dense part.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from recengine.models.dropout import Dropout
from recengine.models.network import SMALL


class SasrecReader(nn.Module):
    """States after each event, shape (B, T, D) -> (B, T, D)."""

    def __init__(
        self, dims: int, *, layers: int, heads: int, history: int, widening: float, dropout: float
    ) -> None:
        super().__init__()
        self.places = nn.Embedding(history, dims)
        nn.init.normal_(self.places.weight, std=SMALL)
        self.forget = Dropout(dropout)
        width = max(1, round(widening * dims))
        self.blocks = nn.ModuleList(Block(dims, heads, width, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(dims)

    def forward(self, events_BTD: Tensor, days_BT: Tensor, wait_days_BT: Tensor) -> Tensor:
        """Position t depends on events 0..t only."""
        x_BTD = self.forget(events_BTD + self.places.weight[: events_BTD.shape[1]])
        for block in self.blocks:
            x_BTD = block(x_BTD)
        states_BTD: Tensor = self.norm(x_BTD)
        return states_BTD


class Block(nn.Module):
    """Attention, then a dense part; each adds to its input what a gate lets through."""

    def __init__(self, dims: int, heads: int, width: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(dims) for _ in range(2))
        self.gates = nn.ModuleList(nn.Linear(dims, dims) for _ in range(2))
        self.query_key_value = nn.Linear(dims, 3 * dims, bias=False)
        self.attended = nn.Linear(dims, dims, bias=False)
        self.up = nn.Linear(dims, 2 * width, bias=False)
        self.down = nn.Linear(width, dims, bias=False)
        self.forget = Dropout(dropout)

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Shape (B, T, D)."""
        for branch, norm, gate in zip((self._attend, self._dense), self.norms, self.gates, strict=True):
            x_BTD = x_BTD + torch.sigmoid(gate(x_BTD)) * self.forget(branch(norm(x_BTD)))
        return x_BTD

    def _attend(self, x_BTD: Tensor) -> Tensor:
        query, key, value = (
            part.view(*part.shape[:2], self.heads, -1).transpose(1, 2)
            for part in self.query_key_value(x_BTD).chunk(3, -1)
        )
        seen_BHTd = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        made_BTD: Tensor = self.attended(seen_BHTd.transpose(1, 2).flatten(2))
        return made_BTD

    def _dense(self, x_BTD: Tensor) -> Tensor:
        opened, carried = self.up(x_BTD).chunk(2, -1)
        made_BTD: Tensor = self.down(functional.silu(opened) * carried)
        return made_BTD

"""The attentive reader of histories.

Padding lies behind the real events and attention looks back only, so nothing real ever sees it.

Shapes: B windows, T positions, Q positions whose states are wanted (all, or one a window), D dimensions,
H heads, d dimensions of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from recengine.models.dropout import Dropout
from recengine.models.network import SMALL, picked


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

    def forward(
        self, events_BTD: Tensor, days_BT: Tensor, wait_days_BT: Tensor, last_B: Tensor | None = None
    ) -> Tensor:
        """Position t depends on events 0..t only."""
        x_BTD = self.forget(events_BTD + self.places.weight[: events_BTD.shape[1]])
        *early, final = self.blocks
        for block in early:
            x_BTD = block(x_BTD)
        states_BQD: Tensor = self.norm(final(x_BTD, last_B))
        return states_BQD


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

    def forward(self, x_BTD: Tensor, last_B: Tensor | None = None) -> Tensor:
        """Shape (B, Q, D)."""
        x_BQD = picked(x_BTD, last_B)
        through = torch.sigmoid(self.gates[0](x_BQD))
        x_BQD = x_BQD + through * self.forget(self._attend(self.norms[0](x_BTD), last_B))
        through = torch.sigmoid(self.gates[1](x_BQD))
        return x_BQD + through * self.forget(self._dense(self.norms[1](x_BQD)))

    def _attend(self, x_BTD: Tensor, last_B: Tensor | None) -> Tensor:
        if last_B is None:
            query, key, value = map(self._by_head, self.query_key_value(x_BTD).chunk(3, -1))
            seen_BHQd = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        else:
            sources = (picked(x_BTD, last_B), x_BTD, x_BTD)
            weights = self.query_key_value.weight.chunk(3)
            query, key, value = map(self._by_head, map(functional.linear, sources, weights))
            past_BT = torch.arange(x_BTD.shape[1], device=last_B.device) <= last_B.unsqueeze(1)
            seen_BHQd = functional.scaled_dot_product_attention(
                query, key, value, attn_mask=past_BT[:, None, None]
            )
        made_BQD: Tensor = self.attended(seen_BHQd.transpose(1, 2).flatten(2))
        return made_BQD

    def _by_head(self, x_BQD: Tensor) -> Tensor:
        """Shape (B, H, Q, d)."""
        return x_BQD.view(*x_BQD.shape[:2], self.heads, -1).transpose(1, 2)

    def _dense(self, x_BQD: Tensor) -> Tensor:
        opened, carried = self.up(x_BQD).chunk(2, -1)
        made_BQD: Tensor = self.down(functional.silu(opened) * carried)
        return made_BQD

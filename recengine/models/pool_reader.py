"""Readers of histories in which order has no say.

Shapes: B windows, T positions, D dimensions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recengine.models.network import picked

STRONGEST = 20.0  # attention, as a logarithm, beyond which float32 sums would lose the others


class NoReader(nn.Module):
    """Reads nothing: the pools of the network are all that is known of a history."""

    def forward(
        self, events_BTD: Tensor, days_BT: Tensor, wait_days_BT: Tensor, last_B: Tensor | None = None
    ) -> Tensor:
        """Zeros, shape (B, T, D)."""
        return torch.zeros_like(picked(events_BTD, last_B))


class AttentionPool(nn.Module):
    """A mean of what was chosen, in which items weigh by what they are, dimension by dimension.

    (Attentive pooling without a query, Yang et al., NAACL 2016.)
    """

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.strength = nn.Sequential(nn.Linear(dims, dims), nn.Tanh(), nn.Linear(dims, dims, bias=False))
        self.values = nn.Linear(dims, dims, bias=False)

    def forward(
        self, events_BTD: Tensor, days_BT: Tensor, wait_days_BT: Tensor, last_B: Tensor | None = None
    ) -> Tensor:
        """The mean over events 0..t at each position t, shape (B, T, D)."""
        strength_BTD = torch.exp(self.strength(events_BTD).clamp(-STRONGEST, STRONGEST))
        pooled_BTD: Tensor = (strength_BTD * self.values(events_BTD)).cumsum(1) / strength_BTD.cumsum(1)
        return picked(pooled_BTD, last_B)

"""What a person's own history says about an item coming again: how often, how regularly, how long ago.

Shapes: P moments, N events before them, R distinct (moment, item) pairs, F features of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

HALF_LIVES_DAYS = (7.0, 30.0, 120.0, 1e9)
NUM_FEATURES = len(HALF_LIVES_DAYS) + 8
MOST_EVENTS = 2_000  # of a history, the most recent, that are counted


@dataclass(frozen=True)
class Pairs:
    """Distinct (moment, item) pairs of the past, sorted.

    Attributes:
        moments, items: int64, shape (R,).
        features_RF: float32, each about 0 to 3.
    """

    moments: Tensor
    items: Tensor
    features_RF: Tensor

    def keys(self, num_items: int) -> Tensor:
        """One sorted number a pair."""
        return self.moments * num_items + self.items

    def take(self, chosen: Tensor) -> Pairs:
        """The pairs at these positions."""
        return Pairs(self.moments[chosen], self.items[chosen], self.features_RF[chosen])


def pairs_of(moments: Tensor, items: Tensor, age_days: Tensor, num_moments: int, num_items: int) -> Pairs:
    """Sum up single events (shape (N,) each) per moment and item."""
    key, where = torch.unique(moments * num_items + items, return_inverse=True)
    of = key // num_items
    count = len(key)
    decayed = [
        torch.zeros(count, device=key.device).index_add_(0, where, torch.exp2(-age_days / half))
        for half in HALF_LIVES_DAYS
    ]
    times = decayed[-1]
    last = torch.full((count,), torch.inf, device=key.device).scatter_reduce(0, where, age_days, "amin")
    first = torch.zeros(count, device=key.device).scatter_reduce(0, where, age_days, "amax")
    again = (times > 1.5).float()
    gap = again * (first - last) / (times - 1).clamp(min=1)
    all_events = torch.bincount(moments, minlength=num_moments).float()
    recent = torch.zeros(num_moments, device=key.device).index_add_(0, moments, torch.exp2(-age_days / 30))
    features = [
        torch.log1p(4 * decayed[0]),
        torch.log1p(4 * decayed[1]),
        torch.log1p(decayed[2]),
        torch.log1p(times),
        torch.log1p(last) / 4,
        torch.log1p(first) / 4,
        torch.log1p(gap) / 4,
        again,
        again * (last / (gap + 1)).clamp(max=5) / 2,
        torch.log1p(all_events[of]) / 6,
        torch.log1p(recent[of]) / 4,
        (decayed[2] / times),
    ]
    return Pairs(of, key % num_items, torch.stack(features, 1))


class RepeatHead(nn.Module):
    """Log-odds that an item of the past comes again, on top of how well it suits the person.

    Some things are bought weekly, others once a year: each item has a few numbers of its own.
    """

    def __init__(self, num_items: int, width: int = 48, per_item: int = 8) -> None:
        super().__init__()
        self.items = nn.Embedding(num_items, per_item)
        nn.init.normal_(self.items.weight, std=0.1)
        self.layers = nn.Sequential(
            nn.Linear(NUM_FEATURES + per_item + 1, width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, 1),
        )

    def forward(self, pairs: Pairs, affinity_R: Tensor) -> Tensor:
        """Shape (R,)."""
        inputs = [pairs.features_RF, self.items(pairs.items), affinity_R.unsqueeze(1) / 5]
        return affinity_R + self.layers(torch.cat(inputs, 1)).squeeze(1)

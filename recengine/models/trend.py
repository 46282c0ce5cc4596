"""How popular each item is at a moment: all in all, and lately. What is bought changes with the season.

Shapes: I items, K bins of time, Q moments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from recengine.core.columns import ITEM, TIME
from recengine.core.dataset import Dataset

BIN_DAYS = 1.0
RECENT_DAYS = 28.0
MOST_CELLS = 50_000_000  # of the bins x items table
PRIOR = 0.5  # events that everything is credited with


class Trend(nn.Module):
    """Log shares of the events before a moment, weighed by two learnt numbers."""

    cumulative_KI: Tensor
    totals_K: Tensor
    shape_of_time: Tensor

    def __init__(self, num_bins: int, num_items: int) -> None:
        super().__init__()
        self.register_buffer("cumulative_KI", torch.zeros(num_bins + 1, num_items))
        self.register_buffer("totals_K", torch.zeros(num_bins + 1))
        # When the first bin begins and how long a bin is, in days; float64, as dates need it.
        self.register_buffer("shape_of_time", torch.tensor([0.0, 1.0], dtype=torch.float64))
        self.weights = nn.Parameter(torch.tensor([0.5, 0.5]))

    @classmethod
    def of(cls, data: Dataset, day_s: float) -> Trend:
        """Count the events of each item, bin by bin."""
        days = data.interactions.column(TIME) / day_s
        span = float(days[-1] - days[0])
        length = max(BIN_DAYS, span * data.num_items / MOST_CELLS)
        num_bins = int(span / length) + 1
        trend = cls(num_bins, data.num_items)
        bins = ((days - days[0]) / length).astype(np.int64)
        counts_KI = np.zeros((num_bins + 1, data.num_items), np.float32)
        np.add.at(counts_KI, (bins + 1, data.interactions.column(ITEM)), 1.0)
        cumulative_KI = np.cumsum(counts_KI, axis=0, dtype=np.float32)
        trend.totals_K = torch.from_numpy(cumulative_KI.sum(1))
        known_I = cumulative_KI[-1] > 0
        # What nobody had yet is as popular as is usual, or it could never be found by its features.
        usual_K = np.exp(np.log(cumulative_KI[:, known_I] + PRIOR).mean(1)) - PRIOR
        cumulative_KI[:, ~known_I] = usual_K[:, None]
        trend.cumulative_KI = torch.from_numpy(cumulative_KI)
        trend.shape_of_time = torch.tensor([float(days[0]), length], dtype=torch.float64)
        return trend

    def forward(self, now_Q: Tensor, items_Q: Tensor) -> Tensor:
        """Log-odds that one item a moment gets for its popularity, shape (Q,)."""
        return self._weighed(self._bins(now_Q), lambda bins: self.cumulative_KI[bins, items_Q])

    def all_items(self, now_Q: Tensor, items: Tensor | None = None) -> Tensor:
        """The same of all items, or of some, at each moment, shape (Q, I) or (Q, M)."""
        table, which_Q = self.by_bin(now_Q, items)
        return table[which_Q]

    def by_bin(self, now_Q: Tensor, items: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The rows of `all_items` that differ, and which of them is whose: moments share their day's."""
        different, which_Q = torch.unique(self._bins(now_Q), return_inverse=True)
        table_KI = self.cumulative_KI if items is None else self.cumulative_KI[:, items]
        return self._weighed(different.unsqueeze(1), lambda bins: table_KI[bins.squeeze(1)]), which_Q

    def _bins(self, now_Q: Tensor) -> Tensor:
        """Whole bins that ended before each moment: the bin under way knows the future."""
        start, length = self.shape_of_time[0], self.shape_of_time[1]
        return ((now_Q - start) / length).clamp(0, len(self.totals_K) - 1).long()

    def _weighed(self, until: Tensor, counts_at: Callable[[Tensor], Tensor]) -> Tensor:
        since = (until - int(RECENT_DAYS / float(self.shape_of_time[1]))).clamp(min=0)
        before, earlier = counts_at(until), counts_at(since)
        all_before, all_earlier = self.totals_K[until], self.totals_K[since]
        num_items = self.cumulative_KI.shape[1]
        recent = _log_share(before - earlier, all_before - all_earlier, num_items)
        return self.weights[0] * recent + self.weights[1] * _log_share(before, all_before, num_items)


def _log_share(count: Tensor, total: Tensor, num_items: int) -> Tensor:
    """Log of an item's share of the events, times the number of items: 0 is the average item."""
    return torch.log((count + PRIOR) * num_items / (total + PRIOR * num_items))

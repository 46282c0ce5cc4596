"""The recurrent reader of histories."""

from __future__ import annotations

from torch import Tensor, nn

from recengine.models.network import picked


class LstmReader(nn.Module):
    """States after each event, shape (B, T, D) -> (B, T, D)."""

    def __init__(self, dims: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(dims, dims, layers, batch_first=True)

    def forward(
        self, events_BTD: Tensor, days_BT: Tensor, wait_days_BT: Tensor, last_B: Tensor | None = None
    ) -> Tensor:
        """Position t depends on events 0..t only."""
        state_BTD, _ = self.lstm(events_BTD)
        return picked(state_BTD, last_B)

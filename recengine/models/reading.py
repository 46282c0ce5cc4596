"""Histories of profiles as a network reads them: the last events of each person side by side.

Shapes: B people, T positions, E events of all of them, D dimensions, X = D or 3 D.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recengine.core.profiles import Profiles
from recengine.models.event_log import log_gains
from recengine.models.network import Network
from recengine.models.repeats import MOST_EVENTS, Pairs, pairs_of


@dataclass(frozen=True)
class Histories:
    """The most recent events of each person, padded behind.

    Attributes:
        items_BT: int64.
        gains_BT, gap_BT, wait_BT: float32, as `Network.read` takes them, in days.
        known_BT: False for padding; or, between 0 and 1, how strongly each event is present.
        late_E, row_R, place_R: which events of the profiles are read, and where they lie.
        last_B: the position of each person's last event, 0 where there is none.
        elapsed_B: float32, days since that event.
    """

    items_BT: Tensor
    gains_BT: Tensor
    gap_BT: Tensor
    wait_BT: Tensor
    known_BT: Tensor
    late_E: Tensor
    row_R: Tensor
    place_R: Tensor
    last_B: Tensor
    elapsed_B: Tensor

    @classmethod
    def of(cls, profiles: Profiles, *, longest: int, day_s: float, num_items: int, device: str) -> Self:
        """At most the last `longest` events of each."""
        gains = log_gains(profiles.rows, profiles.items, profiles.weights, num_items)
        ends = np.repeat(profiles.offsets[1:], profiles.lengths)
        late = np.arange(len(profiles.items)) >= ends - longest
        rows = profiles.rows[late]
        lengths = np.bincount(rows, minlength=len(profiles))
        place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        shape = (len(profiles), max(1, int(lengths.max(initial=0))))

        def laid_out(values: NDArray[Any], kind: Any) -> NDArray[Any]:
            table = np.zeros(shape, kind)
            table[rows, place] = values
            return table

        days_BT, known_BT = laid_out(profiles.times[late] / day_s, np.float64), laid_out(late[late], np.bool_)
        gap_BT = np.where(known_BT, np.diff(days_BT, axis=1, prepend=days_BT[:, :1]), 0).clip(0)
        last, everyone = np.maximum(lengths - 1, 0), np.arange(len(profiles))
        elapsed = (profiles.now / day_s - days_BT[everyone, last]).clip(0)
        elapsed = np.where(lengths > 0, elapsed, 0.0)
        wait_BT = np.concatenate([gap_BT[:, 1:], np.zeros((len(profiles), 1))], 1)
        wait_BT[everyone, last] = elapsed
        arrays = {
            "items_BT": laid_out(profiles.items[late], np.int64),
            "gains_BT": laid_out(gains[late], np.float32),
            "gap_BT": gap_BT.astype(np.float32),
            "wait_BT": wait_BT.astype(np.float32),
            "known_BT": known_BT,
            "late_E": late,
            "row_R": rows,
            "place_R": place,
            "last_B": last,
            "elapsed_B": elapsed.astype(np.float32),
        }
        return cls(**{name: torch.from_numpy(array).to(device) for name, array in arrays.items()})

    def with_strength(self, strength_E: Tensor) -> Self:
        """The same with each event present as strongly as is said, from 0 to 1."""
        present_BT = strength_E.new_zeros(self.known_BT.shape)
        present_BT[self.row_R, self.place_R] = strength_E[self.late_E]
        return replace(self, known_BT=present_BT)

    def read(self, network: Network, content_ID: Tensor) -> Tensor:
        """State and pools after each person's last event, shape (B, X)."""
        read_B1X = network.read(
            content_ID, self.items_BT, self.gains_BT, self.gap_BT, self.wait_BT, self.known_BT, self.last_B
        )
        return read_B1X.squeeze(1)


def past_pairs(profiles: Profiles, *, day_s: float, num_items: int, device: str) -> Pairs:
    """What each person's past says of each item in it."""
    recent = profiles.last(MOST_EVENTS)
    rows = torch.from_numpy(recent.rows).to(device)
    items = torch.from_numpy(recent.items.astype(np.int64)).to(device)
    age_days = torch.from_numpy(recent.now[recent.rows] / day_s - recent.times / day_s).to(device)
    return pairs_of(rows, items, age_days.float().clamp(min=0), len(profiles), num_items)

"""The events of a dataset as tensors on the device, and how training draws from them.

Nothing is loaded, joined or sampled outside these tensors: a batch is a handful of index kernels.

Shapes: U people, E events, W windows, B windows of a batch, T positions of a window, P moments at which
somebody is asked (a person, and the time just after one of their events), H events ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT, TimeKind
from recengine.core.dataset import Dataset

YEAR_DAYS = 365.0
LONGEST_GAP_DAYS = 30.0  # a pause longer than this is no more likely to be asked about
SHORTEST_GAP_DAYS = 1e-4
MIX = 2_654_435_761  # Knuth's multiplicative hash
HASH_BITS = 24
LENGTH_STEPS = 4  # per doubling


@dataclass(frozen=True)
class EventLog:
    """Events person by person, oldest first.

    Attributes:
        offsets: int64, shape (U + 1,).
        items: int64, shape (E,).
        days: float64, shape (E,); see `day_length`.
        gains: float32, shape (E,): how much an event adds to log(1 + summed weight) of its item.
    """

    offsets: Tensor
    items: Tensor
    days: Tensor
    gains: Tensor

    @classmethod
    def of(cls, data: Dataset, day_s: float, device: str) -> EventLog:
        """All events of a dataset."""
        events = data.interactions
        order = events.order_by_user
        users, items, weights = (events.column(name)[order] for name in (USER, ITEM, WEIGHT))
        gains = log_gains(users, items, weights, data.num_items)
        return cls(
            torch.from_numpy(events.offsets_by_user(data.num_users)).to(device),
            torch.from_numpy(items.astype(np.int64)).to(device),
            torch.from_numpy(events.column(TIME)[order] / day_s).to(device),
            torch.from_numpy(gains).to(device),
        )

    def shuffled(self, generator: torch.Generator) -> EventLog:
        """The same events, each person's in an order drawn by chance."""
        device = self.items.device
        people = torch.repeat_interleave(torch.diff(self.offsets))
        draw = torch.rand(len(people), dtype=torch.float64, generator=generator, device=device)
        order = torch.argsort(people + draw)
        return EventLog(self.offsets, self.items[order], self.days[order], self.gains[order])


def day_length(data: Dataset) -> float:
    """Seconds of a day; where the data have no time, the whole file is stretched over one year."""
    kind: TimeKind = data.about.time_kind
    if kind != "order" or len(data.interactions) == 0:
        return float(DAY)
    times = data.interactions.column(TIME)
    return max(1e-9, float(times[-1] - times[0]) / YEAR_DAYS)


def log_gains(
    rows: NDArray[Any], items: NDArray[Any], weights: NDArray[np.float32], num_items: int
) -> NDArray[np.float32]:
    """What each event adds to log(1 + summed weight) of its (row, item); shape (events,).

    The running sum of these over a history is the log count of every item in it, which keeps a
    thing bought a hundred times from drowning all else.
    """
    if len(items) == 0:
        return np.zeros(0, np.float32)
    key = rows.astype(np.int64) * num_items + items
    order = np.argsort(key, kind="stable")
    sums = np.cumsum(weights[order].astype(np.float64))
    first = np.r_[True, key[order][1:] != key[order][:-1]]
    before_group = np.repeat((sums - weights[order])[first], np.diff(np.r_[np.flatnonzero(first), len(key)]))
    after = np.maximum(sums - before_group, 0.0)
    gains = np.empty(len(key), np.float32)
    gains[order] = np.log1p(after) - np.log1p(np.maximum(after - weights[order], 0.0))
    return gains


@dataclass(frozen=True)
class Windows:
    """Histories cut into pieces of at most T events, anew in each epoch.

    Attributes:
        people, starts, lengths: int64, shape (W,); starts are positions in the log.
    """

    people: Tensor
    starts: Tensor
    lengths: Tensor

    @classmethod
    def cut(cls, log: EventLog, people: Tensor, longest: int, generator: torch.Generator) -> Windows:
        """Every event of these people in one window; where the cuts fall is drawn.

        The number of windows depends on the data alone, so that progress can be foretold.
        """
        first, total = log.offsets[people], log.offsets[people + 1] - log.offsets[people]
        pieces = (total + longest - 1) // longest
        slack = pieces * longest - total
        draw = torch.rand(len(people), generator=generator, device=people.device)
        shift = (draw * (slack + 1)).long().clamp(max=longest - 1)
        owner = torch.repeat_interleave(pieces)
        place = torch.arange(len(owner), device=owner.device) - (pieces.cumsum(0) - pieces)[owner]
        begin = (place * longest - shift[owner]).clamp(min=0)
        end = torch.minimum((place + 1) * longest - shift[owner], total[owner])
        kept = end > begin
        return cls(people[owner][kept], (first[owner] + begin)[kept], (end - begin)[kept])

    def __len__(self) -> int:
        return len(self.people)

    def batches(self, size: int, generator: torch.Generator) -> list[Tensor]:
        """Window numbers in random batches of about equal length, to keep padding small."""
        draw = torch.rand(len(self), generator=generator, device=self.people.device)
        # Lengths are compared in steps: near-equal ones mix freely, and little of a batch is padding.
        steps = torch.floor(LENGTH_STEPS * torch.log2(self.lengths.float()))
        order = torch.argsort(steps + draw)
        pieces = list(torch.split(order, size))
        shuffled = torch.randperm(len(pieces), generator=generator, device=self.people.device)
        return [pieces[number] for number in shuffled.tolist()]

    def positions(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Log positions (B, T) of the chosen windows, and where they are real rather than padding."""
        longest = int(self.lengths[chosen].max())
        place = torch.arange(longest, device=chosen.device)
        real_BT = place < self.lengths[chosen].unsqueeze(1)
        return (self.starts[chosen].unsqueeze(1) + place) * real_BT, real_BT


@dataclass(frozen=True)
class Moments:
    """P moments at which a person is asked: right after an event, or later in the pause behind it.

    Attributes:
        windows, places: where in the batch (B, T) the last event before the moment lies.
        people: int64 codes, to look up features; never an input.
        ends: log position just behind the last event before the moment.
        now: float64, days.
        elapsed: float32, days since that event.
    """

    windows: Tensor
    places: Tensor
    people: Tensor
    ends: Tensor
    now: Tensor
    elapsed: Tensor

    def __len__(self) -> int:
        return len(self.people)


def draw_moments(
    log: EventLog,
    people_B: Tensor,
    position_BT: Tensor,
    real_BT: Tensor,
    *,
    per_window: int,
    at_next: bool = False,
    generator: torch.Generator,
) -> Moments:
    """Moments inside the windows that have something after them.

    Args:
        per_window: how many per window, drawn with a chance that grows with the pause behind the
            event, as a test at a fixed date would find them. 0: after every event.
        at_next: at the very moment of the next event instead of anywhere before it.
    """
    more_BT = real_BT & (position_BT + 1 < log.offsets[people_B + 1].unsqueeze(1))
    after_BT = (position_BT + 1).clamp(max=len(log.items) - 1)
    gap_BT = (log.days[after_BT] - log.days[position_BT]).float() * more_BT
    if per_window:
        weight_BT = gap_BT.clamp(SHORTEST_GAP_DAYS, LONGEST_GAP_DAYS)
        noise_BT = torch.rand(gap_BT.shape, generator=generator, device=gap_BT.device)
        # The largest of u^(1/w) is a draw without replacement by weight (Efraimidis & Spirakis 2006).
        key_BT = torch.where(more_BT, noise_BT.clamp(min=1e-12).log() / weight_BT, -torch.inf)
        best = key_BT.topk(min(per_window, key_BT.shape[1]), dim=1)
        row, rank = (best.values > -torch.inf).nonzero(as_tuple=True)
        place = best.indices[row, rank]
    else:
        row, place = more_BT.nonzero(as_tuple=True)
    last = position_BT[row, place]
    share = torch.rand(len(row), generator=generator, device=row.device)
    if not per_window:  # the next event is asked for: half the time at once, as when one goes through a list
        share = (share * 2 - 1).clamp(min=0)
    if at_next:
        share = torch.ones_like(share)
    elapsed = gap_BT[row, place] * share
    return Moments(row, place, people_B[row], last + 1, log.days[last] + elapsed, elapsed)


def prefix(log: EventLog, moments: Moments, most: int) -> tuple[Tensor, Tensor]:
    """For each moment the (at most `most`) events before it: the moment's number, the log position."""
    starts = torch.maximum(log.offsets[moments.people], moments.ends - most)
    counts = moments.ends - starts
    number = torch.repeat_interleave(counts)
    place = torch.arange(len(number), device=number.device) - (counts.cumsum(0) - counts)[number]
    return number, starts[number] + place


def ahead(log: EventLog, moments: Moments, *, events: int, days: float) -> tuple[Tensor, Tensor]:
    """The items that follow each moment: (moment number, item) pairs; one that comes twice is there twice.

    Args:
        events: at most so many events ahead.
        days: and none later than this; 0 = no such bound.
    """
    counts = (log.offsets[moments.people + 1] - moments.ends).clamp(max=events)
    row = torch.repeat_interleave(counts)
    step = torch.arange(len(row), device=row.device) - (counts.cumsum(0) - counts)[row]
    position = moments.ends[row] + step
    if days:
        near = log.days[position] <= (moments.now + days)[row]
        row, position = row[near], position[near]
    return row, log.items[position]


def hidden(people: Tensor, items: Tensor, rate: Tensor, salt: int) -> Tensor:
    """True where a person's item is left out this time, all its events together.

    Args:
        people, items, rate: of equal shape; the chance may differ from person to person.
        salt: another number, another draw.
    """
    mixed = ((people * 7_919 + items + salt) * MIX) % (1 << 32)
    mixed = ((mixed ^ (mixed >> 15)) * MIX) % (1 << 32)
    return (mixed >> (32 - HASH_BITS)).float() / (1 << HASH_BITS) < rate

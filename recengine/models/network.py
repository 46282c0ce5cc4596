"""The parts that every neural model here shares; what reads the history in order is handed in.

    content  = id vector + feature vectors                              of an item
    pools    = sums over past items of log-count x how telling an item is x content: of all, of what is recent
    state    = what the reader (an LSTM, say) made of the last events
    taste    = pools + dense head(state, person's features, time since the last event, events so far),
               or, where there is no head, pools + state + person's features
    log-odds = taste . content + bias + popularity lately + readiness of the person for new things
    and, where people come back to what they had, for items of the past:
    log-odds = that + repeat head(how often, how regularly, how long ago)

Shapes: I items, D dimensions, B windows, T positions, P moments, R (moment, past item) pairs, X any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from recengine.data.encoders import Encoded
from recengine.models.feature_embedding import FeatureEmbedding, FeatureTensors
from recengine.models.repeats import Pairs, RepeatHead
from recengine.models.trend import Trend

SMALL = 0.1  # deviation of vectors that start by chance
NEVER = -1e9  # log-odds of what cannot be
GAP_SCALE = 5.0  # log hours of a long pause
RECENT_DAYS = 60.0
MOST_HALVINGS = 60.0  # beyond which float32 would overflow; then the oldest no longer fades


@dataclass(frozen=True)
class Parts:
    """Which parts a network has, and their sizes."""

    dims: int
    dropout: float
    repeats: bool
    features: bool
    pools: bool
    head: bool
    order: bool = True  # whether the reader is told the pauses between events
    bounded: bool = False  # scores are products of taste and content and nothing else
    temperature: float = 0.0  # tastes and contents are as long as one another, scores cosines / this; 0 = off


class Reader(Protocol):
    """What reads histories in order; position t may depend on 0..t only."""

    def __call__(
        self, events_BTD: Tensor, days_BT: Tensor, wait_days_BT: Tensor, last_B: Tensor | None = None
    ) -> Tensor:
        """States after each event, shape (B, T, D); with `last_B` after one event each, shape (B, 1, D).

        Args:
            days_BT: float64, days since the first event that is read.
            wait_days_BT: float32, days from each event to the moment at which it is asked what follows.
            last_B: the one position of each window that is wanted; all if None.
        """


def picked(x_BTX: Tensor, last_B: Tensor | None) -> Tensor:
    """What lies at one position of each window, shape (B, 1, X); all of it if `last_B` is None."""
    if last_B is None:
        return x_BTX
    return x_BTX[torch.arange(len(last_B), device=last_B.device), last_B].unsqueeze(1)


class Network(nn.Module):
    """Log-odds of items for states of people; see the head of this file.

    Args:
        reader: a `Reader`.
        known_I: items with events to learn from; all if None. Of the others only features say anything.
        items, people: encoded features, for the sizes of their columns; rows do not matter.
    """

    calibration: Tensor
    known_I: Tensor

    def __init__(
        self,
        parts: Parts,
        reader: nn.Module,
        trend: Trend | None,
        *,
        num_items: int,
        items: Encoded,
        people: Encoded,
        known_I: Tensor | None = None,
    ) -> None:
        super().__init__()
        dims = parts.dims
        self.parts, self.num_items = parts, num_items
        self.item_ids = nn.Embedding(num_items, dims)
        nn.init.normal_(self.item_ids.weight, std=SMALL)
        known_I = torch.ones(num_items, dtype=torch.bool) if known_I is None else known_I
        self.register_buffer("known_I", known_I)
        self.item_features = FeatureEmbedding(items, dims, std=SMALL / 10) if parts.features else None
        self.person_features = FeatureEmbedding(people, dims, std=SMALL) if parts.features else None
        # One item in the catalogue is liked, to begin with: log-odds start near the base rate.
        self.item_bias = nn.Parameter(torch.full((num_items,), -math.log(max(2, num_items))))
        self.gaps = nn.Linear(2, dims) if parts.order else None
        self.reader = reader
        self.pools = Pools(num_items) if parts.pools else None
        self.head = Head(dims, parts.dropout) if parts.head else None
        self.trend = trend
        self.repeat_head = RepeatHead(num_items) if parts.repeats else None
        self._silence_unknown()
        # Log-odds of (new, past) items = scale x raw + shift, set on people never learnt from.
        self.register_buffer("calibration", torch.tensor([[1.0, 0.0], [1.0, 0.0]]))

    @torch.no_grad()
    def start_from(self, learnt: Network) -> None:
        """Take over the weights of a network with the same parts, but of no item that is unknown here."""
        theirs = dict(learnt.named_parameters())
        for name, weight in self.named_parameters():
            weight.copy_(theirs[name])
        self._silence_unknown()

    def contents(
        self, features: FeatureTensors, dropout: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """One vector per item of the catalogue, shape (I, D)."""
        content_ID: Tensor = self.item_ids.weight
        if self.item_features is not None:
            content_ID = content_ID + self.item_features(features, dropout, generator)
        return self._normalised(content_ID)

    def edited_contents(self, own_MD: Tensor, features: FeatureTensors) -> Tensor:
        """One vector per candidate, made of one of its own and of its features; shape (M, D)."""
        return self._normalised(
            own_MD if self.item_features is None else own_MD + self.item_features(features)
        )

    def _normalised(self, content_ND: Tensor) -> Tensor:
        return functional.normalize(content_ND, dim=1) if self.parts.temperature else content_ND

    def biases(self) -> Tensor:
        """What an item is liked for whoever asks, shape (I,).

        An item without events is no rival in training, which would only learn that nobody has it yet;
        afterwards it counts as a usual one.
        """
        bias_I = torch.zeros_like(self.item_bias) if self.parts.bounded else self.item_bias
        return torch.where(self.known_I, bias_I, NEVER if self.training else bias_I[self.known_I].mean())

    @torch.no_grad()
    def _silence_unknown(self) -> None:
        """Nothing is learnt of items without events, so chance is not to speak for them."""
        tables = [self.item_ids] if self.repeat_head is None else [self.item_ids, self.repeat_head.items]
        for table in tables:
            table.weight[~self.known_I] = 0

    def read(
        self,
        content_ID: Tensor,
        items_BT: Tensor,
        gains_BT: Tensor,
        gap_days_BT: Tensor,
        wait_days_BT: Tensor,
        known_BT: Tensor,
        last_B: Tensor | None = None,
    ) -> Tensor:
        """What is known of a person after each event: state and pools, shape (B, T, D or 3 D).

        Args:
            gains_BT: what each event adds to its item's log count.
            gap_days_BT: days since the event before.
            wait_days_BT: days from the event to the moment of asking.
            known_BT: False for padding and for events that are left out.
            last_B: the one position of each person that is wanted (T of the result is then 1); all if None.
        """
        known_BT1 = known_BT.unsqueeze(-1).to(content_ID.dtype)
        content_BTD = functional.embedding(items_BT, content_ID) * known_BT1
        events_BTD = content_BTD
        if self.gaps is not None:
            log_gap = torch.log1p(24 * gap_days_BT) / GAP_SCALE
            events_BTD = content_BTD + self.gaps(torch.stack([log_gap, gains_BT], -1)) * known_BT1
        days_BT = gap_days_BT.double().cumsum(1)
        read_BTD: Tensor = self.reader(events_BTD, days_BT, wait_days_BT, last_B)
        if self.pools is None:
            return read_BTD
        pools_BTX = self.pools(content_BTD, items_BT, gains_BT, gap_days_BT, known_BT1)
        return torch.cat([read_BTD, picked(pools_BTX, last_B)], -1)

    def persons(
        self, features: FeatureTensors, dropout: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor | None:
        """One vector per person from their features, shape (B, D); None where features are not read."""
        if self.person_features is None:
            return None
        made_BD: Tensor = self.person_features(features, dropout, generator)
        return made_BD

    def tastes(
        self, read_PX: Tensor, person_PD: Tensor | None, elapsed_P: Tensor, events_P: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What each person is after now.

        Args:
            read_PX: rows of what `read` gave.
            person_PD: what `persons` gave.
            elapsed_P: days since the last event.
            events_P: how many events the history has.

        Returns:
            The vector whose product with an item's content says how well it suits, shape (P, D), and
            the log-odds that anything new gets, shape (P,).
        """
        state_PD, pools_PX = read_PX[:, : self.parts.dims], read_PX[:, self.parts.dims :]
        if self.head is None:
            taste_PD = state_PD if person_PD is None else state_PD + person_PD
            novelty_P = torch.zeros_like(elapsed_P)
        else:
            if not self.parts.repeats:
                # People who go through a list ask again within seconds; in earnest they are asked days
                # later, which training has never seen. What suits them does not hang on the pause.
                elapsed_P = torch.zeros_like(elapsed_P)
            taste_PD, novelty_P = self.head(state_PD, person_PD, elapsed_P, events_P)
        if self.parts.bounded:
            novelty_P = torch.zeros_like(novelty_P)
        if self.pools is not None:
            taste_PD = taste_PD + self.pools.taste(pools_PX)
        if self.parts.temperature:
            taste_PD = functional.normalize(taste_PD, dim=1) / self.parts.temperature
        return taste_PD, novelty_P

    def affinity(self, taste_ND: Tensor, content_ID: Tensor, items: Tensor, now_N: Tensor) -> Tensor:
        """Log-odds of single (taste, item) pairs before the repeat head, shape (N,)."""
        product = (taste_ND * functional.embedding(items, content_ID)).sum(1)
        return product + self.biases()[items] + (self.trend(now_N, items) if self.trend else 0.0)

    def newness(
        self,
        taste_PD: Tensor,
        novelty_P: Tensor,
        content_ID: Tensor,
        now_P: Tensor,
        items: Tensor | None = None,
    ) -> Tensor:
        """Log-odds of all items, or of the given ones, as new ones; shape (P, I) or (P, M)."""
        content_MD = content_ID if items is None else content_ID[items]
        return self.candidate_newness(taste_PD, novelty_P, content_MD, now_P, items)

    def candidate_newness(
        self,
        taste_PD: Tensor,
        novelty_P: Tensor,
        content_MD: Tensor,
        now_P: Tensor,
        items: Tensor | None,
    ) -> Tensor:
        """The same of items whose contents are given one by one, shape (P, M)."""
        bias_M = self.biases() if items is None else self.biases()[items]
        # Novelty rides along as one more dimension, bias and popularity as what the product is added
        # to: at this size each further pass over (P, M) costs as much as the product itself.
        taste = torch.cat([taste_PD, novelty_P.unsqueeze(1)], 1)
        content = torch.cat([content_MD, content_MD.new_ones(len(content_MD), 1)], 1)
        if self.trend is None:
            return torch.addmm(bias_M, taste, content.T)
        base_KM, which_P = self.trend.by_bin(now_P, items)
        return torch.addmm(functional.embedding(which_P, base_KM + bias_M), taste, content.T)

    def again(self, pairs: Pairs, affinity_R: Tensor) -> Tensor:
        """Log-odds that items of the past come again, shape (R,)."""
        return affinity_R if self.repeat_head is None else self.repeat_head(pairs, affinity_R)

    def calibrated(self, raw: Tensor, *, past: bool) -> Tensor:
        """Log-odds as they are shown."""
        scale, shift = self.calibration[int(past)]
        return raw * scale + shift


class Pools(nn.Module):
    """Sums of what was chosen, each item weighed by how telling it is: of all, and of what is recent."""

    def __init__(self, num_items: int) -> None:
        super().__init__()
        self.telling = nn.Parameter(torch.zeros(num_items))
        self.scales = nn.Parameter(torch.zeros(2))

    def forward(
        self, content_BTD: Tensor, items_BT: Tensor, gains_BT: Tensor, gap_days_BT: Tensor, known_BT1: Tensor
    ) -> Tensor:
        """Both sums after each event, shape (B, T, 2 D)."""
        gains_BT1 = gains_BT.unsqueeze(-1) * known_BT1
        told_BTD = content_BTD * gains_BT1 * torch.exp(self.telling[items_BT]).unsqueeze(-1)
        pool_BTD = told_BTD.cumsum(1) / torch.sqrt(gains_BT1.cumsum(1) + 1)
        return torch.cat([pool_BTD, _fading_sum(told_BTD, gains_BT1, gap_days_BT)], -1)

    def taste(self, pools_P2D: Tensor) -> Tensor:
        """What they add to a taste, shape (P, D)."""
        all_PD, recent_PD = pools_P2D.chunk(2, 1)
        scales = torch.exp(self.scales)
        return all_PD * scales[0] + recent_PD * scales[1]


class Head(nn.Module):
    """A dense layer on state, person and times; it sees no pool, with which it would learn its training
    people by heart and know less of others."""

    def __init__(self, dims: int, dropout: float) -> None:
        super().__init__()
        last = nn.Linear(2 * dims, dims + 1)
        self.forget = nn.Dropout(dropout)
        self.layers = nn.Sequential(nn.Linear(2 * dims + 2, 2 * dims), nn.GELU(), nn.Dropout(dropout), last)
        # It starts near nothing: at first a person is the sum of what they chose.
        nn.init.normal_(last.weight, std=SMALL / dims**0.5)
        nn.init.zeros_(last.bias)

    def forward(
        self, state_PD: Tensor, person_PD: Tensor | None, elapsed_P: Tensor, events_P: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What it adds to a taste, and the readiness for anything new; shapes (P, D) and (P,)."""
        person_PD = torch.zeros_like(state_PD) if person_PD is None else person_PD
        times = [torch.log1p(24 * elapsed_P) / GAP_SCALE, torch.log1p(events_P) / GAP_SCALE]
        known = [self.forget(torch.cat([state_PD, person_PD], 1)), torch.stack(times, 1)]
        made_P = self.layers(torch.cat(known, 1))
        return made_P[:, :-1], made_P[:, -1]


def _fading_sum(told_BTD: Tensor, gains_BT1: Tensor, gap_days_BT: Tensor) -> Tensor:
    """The running sum in which what lies RECENT_DAYS back counts half, over the root of its weight."""
    # A fading sum is a plain one of terms that grow with time, shrunk back at the end.
    age_BT = gap_days_BT.cumsum(1) / RECENT_DAYS
    grown_BT1 = torch.exp2(age_BT.clamp(max=MOST_HALVINGS)).unsqueeze(-1)
    faded_BTD = (told_BTD * grown_BT1).cumsum(1) / grown_BT1
    weight_BT1 = (gains_BT1 * grown_BT1).cumsum(1) / grown_BT1
    return faded_BTD / torch.sqrt(weight_BT1 + 1)

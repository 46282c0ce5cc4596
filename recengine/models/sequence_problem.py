"""What a sequence model learns: at moments drawn from histories, tell what follows from what does not.

One step reads B windows of T events once, asks P moments inside them, and compares, for each moment, all
items of the past (if people come back to what they had), all new items that follow, and M items drawn for
the whole batch.

Bytes and operations of a step are counted in docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recengine.models.calibration import calibrate
from recengine.models.cross_entropy import cross_entropy
from recengine.models.event_log import (
    EventLog,
    Moments,
    Windows,
    ahead,
    draw_moments,
    hidden,
    prefix,
)
from recengine.models.feature_embedding import FeatureTensors
from recengine.models.losses import Candidates, Loss, loss_of
from recengine.models.network import Network
from recengine.models.repeats import MOST_EVENTS, Pairs, pairs_of

STRANGERS = 0.02  # share of windows whose whole history is hidden: what a newcomer looks like
FEWEST_STEPS = 20  # of an epoch; small data get smaller batches
HELD_OUT_WINDOWS, HELD_OUT_MOMENTS = 256, 8  # of each
SALT = 1 << 30


@dataclass(frozen=True)
class Sampling:
    """How batches are drawn; see the model's settings."""

    loss: Loss
    trust: float
    power: float
    history: int
    batch: int
    moments: int
    horizon_events: int
    horizon_days: float
    negatives: int
    history_dropout: float
    feature_dropout: float
    knows_when: bool
    narrow_products: bool

    @property
    def only_next(self) -> bool:
        """Whether after every event it is asked which single one comes next."""
        return self.moments == 0 and self.horizon_events == 1


@dataclass(frozen=True)
class Asked:
    """Moments, and what is known of their people there.

    Attributes:
        rate_P: share of the history that was hidden from each; salt: by which draw.
        num_events: how many events were read.
    """

    moments: Moments
    taste_PD: Tensor
    novelty_P: Tensor
    content_ID: Tensor
    rate_P: Tensor
    salt: int
    num_events: int


class SequenceProblem:
    """The batches of one dataset and their loss."""

    def __init__(
        self,
        network: Network,
        log: EventLog,
        items: FeatureTensors,
        people: FeatureTensors,
        sampling: Sampling,
        *,
        learners: Tensor,
        held_out: Tensor,
        seed: int,
    ) -> None:
        self.network, self.log, self.sampling = network, log, sampling
        self.items, self.people = items, people
        self.learners, self.held_out, self.seed = learners, held_out, seed
        self.loss_of = loss_of(sampling.loss, trust=sampling.trust, power=sampling.power)
        self.windows: Windows
        self.batches: list[Tensor] = []

    def begin_epoch(self, generator: torch.Generator) -> int:
        """Cut everyone's history anew and shuffle."""
        self.windows = Windows.cut(self.log, self.learners, self.sampling.history, generator)
        size = max(1, min(self.sampling.batch, len(self.windows) // FEWEST_STEPS))
        self.batches = self.windows.batches(size, generator) if len(self.windows) else []
        return len(self.batches)

    def loss(self, step: int, generator: torch.Generator) -> tuple[Tensor, int] | None:
        """The loss of one batch, and how many events were read for it."""
        asked = self._ask(self.windows, self.batches[step], generator, self.sampling.moments)
        if asked is None:
            return None
        if self.sampling.only_next and not self.network.parts.repeats:
            return self._next_loss(asked, generator), asked.num_events
        return self.loss_of(self._candidates(asked, generator)), asked.num_events

    @torch.no_grad()
    def held_out_loss(self) -> float:
        """The loss on held-out people, always at the same moments; calibrates the network on them."""
        asked = self._ask_held_out()
        if not asked:
            return float("nan")
        losses = [self.loss_of(candidates).item() for candidates in asked]
        calibrate(self.network, asked)
        return float(np.mean(losses))

    def _ask_held_out(self) -> list[Candidates]:
        if len(self.held_out) == 0:
            return []
        generator = torch.Generator(self.held_out.device).manual_seed(self.seed)
        windows = Windows.cut(self.log, self.held_out, self.sampling.history, generator)
        # The latest stretch of each history: who is asked in earnest has a past as long as that.
        latest = windows.starts + windows.lengths == self.log.offsets[windows.people + 1]
        chosen = latest.nonzero().squeeze(1)
        pieces = torch.split(chosen[:HELD_OUT_WINDOWS], self.sampling.batch)
        asked = (self._ask(windows, piece, generator, HELD_OUT_MOMENTS) for piece in pieces)
        return [self._candidates(one, generator) for one in asked if one is not None]

    def _ask(
        self, windows: Windows, chosen: Tensor, generator: torch.Generator, per_window: int
    ) -> Asked | None:
        log, network, sampling = self.log, self.network, self.sampling
        position_BT, real_BT = windows.positions(chosen)
        people_B = windows.people[chosen]
        moments = draw_moments(
            log,
            people_B,
            position_BT,
            real_BT,
            per_window=per_window,
            at_next=sampling.knows_when,
            generator=generator,
        )
        if len(moments) == 0:
            return None
        rate_B, salt = self._hiding(len(chosen), generator)
        items_BT = log.items[position_BT]
        hidden_BT = hidden(people_B.unsqueeze(1), items_BT, rate_B.unsqueeze(1), salt)
        dropout = sampling.feature_dropout
        content_ID = network.contents(self.items, dropout, generator)
        gap_BT = self._gaps(position_BT, real_BT)
        wait_BT = functional.pad(gap_BT[:, 1:], (0, 1))  # until the next event, or until it is asked
        wait_BT[moments.windows, moments.places] = moments.elapsed
        read_BTX = network.read(
            content_ID,
            items_BT,
            log.gains[position_BT],
            gap_BT,
            wait_BT,
            real_BT & ~hidden_BT,
        )
        person_BD = network.persons(self.people.rows(people_B), dropout, generator)
        rate_P = rate_B[moments.windows]
        shown_P = rate_P < 1
        taste_PD, novelty_P = network.tastes(
            read_BTX.flatten(0, 1).index_select(0, moments.windows * items_BT.shape[1] + moments.places),
            None if person_BD is None else person_BD.index_select(0, moments.windows),
            moments.elapsed * shown_P,
            (moments.ends - log.offsets[moments.people]).float() * shown_P,
        )
        return Asked(moments, taste_PD, novelty_P, content_ID, rate_P, salt, int(real_BT.sum()))

    def _hiding(self, num_windows: int, generator: torch.Generator) -> tuple[Tensor, int]:
        """How much of each window's history is hidden, shape (B,), and this draw's salt."""
        device = self.log.items.device
        salt = int(torch.randint(SALT, (), generator=generator, device=device))
        if not self.network.training:
            return torch.zeros(num_windows, device=device), salt
        draw = torch.rand(num_windows, generator=generator, device=device)
        usual = self.sampling.history_dropout
        stranger = STRANGERS if usual else 0.0
        return torch.where(draw < stranger, 1.0, usual), salt

    def _gaps(self, position_BT: Tensor, real_BT: Tensor) -> Tensor:
        """Days since the person's event before; 0 for the first."""
        days_BT = self.log.days[position_BT]
        gap_BT = torch.diff(days_BT, dim=1, prepend=days_BT[:, :1])
        return (gap_BT * real_BT).clamp(min=0).float()

    def _next_loss(self, asked: Asked, generator: torch.Generator) -> Tensor:
        """What `_candidates` would lead to where one item follows and none of the past is asked about."""
        network, moments = self.network, asked.moments
        target_P = self.log.items[moments.ends]
        drawn = self._draw(generator)
        if self.sampling.loss == "softmax" and drawn is None:
            return self._cross_entropy(asked, target_P)
        row_P, none = torch.arange(len(moments), device=target_P.device), asked.novelty_P[:0]
        ok_PM = self._ok(drawn, len(moments), [(row_P, target_P)])
        liked_P = network.affinity(asked.taste_PD, asked.content_ID, target_P, moments.now)
        drawn_PM = network.newness(asked.taste_PD, asked.novelty_P, asked.content_ID, moments.now, drawn)
        return self.loss_of(
            Candidates(
                past_R=none.float(),
                past_moment_R=row_P[:0],
                past_label_R=none.float(),
                new_N=(liked_P + asked.novelty_P).float(),
                new_moment_N=row_P,
                drawn_PM=drawn_PM.float(),
                drawn_ok_PM=ok_PM,
                rate=ok_PM.shape[1] / network.num_items,
            )
        )

    def _cross_entropy(self, asked: Asked, target_P: Tensor) -> Tensor:
        """The softmax loss over the whole catalogue; day by day where popularity at the moment counts."""
        network, kind = self.network, target_P.device.type
        narrow = self.sampling.narrow_products or torch.is_autocast_enabled(kind)
        with torch.autocast(kind, torch.bfloat16, enabled=narrow):
            if network.trend is None:
                return cross_entropy(asked.taste_PD, asked.content_ID, network.biases(), target_P)
            base_KI, which_P = network.trend.by_bin(asked.moments.now)
            order = torch.argsort(which_P)
            days = zip(
                base_KI + network.biases(), torch.split(order, which_P.bincount().tolist()), strict=True
            )
            losses = [
                len(of_day)
                * cross_entropy(
                    asked.taste_PD.index_select(0, of_day), asked.content_ID, bias_I, target_P[of_day]
                )
                for bias_I, of_day in days
            ]
        return torch.stack(losses).sum() / len(target_P)

    def _candidates(self, asked: Asked, generator: torch.Generator) -> Candidates:
        network, sampling, num_items = self.network, self.sampling, self.network.num_items
        moments, taste_PD, novelty_P, content_ID = (
            asked.moments,
            asked.taste_PD,
            asked.novelty_P,
            asked.content_ID,
        )
        pairs, ignored = self._past(moments, asked.rate_P, asked.salt)
        row, item = ahead(self.log, moments, events=sampling.horizon_events, days=sampling.horizon_days)
        target_keys = torch.unique(row * num_items + item)
        past_keys = pairs.keys(num_items)
        past_label = _contains(target_keys, past_keys).float()
        new_keys = target_keys[~_contains(past_keys, target_keys) & ~_contains(ignored, target_keys)]
        new_row, new_item = new_keys // num_items, new_keys % num_items
        drawn = self._draw(generator)
        taken = [(keys // num_items, keys % num_items) for keys in (past_keys, target_keys, ignored)]
        ok_PM = self._ok(drawn, len(moments), taken)
        past_affinity = network.affinity(
            taste_PD[pairs.moments], content_ID, pairs.items, moments.now[pairs.moments]
        )
        new_affinity = network.affinity(taste_PD[new_row], content_ID, new_item, moments.now[new_row])
        drawn_PM = network.newness(taste_PD, novelty_P, content_ID, moments.now, drawn)
        return Candidates(  # losses are summed in float32, whatever the network computes in
            past_R=network.again(pairs, past_affinity).float(),
            past_moment_R=pairs.moments,
            past_label_R=past_label,
            new_N=(new_affinity + novelty_P[new_row]).float(),
            new_moment_N=new_row,
            drawn_PM=drawn_PM.float(),
            drawn_ok_PM=ok_PM,
            rate=ok_PM.shape[1] / num_items,
        )

    def _draw(self, generator: torch.Generator) -> Tensor | None:
        """Items drawn to compare with, one draw for the whole batch; None = the whole catalogue."""
        count, num_items = self.sampling.negatives, self.network.num_items
        if count == 0 or count >= num_items:
            return None
        return torch.randperm(num_items, generator=generator, device=self.log.items.device)[:count]

    def _ok(self, drawn: Tensor | None, num_moments: int, taken: list[tuple[Tensor, Tensor]]) -> Tensor:
        """False where a drawn item is one of those (moment, item) pairs, shape (P, M)."""
        num_items, device = self.network.num_items, self.log.items.device
        drawn = torch.arange(num_items, device=device) if drawn is None else drawn
        slot_I = torch.full((num_items,), -1, device=device)
        slot_I[drawn] = torch.arange(len(drawn), device=device)
        ok_PM = torch.ones(num_moments, len(drawn), dtype=torch.bool, device=device)
        for moment, item in taken:
            slot = slot_I[item]
            ok_PM[moment[slot >= 0], slot[slot >= 0]] = False
        return ok_PM

    def _past(self, moments: Moments, rate_P: Tensor, salt: int) -> tuple[Pairs, Tensor]:
        """The items of each moment's past, and the keys of those that are hidden and not asked about.

        Where people do not come back there is nothing to compare: no item of the past is a candidate.
        """
        num_items, log = self.network.num_items, self.log
        number, position = prefix(log, moments, MOST_EVENTS if self.network.parts.repeats else 0)
        items = log.items[position]
        is_hidden = hidden(moments.people[number], items, rate_P[number], salt)
        age = (moments.now[number] - log.days[position]).float().clamp(min=0)
        # To a stranger everything is new, also what they had; else what is hidden is not asked about.
        ignored = torch.unique((number * num_items + items)[is_hidden & (rate_P[number] < 1)])
        seen = ~is_hidden
        return pairs_of(number[seen], items[seen], age[seen], len(moments), num_items), ignored


def _contains(sorted_keys: Tensor, wanted: Tensor) -> Tensor:
    """Which of the wanted keys are among the sorted ones."""
    if len(sorted_keys) == 0:
        return torch.zeros(len(wanted), dtype=torch.bool, device=wanted.device)
    place = torch.searchsorted(sorted_keys, wanted).clamp(max=len(sorted_keys) - 1)
    return sorted_keys[place] == wanted

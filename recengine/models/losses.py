"""What a model is to get better at. One module for every neural model.

For each of P moments there are three groups of candidates: the items of the person's own past (all of them),
the new items that follow (all of them), and M items drawn from the rest, one draw for the whole batch.

Shapes: P moments, M drawn items, R (moment, past item) pairs, N (moment, new target) pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Loss = Literal["bce", "softmax", "gbce", "bsl"]
MASKED = -1e9


@dataclass(frozen=True)
class Candidates:
    """Log-odds of everything that is compared at P moments.

    Attributes:
        past_R, past_moment_R, past_label_R: items of the own past; label 1 = it comes again.
        new_N, new_moment_N: new items that do follow.
        drawn_PM: the drawn items; drawn_ok_PM is False where one of them is of the past or follows.
        rate: the share of the catalogue that was drawn, 0 < rate <= 1.
    """

    past_R: Tensor
    past_moment_R: Tensor
    past_label_R: Tensor
    new_N: Tensor
    new_moment_N: Tensor
    drawn_PM: Tensor
    drawn_ok_PM: Tensor
    rate: float

    @property
    def num_positives(self) -> Tensor:
        """Targets of all moments together."""
        return self.past_label_R.sum() + len(self.new_N)


def bce(candidates: Candidates) -> Tensor:
    """Binary cross-entropy per target: P(like) of everything that follows up, of all else down.

    Only a share `rate` of the new items is looked at, so likes are over-represented among them by
    1/rate; adding log(1/rate) to their log-odds while training makes the log-odds themselves right
    (the prior correction of King & Zeng 2001; the idea behind gBCE with t = 1, Petrov & Macdonald 2023).
    """
    prior = -math.log(candidates.rate)
    past = functional.binary_cross_entropy_with_logits(
        candidates.past_R, candidates.past_label_R, reduction="sum"
    )
    liked = functional.softplus(-(candidates.new_N + prior)).sum()
    drawn = (functional.softplus(candidates.drawn_PM + prior) * candidates.drawn_ok_PM).sum()
    return (past + liked + drawn) / candidates.num_positives.clamp(min=1)


def gbce(candidates: Candidates, trust: float = 1.0) -> Tensor:
    """Binary cross-entropy per target in which likes are toned down (gSASRec, Petrov & Macdonald 2023).

    A like counts beta = 1 - trust (1 - rate) times. With trust 1 that is the rate itself, so each drawn
    item stands for 1/rate others and log-odds are right; with 0 likes are believed too readily, as in
    plain negative sampling, which learns faster.
    """
    beta = 1 - trust * (1 - candidates.rate)
    past = functional.binary_cross_entropy_with_logits(
        candidates.past_R, candidates.past_label_R, reduction="sum"
    )
    liked = functional.softplus(-candidates.new_N).sum()
    drawn = (functional.softplus(candidates.drawn_PM) * candidates.drawn_ok_PM).sum()
    return (beta * (past + liked) + drawn) / candidates.num_positives.clamp(min=1)


def softmax(candidates: Candidates) -> Tensor:
    """Cross-entropy per target: of all that could follow, it was this.

    The drawn items stand for the whole catalogue: log(1/rate) is added to each of them
    (sampled softmax with the logQ correction; uniform draws, so Q is the same for all).
    A target does not compete with the moment's other targets.
    """
    target, log_rest = _against_the_rest(candidates)
    return functional.softplus(log_rest - target).sum() / max(1, len(target))


def bsl(candidates: Candidates, power: float = 1.0) -> Tensor:
    """Bilateral softmax per target (BSL, Wu et al. 2024): power x log(summed exp of the rest) - target.

    Scores come already divided by their temperature. `power` is the temperature of the rest as a multiple
    of that of the targets; another one trusts what was chosen and what was not to different degrees. The
    target is no part of what it competes with, so moments without rivals teach nothing.
    """
    target, log_rest = _against_the_rest(candidates)
    losses = torch.where(log_rest > MASKED / 2, power * log_rest - target, 0.0)
    return losses.sum() / max(1, len(target))


def _against_the_rest(candidates: Candidates) -> tuple[Tensor, Tensor]:
    """Scores of all targets, and the log of the summed exp of what did not follow in the same moment."""
    prior = -math.log(candidates.rate)
    drawn_PM = torch.where(candidates.drawn_ok_PM, candidates.drawn_PM + prior, MASKED)
    again_R = candidates.past_label_R > 0
    past_R = torch.where(again_R, MASKED, candidates.past_R)
    target = torch.cat([candidates.new_N, candidates.past_R[again_R]])
    moment = torch.cat([candidates.new_moment_N, candidates.past_moment_R[again_R]])
    log_rest_P = torch.logsumexp(drawn_PM, 1)
    if len(past_R):
        top_P = log_rest_P.detach()
        top_P = top_P.scatter_reduce(0, candidates.past_moment_R, past_R.detach(), "amax")
        rest_P = torch.exp(log_rest_P - top_P)
        past_exp_R = torch.exp(past_R - top_P[candidates.past_moment_R])
        log_rest_P = top_P + torch.log(rest_P.index_add(0, candidates.past_moment_R, past_exp_R))
    return target, log_rest_P[moment]


def loss_of(name: Loss, *, trust: float = 1.0, power: float = 1.0) -> Callable[[Candidates], Tensor]:
    """The loss of that name; see `gbce` for trust and `bsl` for power."""
    losses: dict[Loss, Callable[[Candidates], Tensor]] = {
        "bce": bce,
        "softmax": softmax,
        "gbce": lambda candidates: gbce(candidates, trust),
        "bsl": lambda candidates: bsl(candidates, power),
    }
    return losses[name]

"""Log-odds that mean what they say, set on people who were never learnt from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from recengine.models.losses import Candidates
from recengine.models.network import Network

BEST_NEW = 50  # new items of the whole catalogue that a list could reach
FEWEST_TO_CALIBRATE = 200  # likes among held-out people, below which log-odds stay as they are
SMALLEST_CHANGE = 1e-6


def calibrate(network: Network, asked: list[Candidates]) -> None:
    """Set scale and shift of new and of past items so that log-odds mean what they say.

    A model knows its own training people too well and is too sure of what is new to them; on people
    it never learnt from that shows, and two numbers for each of the two kinds mend it (Platt 1999).
    Of what is new only each moment's best count: it is they who would be shown, and the thousands that
    suit nobody would otherwise decide the fit.
    """
    network.calibration.copy_(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    past = torch.cat([one.past_R for one in asked])
    past_label = torch.cat([one.past_label_R for one in asked])
    drawn, liked = (torch.cat(scores) for scores in zip(*(_best_new(one) for one in asked), strict=True))
    new = torch.cat([drawn, liked])
    new_label = torch.cat([torch.zeros_like(drawn), torch.ones_like(liked)])
    weight = torch.cat([torch.full_like(drawn, 1 / asked[0].rate), torch.ones_like(liked)])
    for kind, (scores, labels, weights) in enumerate(
        [(new, new_label, weight), (past, past_label, torch.ones_like(past))]
    ):
        if labels.sum() >= FEWEST_TO_CALIBRATE:
            network.calibration[kind] = platt(scores, labels, weights)


def _best_new(candidates: Candidates) -> tuple[Tensor, Tensor]:
    """Scores of the drawn and of the liked new items that are among each moment's best."""
    count = max(3, round(BEST_NEW * candidates.rate))
    drawn_PM = torch.where(candidates.drawn_ok_PM, candidates.drawn_PM, -torch.inf)
    bar_P = drawn_PM.topk(min(count, drawn_PM.shape[1]), dim=1).values[:, -1]
    shown_PM = (drawn_PM >= bar_P.unsqueeze(1)) & candidates.drawn_ok_PM
    shown_N = candidates.new_N >= bar_P[candidates.new_moment_N]
    return candidates.drawn_PM[shown_PM], candidates.new_N[shown_N]


def platt(score: Tensor, label: Tensor, weight: Tensor, steps: int = 12) -> Tensor:
    """Scale (above 0) and shift of the best logistic fit, by Newton's method in float64."""
    x = torch.stack([score, torch.ones_like(score)], 1).double()
    weight, label = weight.double(), label.double()
    base = (label * weight).sum() / weight.sum()
    fit = torch.stack([torch.zeros_like(base), torch.logit(base, eps=1e-6)])

    def loss_at(fit: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(x @ fit, label, weight, reduction="sum")

    for _ in range(steps):
        chance = torch.sigmoid(x @ fit)
        slope = x.T @ (weight * (chance - label))
        bend = x.T @ (x * (weight * chance * (1 - chance)).unsqueeze(1))
        change = torch.linalg.solve(bend + 1e-9 * torch.eye(2, device=x.device), slope)
        # Far from the best fit, where scores lie far apart, whole steps overshoot without end.
        while loss_at(fit - change) > loss_at(fit) and change.abs().max() > SMALLEST_CHANGE:
            change = change / 2
        fit = fit - change
    scale, shift = fit.float()
    if not bool(torch.isfinite(fit).all()) or scale <= 0:
        return torch.tensor([1.0, 0.0], device=score.device)
    return torch.stack([scale, shift])

"""The losses, by hand: one moment, one past item, one new target, two drawn items."""

import math

import pytest
import torch

from recengine.models.losses import Candidates, bce, softmax


def one_moment(rate: float = 1.0, drawn_ok: tuple[bool, bool] = (True, True)) -> Candidates:
    return Candidates(
        past_R=torch.tensor([0.3]),
        past_moment_R=torch.tensor([0]),
        past_label_R=torch.tensor([0.0]),
        new_N=torch.tensor([1.0]),
        new_moment_N=torch.tensor([0]),
        drawn_PM=torch.tensor([[-1.0, 2.0]]),
        drawn_ok_PM=torch.tensor([list(drawn_ok)]),
        rate=rate,
    )


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def test_bce_is_the_sum_over_all_candidates_per_target() -> None:
    by_hand = softplus(0.3) + softplus(-1.0) + softplus(-1.0) + softplus(2.0)
    assert bce(one_moment()).item() == pytest.approx(by_hand, rel=1e-6)


def test_bce_leaves_out_what_is_masked() -> None:
    by_hand = softplus(0.3) + softplus(-1.0) + softplus(-1.0)
    assert bce(one_moment(drawn_ok=(True, False))).item() == pytest.approx(by_hand, rel=1e-6)


def test_bce_shifts_new_items_by_the_sampling_rate_and_not_those_of_the_past() -> None:
    shift = math.log(4)
    by_hand = softplus(0.3) + softplus(-1.0 - shift) + softplus(-1.0 + shift) + softplus(2.0 + shift)
    assert bce(one_moment(rate=0.25)).item() == pytest.approx(by_hand, rel=1e-6)


def test_softmax_is_minus_the_log_share_of_the_target() -> None:
    share = math.exp(1.0) / (math.exp(1.0) + math.exp(0.3) + math.exp(-1.0) + math.exp(2.0))
    assert softmax(one_moment()).item() == pytest.approx(-math.log(share), rel=1e-5)


def test_softmax_lets_each_drawn_item_stand_for_those_that_were_not_drawn() -> None:
    rest = math.exp(0.3) + 4 * (math.exp(-1.0) + math.exp(2.0))
    share = math.exp(1.0) / (math.exp(1.0) + rest)
    assert softmax(one_moment(rate=0.25)).item() == pytest.approx(-math.log(share), rel=1e-5)


def test_softmax_targets_do_not_compete_with_each_other() -> None:
    both = Candidates(
        past_R=torch.tensor([0.3]),
        past_moment_R=torch.tensor([0]),
        past_label_R=torch.tensor([1.0]),
        new_N=torch.tensor([1.0]),
        new_moment_N=torch.tensor([0]),
        drawn_PM=torch.tensor([[-1.0, 2.0]]),
        drawn_ok_PM=torch.tensor([[True, True]]),
        rate=1.0,
    )
    rest = math.exp(-1.0) + math.exp(2.0)
    losses = [-math.log(math.exp(score) / (math.exp(score) + rest)) for score in (0.3, 1.0)]
    assert softmax(both).item() == pytest.approx(sum(losses) / 2, rel=1e-5)

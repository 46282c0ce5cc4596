"""The losses, by hand: one moment, one past item, one new target, two drawn items."""

import math
from dataclasses import replace

import pytest
import torch

from recengine.models.losses import Candidates, bce, bsl, gbce, loss_of, softmax


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


def test_softmax_of_a_moment_without_rivals_is_nothing() -> None:
    alone = replace(one_moment(drawn_ok=(False, False)), past_R=torch.tensor([-1e9]))
    assert softmax(alone).item() == pytest.approx(0, abs=1e-6)
    assert bsl(alone).item() == 0


def test_gbce_without_trust_is_plain_binary_cross_entropy() -> None:
    by_hand = softplus(0.3) + softplus(-1.0) + softplus(-1.0) + softplus(2.0)
    assert gbce(one_moment(rate=0.25), trust=0.0).item() == pytest.approx(by_hand, rel=1e-6)


def test_gbce_counts_likes_and_the_past_less_the_more_it_is_trusted() -> None:
    beta = 1 - 0.75 * (1 - 0.25)
    by_hand = beta * (softplus(0.3) + softplus(-1.0)) + softplus(-1.0) + softplus(2.0)
    assert gbce(one_moment(rate=0.25), trust=0.75).item() == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("rate", [0.02, 0.5, 1.0])
def test_gbce_fully_trusted_is_smallest_where_log_odds_are_right(rate: float) -> None:
    # One item follows with probability .1: it is the target of one moment in ten, and where it is not,
    # it is drawn with probability `rate`. Nine parts of ten, weighed so, must pull as hard as the one.
    score = torch.tensor(math.log(0.1 / 0.9), requires_grad=True)
    empty, moment = torch.zeros(0), torch.zeros(0, dtype=torch.int64)
    liked = Candidates(empty, moment, empty, score.view(1), torch.tensor([0]), empty.view(1, 0),
                       torch.zeros(1, 0, dtype=torch.bool), rate)  # fmt: skip
    drawn = Candidates(empty, moment, empty, empty, moment, score.view(1, 1),
                       torch.ones(1, 1, dtype=torch.bool), rate)  # fmt: skip
    torch.autograd.backward(0.1 * gbce(liked) + 0.9 * rate * gbce(drawn))
    assert score.grad is not None
    assert score.grad.item() == pytest.approx(0, abs=1e-7)


def test_bsl_is_the_power_of_the_rest_over_the_target() -> None:
    rest = math.exp(0.3) + 4 * (math.exp(-1.0) + math.exp(2.0))
    by_hand = 1.22 * math.log(rest) - 1.0
    assert bsl(one_moment(rate=0.25), power=1.22).item() == pytest.approx(by_hand, rel=1e-6)


def test_losses_are_found_by_name() -> None:
    one = one_moment(rate=0.25)
    assert loss_of("bce")(one) == bce(one)
    assert loss_of("softmax")(one) == softmax(one)
    assert loss_of("gbce", trust=0.5)(one) == gbce(one, 0.5)
    assert loss_of("bsl", power=1.5)(one) == bsl(one, 1.5)

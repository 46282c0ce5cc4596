"""Dropout from bytes is dropout."""

import pytest
import torch

from recengine.models.dropout import Dropout


def test_the_wanted_share_is_left_out_and_the_mean_stays() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        left = Dropout(0.25).train()(torch.ones(1001, 333))
    assert left.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (left == 0).float().mean().item() == pytest.approx(0.25, abs=3e-3)


def test_gradients_flow_through_what_is_left_only() -> None:
    x = torch.ones(1000, requires_grad=True)
    left = Dropout(0.5).train()(x)
    torch.autograd.backward(left.sum())
    assert x.grad is not None
    torch.testing.assert_close(x.grad, left.detach())


def test_nothing_is_left_out_in_earnest_or_where_the_share_is_nothing() -> None:
    x = torch.randn(7, 3)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0).train()(x) is x

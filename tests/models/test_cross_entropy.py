"""Cross-entropy in chunks is cross-entropy, loss and gradients alike."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from recengine.models import cross_entropy as module
from recengine.models.cross_entropy import cross_entropy


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows a chunk, so that there are several, the last one shorter."""
    monkeypatch.setattr(module, "FEWEST_ROWS", 3)
    monkeypatch.setattr(module, "CPU_CHUNK_BYTES", 1)


def case(seed: int, rows: int, items: int, size: float = 1.0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    state, content = (
        (torch.randn(n, 4, generator=draw, dtype=torch.float64) * size).requires_grad_()
        for n in (rows, items)
    )
    bias = torch.randn(items, generator=draw, dtype=torch.float64).requires_grad_()
    return state, content, bias, torch.randint(items, (rows,), generator=draw)


def test_two_items_by_hand() -> None:
    # log-odds 1 and 0; the second is meant: -log(1 / (1 + e)) = log(1 + e)
    loss = cross_entropy(torch.tensor([[1.0]]), torch.tensor([[1.0], [0.0]]), None, torch.tensor([1]))
    assert loss.item() == pytest.approx(math.log(1 + math.e))


@given(st.integers(0, 10_000), st.integers(1, 11), st.integers(1, 9), st.booleans())
def test_loss_and_gradients_are_those_of_the_plain_formula(
    seed: int, rows: int, items: int, with_bias: bool
) -> None:
    state, content, bias, target = case(seed, rows, items)
    inputs = [state, content, bias] if with_bias else [state, content]
    ours = cross_entropy(state, content, bias if with_bias else None, target)
    logits = state @ content.T + (bias if with_bias else 0.0)
    plain = functional.cross_entropy(logits, target)
    torch.testing.assert_close(ours, plain)
    for mine, theirs in zip(
        torch.autograd.grad(3 * ours, inputs), torch.autograd.grad(3 * plain, inputs), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_very_unlikely_targets_stay_finite() -> None:
    state, content, bias, target = case(1, 7, 5, size=100.0)
    loss = cross_entropy(state.float(), content.float(), bias.float(), target)
    plain = functional.cross_entropy(state @ content.T + bias, target)
    torch.testing.assert_close(loss.double(), plain, rtol=1e-5, atol=0)


def test_no_targets_cost_nothing_and_can_be_differentiated() -> None:
    state, content, bias, _ = case(1, 0, 5)
    loss = cross_entropy(state, content, bias, torch.empty(0, dtype=torch.int64))
    assert loss.item() == 0
    assert torch.autograd.grad(loss, state)[0].shape == (0, 4)


def test_without_gradients_the_loss_is_the_same() -> None:
    state, content, bias, target = case(2, 7, 5)
    learnt = cross_entropy(state, content, bias, target)
    with torch.no_grad():
        assert cross_entropy(state, content, bias, target) == learnt


def test_bfloat16_products_are_near_and_gradients_keep_their_type() -> None:
    state, content, bias, target = (
        part.detach().float().requires_grad_() if part.is_floating_point() else part for part in case(3, 7, 5)
    )
    exact = cross_entropy(state, content, bias, target)
    with torch.autocast("cpu", torch.bfloat16):
        near = cross_entropy(state, content, bias, target)
    assert near.dtype == torch.float32
    assert near.item() == pytest.approx(exact.item(), rel=0.02)
    assert torch.autograd.grad(near, state)[0].dtype == torch.float32

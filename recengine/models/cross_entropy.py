"""Cross-entropy over the whole catalogue, without the logits of the whole batch ever existing at once.

Rows are taken in chunks: a chunk's logits are made, turned into probabilities, used for the loss and for
both gradients, and overwritten while they are still in the cache (after Cut Cross-Entropy, Wijmans et al.,
ICLR 2025, which cuts the catalogue too). Three matrix products and a few passes over cached logits is all.

Shapes: N targets, I items, D dimensions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

CPU_CHUNK_BYTES = 2 * 2**20  # log-odds and probabilities of a chunk stay in the cache of one core
GPU_CHUNK_BYTES = 512 * 2**20
FEWEST_ROWS, MOST_ROWS = 64, 8192  # below, matrix products are slow; above, nothing is gained


def cross_entropy(state_ND: Tensor, content_ID: Tensor, bias_I: Tensor | None, target_N: Tensor) -> Tensor:
    """Mean of -log P(target), where the log-odds of all items are `state @ content.T + bias`.

    Equal to `torch.nn.functional.cross_entropy` on those log-odds. Under autocast products and probabilities
    are in its type, sums in float32. Gradients are made on the way, so it can be differentiated once only.

    Returns:
        A scalar; 0 where there are no targets.
    """
    if len(target_N) == 0:
        return state_ND.sum() * 0.0
    loss: Tensor = _CrossEntropy.apply(state_ND, content_ID, bias_I, target_N)  # type: ignore[no-untyped-call]
    return loss


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, state_ND: Tensor, content_ID: Tensor, bias_I: Tensor | None, target_N: Tensor
    ) -> Tensor:
        kind = state_ND.device.type
        product = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else state_ND.dtype
        learning = any(ctx.needs_input_grad)
        state, content = state_ND.detach().to(product), content_ID.detach().to(product)
        bias = None if bias_I is None else bias_I.detach().to(product)
        wide = torch.promote_types(state_ND.dtype, torch.float32)
        total = torch.zeros((), dtype=wide, device=state.device)
        state_grad = torch.empty_like(state) if learning else None
        content_grad = torch.zeros(content.shape, dtype=wide, device=state.device)
        bias_grad = torch.zeros(len(content), dtype=wide, device=state.device)
        rows = _rows(state, len(content))
        buffer = torch.empty(min(rows, len(state)), len(content), dtype=product, device=state.device)
        with torch.autocast(kind, enabled=False):
            for at in range(0, len(state), rows):
                some, target = state[at : at + rows], target_N[at : at + rows]
                logit = buffer[: len(some)]
                if bias is None:
                    torch.mm(some, content.T, out=logit)
                else:
                    torch.addmm(bias, some, content.T, out=logit)
                wanted = logit.gather(1, target.unsqueeze(1)).squeeze(1).to(wide)
                top = logit.amax(1).to(wide)
                chance = torch.softmax(logit, 1)
                # The top item's probability is never small, so its logarithm is exact enough for all.
                total += (top - chance.amax(1).to(wide).log() - wanted).sum()
                if state_grad is None:
                    continue
                if bias is not None:
                    bias_grad += chance.sum(0, dtype=wide)
                torch.mm(chance, content, out=state_grad[at : at + rows])
                if product == wide:
                    content_grad.addmm_(chance.T, some)
                else:
                    content_grad += chance.T @ some
        if state_grad is not None:
            state_grad -= content[target_N]
            content_grad.index_add_(0, target_N, state.to(wide), alpha=-1)
            bias_grad -= torch.bincount(target_N, minlength=len(content))
            ctx.save_for_backward(
                state_grad.to(state_ND.dtype),
                content_grad.to(content_ID.dtype),
                None if bias_I is None else bias_grad.to(bias_I.dtype),
            )
        ctx.count = len(state)
        return total / len(state)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        share = grads[0] / ctx.count
        state, content, bias = ctx.saved_tensors
        return state * share, content * share, None if bias is None else bias * share, None


def _rows(state: Tensor, num_items: int) -> int:
    """How many rows' probabilities fit a chunk."""
    budget = CPU_CHUNK_BYTES if state.device.type == "cpu" else GPU_CHUNK_BYTES
    return max(FEWEST_ROWS, min(MOST_ROWS, budget // (state.element_size() * num_items)))

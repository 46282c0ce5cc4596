"""Floors: what a piece of work must cost at least on this machine, from operations and bytes one can count.

The rates are measured in the same run, on one thread, in CPU seconds: operations at the rate of a plain
matrix product of the same shape, in float32 or, where a model may compute so, in bfloat16; bytes at the rate
of a plain copy. A floor is the larger of both times, as they can overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from time import process_time
from typing import Any

import numpy as np

FORWARD_AND_BACKWARD = 3  # the backward pass has two products for each one of the forward pass
COPY_BYTES = 2**28
LEAST_S = 0.5  # so long is measured


@dataclass(frozen=True)
class Rates:
    """What this machine does in a CPU second: operations in float32 and in bfloat16, bytes."""

    flops_s: float
    low_flops_s: float
    bytes_s: float

    @classmethod
    def measured(cls, rows: int, inner: int, columns: int) -> Rates:
        """Of matrix products of this shape, and of a copy."""
        shape = (rows, inner, columns)
        return cls(_product_rate(shape, low=False), _product_rate(shape, low=True), _copy_rate())

    def or_better(self, other: Rates) -> Rates:
        """The faster of two measurements; on a busy machine one may have been slowed down."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Rates(*(max(pair) for pair in pairs))


@dataclass(frozen=True)
class Work:
    """What one piece of work (an event learnt, a person ranked) takes at least.

    Attributes:
        flops: operations in float32.
        low_flops: operations that may be done in bfloat16 where that is faster.
    """

    flops: float = 0.0
    low_flops: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(self.flops + other.flops, self.low_flops + other.low_flops, self.bytes + other.bytes)

    def __mul__(self, times: float) -> Work:
        return Work(self.flops * times, self.low_flops * times, self.bytes * times)

    def seconds(self, rates: Rates) -> float:
        """The floor."""
        low_s = self.low_flops / max(rates.flops_s, rates.low_flops_s)
        return max(self.flops / rates.flops_s + low_s, self.bytes / rates.bytes_s)

    def in_low_precision(self) -> Work:
        """The same where all operations may be done in bfloat16."""
        return Work(0.0, self.flops + self.low_flops, self.bytes)


def dense(inputs: int, outputs: int) -> Work:
    """One row through a dense layer, forward."""
    return Work(2.0 * inputs * outputs)


def attention_block(dims: int, width: int, looked_back: float) -> Work:
    """One event through a LiGR block, forward: attention over the past, SwiGLU, two gates."""
    projections = dense(dims, dims) * 4 + dense(dims, dims) * 2
    return projections + Work(4 * dims * looked_back) + dense(dims, width) * 3


def pointwise_block(dims: int, looked_back: float) -> Work:
    """One event through an HSTU layer, forward: four projections in, one out, attention over the past."""
    return dense(dims, dims) * 5 + Work(4 * dims * looked_back)


def recurrent_step(dims: int, gates: int) -> Work:
    """One event through a recurrent layer, forward: 4 gates for an LSTM, 3 for a GRU."""
    return dense(2 * dims, gates * dims)


def catalogue_scores(dims: int, num_items: int) -> Work:
    """One state against every item, forward. The scores need not leave the cache."""
    return dense(dims, num_items)


def least_squares_event(dims: int, steps: int) -> Work:
    """One event in one pass over people and over items, by conjugate gradients of so many steps.

    Each step, and the residual at the start, reads the event's vector once: a product and a sum.
    """
    return Work(2 * (steps + 1) * 4.0 * dims)


def _product_rate(shape: tuple[int, int, int], *, low: bool) -> float:
    import torch

    rows, inner, columns = shape
    kind = torch.bfloat16 if low else torch.float32
    left, right = torch.rand(rows, inner).to(kind), torch.rand(inner, columns).to(kind)
    out = torch.empty(rows, columns, dtype=kind)
    return _times_a_second(lambda: torch.mm(left, right, out=out)) * 2.0 * rows * inner * columns


def _copy_rate() -> float:
    """Bytes read and written by a plain copy that does not fit into the caches."""
    source = np.zeros(COPY_BYTES // 4, np.float32)
    target = np.ones_like(source)
    return _times_a_second(lambda: np.copyto(target, source)) * 2.0 * COPY_BYTES


def _times_a_second(work: Callable[[], Any]) -> float:
    """How often the work is done in a CPU second; once before, to warm up."""
    work()
    began, count = process_time(), 0
    while process_time() - began < LEAST_S:
        work()
        count += 1
    return count / (process_time() - began)


def looked_back(lengths_U: np.ndarray, history: int) -> float:
    """Events that the mean event of such histories can look back on, itself included, at most `history`."""
    short_U = np.minimum(lengths_U, history).astype(np.float64)
    within = short_U * (short_U + 1) / 2 + (lengths_U - short_U) * history
    return float(within.sum() / max(1, lengths_U.sum()))

"""How good a list is for each person: hits in, one number a person out.

U people, K places of the list. A list with fewer than K items counts as filled up with misses.
Definitions follow ranx; where libraries differ, docs/decisions names the choice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM

Hits = NDArray[np.bool_]
Counts = NDArray[np.int64]
PerPerson = NDArray[np.float64]


def hits(items_UK: NDArray[np.integer[Any]], targets: Ragged) -> Hits:
    """True where the item at that place is one of the person's targets; shape (U, K).

    Args:
        items_UK: item codes, NO_ITEM where a list has ended.
        targets: one row a person, distinct, lowest code first.
    """
    if len(targets.values) == 0:
        return np.zeros(items_UK.shape, bool)
    stride = 1 + max(int(items_UK.max(initial=0)), int(targets.values.max()))
    wanted = targets.rows * stride + targets.values
    found_UK = np.arange(len(items_UK))[:, None] * stride + items_UK
    near_UK = np.minimum(np.searchsorted(wanted, found_UK), len(wanted) - 1)
    hit_UK: Hits = (wanted[near_UK] == found_UK) & (items_UK != NO_ITEM)
    return hit_UK


def precision(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """Share of the K places that hit, in [0, 1]; NaN for a person with no target."""
    return _with_targets(hits_UK.sum(axis=1) / hits_UK.shape[1], num_relevant_U)


def recall(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """Share of the person's targets on the list, in [0, 1]; NaN for a person with no target."""
    return _ratio(hits_UK.sum(axis=1), num_relevant_U)


def f1(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """Harmonic mean of the person's precision and recall, in [0, 1]; NaN for a person with no target.

    2PR / (P + R) with P = hits/K and R = hits/relevant comes to 2 hits / (K + relevant).
    """
    places = hits_UK.shape[1]
    return _with_targets(2 * hits_UK.sum(axis=1) / (places + num_relevant_U), num_relevant_U)


def ndcg(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """Hits discounted by log2(1 + rank), over the best that was achievable; NaN with no target."""
    discount_K = 1 / np.log2(np.arange(2, hits_UK.shape[1] + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount_K)])
    return _ratio(hits_UK @ discount_K, ideal[np.minimum(num_relevant_U, hits_UK.shape[1])])


def average_precision(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """Precision at each hit, summed, over the number of targets, in [0, 1]; NaN with no target."""
    so_far_UK = np.cumsum(hits_UK, axis=1)
    at_hits_UK = hits_UK * so_far_UK / np.arange(1, hits_UK.shape[1] + 1)
    return _ratio(at_hits_UK.sum(axis=1), num_relevant_U)


def reciprocal_rank(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """One over the rank of the first hit, 0 without a hit; NaN for a person with no target."""
    ranks_K = np.arange(1.0, hits_UK.shape[1] + 1)
    return _with_targets((hits_UK / ranks_K).max(axis=1, initial=0.0), num_relevant_U)


def hit_rate(hits_UK: Hits, num_relevant_U: Counts) -> PerPerson:
    """1 with at least one hit, else 0; NaN for a person with no target."""
    return _with_targets(np.sign(hits_UK.sum(axis=1)).astype(np.float64), num_relevant_U)


def f1_of_means(mean_precision: float, mean_recall: float) -> float:
    """F1 of two averages. Some articles report this; it is not the average F1."""
    total = mean_precision + mean_recall
    return 2 * mean_precision * mean_recall / total if total else 0.0


def _with_targets(value_U: PerPerson, num_relevant_U: Counts) -> PerPerson:
    return np.where(num_relevant_U > 0, value_U, np.nan)


def _ratio(value_U: NDArray[Any], of_U: NDArray[Any]) -> PerPerson:
    """The quotient, NaN where `of` is 0."""
    return np.divide(value_U, of_U, out=np.full(len(value_U), np.nan), where=of_U > 0)

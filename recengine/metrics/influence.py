"""What each person contributes to metrics that are one number for all: for intervals over people.

The values of U people have the metric as their mean, and their spread is what the metric owes to each person
(the infinitesimal jackknife, Jaeckel 1972; for the area under the ROC curve DeLong 1988): value + U times the
derivative by the weight of the person. So differences of such metrics are told from chance as those of means.

U people, K places of the list, I items, N person-item pairs, V distinct probabilities, lowest first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.metrics.classification import SMALLEST, bin_of_pairs

Lists = NDArray[np.int32]
Labels = NDArray[np.bool_]
Floats = NDArray[np.float64]


def coverage(items_UK: Lists, catalogue_I: NDArray[np.bool_]) -> Floats:
    """Share of the catalogue that would not be shown at all without the person, as a deviation."""
    counts_I = np.bincount(items_UK[items_UK != NO_ITEM], minlength=len(catalogue_I))
    alone_I = (counts_I == 1) & catalogue_I
    only_U = _over_list(items_UK, alone_I.astype(np.float64))
    return (only_U - only_U.mean()) * len(items_UK) / max(1, catalogue_I.sum())


def gini(items_UK: Lists, catalogue_I: NDArray[np.bool_]) -> Floats:
    """How much more uneven exposure is for the person's list, as a deviation."""
    counts_I = np.bincount(items_UK[items_UK != NO_ITEM], minlength=len(catalogue_I))[catalogue_I]
    total, count = counts_I.sum(), len(counts_I)
    if total == 0:
        return np.full(len(items_UK), np.nan)
    _, place_I, ties_I = np.unique(counts_I, return_inverse=True, return_counts=True)
    rank_I = (np.cumsum(ties_I) - (ties_I - 1) / 2)[place_I]  # items with equal exposure share their ranks
    slope_I = (2 * rank_I - count - 1) / (count * total)
    value = slope_I @ counts_I
    pull_I = np.zeros(len(catalogue_I))
    pull_I[catalogue_I] = slope_I - value / total
    return _over_list(items_UK, pull_I) * len(items_UK)


def popularity_lift(items_UK: Lists, before_U: Floats, share_I: Floats) -> Floats:
    """How much the person's list raises it over what they chose before, as a deviation; NaN without either.

    Args:
        before_U: mean popularity of the person's history; NaN without one.
    """
    size_U = (items_UK != NO_ITEM).sum(axis=1)
    on_list_U = np.divide(
        _over_list(items_UK, share_I), size_U, out=np.full(len(items_UK), np.nan), where=size_U > 0
    )
    known_U = ~np.isnan(on_list_U + before_U)
    if not known_U.any():
        return np.full(len(items_UK), np.nan)
    listed, before = on_list_U[known_U].mean(), before_U[known_U].mean()
    return (on_list_U - listed) / before - listed / before**2 * (before_U - before)


def f1_of_means(precision_U: Floats, recall_U: Floats) -> Floats:
    """How much the person raises it, as a deviation."""
    precision, recall = precision_U.mean(), recall_U.mean()
    if precision + recall == 0:
        return np.zeros(len(precision_U))
    steep = 2 / (precision + recall) ** 2
    return steep * (recall**2 * (precision_U - precision) + precision**2 * (recall_U - recall))


def _over_list(items_UK: Lists, value_I: Floats) -> Floats:
    """Sum over the list, shape (U,)."""
    return np.where(items_UK != NO_ITEM, value_I[items_UK], 0.0).sum(axis=1)


def likes(
    label_N: Labels,
    probability_N: Floats,
    *,
    corrected_N: Floats,
    stands_for_N: Floats,
    row_N: NDArray[np.integer],
    num_people: int,
    threshold: float,
) -> dict[str, Floats]:
    """What each person's pairs do to the metrics of P(like), as deviations; by the keys of a report.

    Args:
        corrected_N: P(like) among all pairs; stands_for_N: how many each pair stands for among them.
        row_N: the person of each pair.
    """
    even_N = np.ones(len(label_N))
    by_pair = {
        **_at_threshold(label_N, probability_N >= threshold),
        **_areas(label_N, probability_N),
        "log_loss": _log_loss(label_N, probability_N, even_N),
        "log_loss_corrected": _log_loss(label_N, corrected_N, stands_for_N),
        "calibration_error": _calibration_error(label_N, probability_N, even_N),
        "calibration_error_corrected": _calibration_error(label_N, corrected_N, stands_for_N),
    }
    found: dict[str, Floats] = {}
    for key, value_N in by_pair.items():
        found[key] = np.bincount(row_N, value_N, minlength=num_people).astype(np.float64) * num_people
    return found


def _at_threshold(label_N: Labels, yes_N: Labels) -> dict[str, Floats]:
    hit_N, right_N = label_N & yes_N, label_N == yes_N
    return {
        "accuracy": _of_ratio(right_N, np.ones(len(label_N))),
        "precision": _of_ratio(hit_N, yes_N),
        "recall": _of_ratio(hit_N, label_N),
        "f1": _of_ratio(2.0 * hit_N, label_N.astype(np.float64) + yes_N),
    }


def _of_ratio(over_N: NDArray[np.generic], under_N: NDArray[np.generic]) -> Floats:
    """What each pair does to sum(over) / sum(under)."""
    over, under = over_N.astype(np.float64), under_N.astype(np.float64)
    total = under.sum()
    return (over - over.sum() / total * under) / total if total else np.zeros(len(over))


def _areas(label_N: Labels, probability_N: Floats) -> dict[str, Floats]:
    """The areas under the ROC curve and under precision over recall."""
    _, place_N = np.unique(probability_N, return_inverse=True)
    likes_V: Floats = np.bincount(place_N, label_N.astype(np.float64)).astype(np.float64)
    others_V: Floats = np.bincount(place_N, 1.0 - label_N).astype(np.float64)
    likes, others = likes_V.sum(), others_V.sum()
    if not likes or not others:
        nothing_N = np.full(len(label_N), np.nan)
        return {"roc_auc": nothing_N, "pr_auc": nothing_N}
    below_V = (np.cumsum(others_V) - others_V / 2) / others
    above_V = (likes - np.cumsum(likes_V) + likes_V / 2) / likes
    auc = likes_V @ below_V / likes
    roc_N = np.where(label_N, (below_V[place_N] - auc) / likes, (above_V[place_N] - auc) / others)
    return {"roc_auc": roc_N, "pr_auc": _average_precision(label_N, place_N, likes_V, others_V)}


def _average_precision(
    label_N: Labels, place_N: NDArray[np.int64], likes_V: Floats, others_V: Floats
) -> Floats:
    true_V = likes_V[::-1].cumsum()[::-1]
    all_V = true_V + others_V[::-1].cumsum()[::-1]
    precision_V, likes = true_V / all_V, likes_V.sum()
    value = likes_V @ precision_V / likes
    # A pair counts at its own threshold and at all that are lower.
    gained_V = precision_V + np.cumsum(likes_V / all_V)
    lost_V = np.cumsum(likes_V * true_V / all_V**2)
    return (label_N * (gained_V[place_N] - value) - lost_V[place_N]) / likes


def _log_loss(label_N: Labels, probability_N: Floats, weight_N: Floats) -> Floats:
    loss_N = -np.log(np.clip(np.where(label_N, probability_N, 1 - probability_N), SMALLEST, 1))
    return _of_ratio(weight_N * loss_N, weight_N)


def _calibration_error(label_N: Labels, probability_N: Floats, weight_N: Floats) -> Floats:
    """With the bins as they are."""
    bin_N = bin_of_pairs(probability_N, weight_N)
    gap_N = weight_N * (probability_N - label_N)
    side_B = np.sign(np.bincount(bin_N, gap_N))
    return _of_ratio(side_B[bin_N] * gap_N, weight_N)

"""The shelf of metrics. To add one: write its function in this folder, then add its line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from recengine.core.errors import NotFoundError, did_you_mean
from recengine.metrics import beyond, classification, ranking

Family = Literal["ranking", "lists", "like"]


@dataclass(frozen=True)
class Metric:
    """What a number means, for the reader of a page.

    Attributes:
        explanation: one sentence for someone who has never heard of it.
        family: what the function takes. ranking: (hits_UK, num_relevant_U), one number a person.
            lists: the lists and what it needs besides. like: (label_N, probability_N).
        better: on which side the metric is good; "neither" where it only describes.
    """

    title: str
    explanation: str
    family: Family
    function: Callable[..., Any]
    better: Literal["higher", "lower", "neither"] = "higher"


METRICS: dict[str, Metric] = {
    "precision@k": Metric(
        "Precision", "Share of the list that the person then chose.", "ranking", ranking.precision
    ),
    "recall@k": Metric(
        "Recall", "Share of what the person then chose that was on the list.", "ranking", ranking.recall
    ),
    "f1@k": Metric(
        "F1", "Precision and recall in one: their harmonic mean, person by person.", "ranking", ranking.f1
    ),
    "ndcg@k": Metric(
        "NDCG",
        "How high up the list its hits stand, against the best possible list.",
        "ranking",
        ranking.ndcg,
    ),
    "map@k": Metric(
        "MAP",
        "Precision averaged over the places of the hits: early hits count for every later place.",
        "ranking",
        ranking.average_precision,
    ),
    "mrr@k": Metric(
        "MRR",
        "One over the place of the first hit: 1 for a hit on top, 1/2 on second place.",
        "ranking",
        ranking.reciprocal_rank,
    ),
    "hit_rate@k": Metric(
        "Hit rate", "Share of people with at least one hit on their list.", "ranking", ranking.hit_rate
    ),
    "f1_of_means@k": Metric(
        "F1 of the means",
        "F1 of average precision and average recall, as some articles have it; not the average F1.",
        "lists",
        ranking.f1_of_means,
    ),
    "coverage@k": Metric(
        "Coverage", "Share of the catalogue that is on at least one list.", "lists", beyond.coverage
    ),
    "gini@k": Metric(
        "Gini",
        "How unevenly the places fall to items: 0 all alike, near 1 a few items have them all.",
        "lists",
        beyond.gini,
        "lower",
    ),
    "novelty@k": Metric(
        "Novelty",
        "How little known the listed items are, in bits: one bit more is half as many people.",
        "lists",
        beyond.novelty,
        "neither",
    ),
    "diversity@k": Metric(
        "Diversity",
        "How different the items of one list are from each other by their features; 0 all the same.",
        "lists",
        beyond.intra_list_diversity,
        "neither",
    ),
    "popularity_lift@k": Metric(
        "Popularity lift",
        "How much more popular the lists are than what people chose before; 0 is no difference.",
        "lists",
        beyond.popularity_lift,
        "neither",
    ),
    "accuracy": Metric(
        "Accuracy", "Share of yes-or-no guesses that are right.", "like", classification.accuracy
    ),
    "precision": Metric(
        "Precision of P(like)",
        "Share of the predicted likes that are likes.",
        "like",
        classification.precision,
    ),
    "recall": Metric(
        "Recall of P(like)", "Share of the likes that are predicted.", "like", classification.recall
    ),
    "f1": Metric(
        "F1 of P(like)",
        "Precision and recall of the yes-or-no guesses in one: their harmonic mean.",
        "like",
        classification.f1,
    ),
    "roc_auc": Metric(
        "ROC-AUC",
        "Chance that a like is scored above a non-like; 0.5 is guessing.",
        "like",
        classification.roc_auc,
    ),
    "pr_auc": Metric(
        "PR-AUC",
        "Precision averaged over all levels of recall; guessing gives the share of likes.",
        "like",
        classification.pr_auc,
    ),
    "log_loss": Metric(
        "Log-loss",
        "How surprised the probabilities are by what happened; 0 is never, 0.693 a fair coin.",
        "like",
        classification.log_loss,
        "lower",
    ),
    "calibration_error": Metric(
        "Calibration error",
        "Gap between promised and observed share of likes, averaged over 15 equal groups.",
        "like",
        classification.calibration_error,
        "lower",
    ),
    "log_loss_corrected": Metric(
        "Log-loss, all pairs",
        "Log-loss were every non-like of the catalogue there, not only the sampled ones.",
        "like",
        classification.log_loss,
        "lower",
    ),
    "calibration_error_corrected": Metric(
        "Calibration error, all pairs",
        "Calibration error were every non-like of the catalogue there, not only the sampled ones.",
        "like",
        classification.calibration_error,
        "lower",
    ),
}


def metric_of(key: str) -> Metric:
    """What a key of a report measures: "ndcg@10" and "ndcg@20" are both "ndcg@k".

    Raises:
        NotFoundError: naming the nearest metric there is.
    """
    name, at, _ = key.partition("@")
    if (name + "@k" if at else name) not in METRICS:
        raise NotFoundError(f"there is no metric '{key}'. {did_you_mean(key, METRICS)}")
    return METRICS[name + "@k" if at else name]

"""Which model is better, on which test, and by how much beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recengine.core.columns import Repeats
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class Exam:
    """Runs that sat the very same test, so that their numbers may be compared.

    Attributes:
        key: of the group, stable: "<pairs digest>-<repeats>".
        title: the split, the question and the number of people, in words.
        rows: run_id ("" for a baseline), model (title), kind ("run" or "baseline"), trained_at, seconds,
            num_epochs, settings (text: what differs from the preset), then one column per metric; best
            NDCG first.
        intervals: run_id, model, metric, value, low, high (95 % over people), baseline (the best of the
            baselines on that metric), baseline_value, difference, difference_low, difference_high,
            verdict (in words).
    """

    key: str
    title: str
    dataset_fingerprint: str
    repeats: Repeats
    pairs_digest: str
    num_people: int
    rows: pd.DataFrame
    intervals: pd.DataFrame


@dataclass(frozen=True)
class Leaderboard:
    """All finished runs of a dataset, by the test they sat; the test with the newest run first."""

    dataset: str
    exams: list[Exam]

    def frame(self) -> pd.DataFrame:
        """Every exam's rows under each other, with the exam's title in front."""
        raise NotImplementedError


@dataclass(frozen=True)
class LikelihoodCurves:
    """P(like) of several runs; every frame has run_id and model in front.

    Attributes:
        precision_recall: recall, precision; roc: false_positive_rate, true_positive_rate.
        thresholds: threshold, accuracy, precision, recall, f1.
        reliability: predicted, observed, pairs; equal-mass bins.
    """

    precision_recall: pd.DataFrame
    roc: pd.DataFrame
    thresholds: pd.DataFrame
    reliability: pd.DataFrame


def leaderboard(ws: Workspace, dataset: str) -> Leaderboard:
    """The finished runs of a dataset and the baselines beside them.

    Raises:
        NotFoundError: no such dataset.
    """
    raise NotImplementedError


def metric_by_k(ws: Workspace, run_ids: Sequence[str], metric: str = "ndcg") -> pd.DataFrame:
    """One metric at every K measured; columns run_id, model, k, value; baselines of the first run last."""
    raise NotImplementedError


def curves(ws: Workspace, run_ids: Sequence[str], name: str = "loss") -> pd.DataFrame:
    """What was measured while training, over each other; columns run_id, model, epoch, value."""
    raise NotImplementedError


def likelihood_curves(ws: Workspace, run_ids: Sequence[str]) -> LikelihoodCurves:
    """Precision-recall, ROC, threshold and reliability curves; at most 600 points a curve."""
    raise NotImplementedError

"""P(like) as a yes-or-no question: labels and probabilities in, one number or one curve out.

N person-item pairs. `weight_N` says how many pairs each stands for (1 each if None): sampled
non-likes stand for the many that were not drawn.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Floats = NDArray[np.float64]

CURVE_POINTS = 400  # more are not seen on a screen
SMALLEST = 1e-15  # probabilities are kept this far from 0 and 1 before a logarithm


def accuracy(label_N: Labels, probability_N: Floats, threshold: float = 0.5) -> float:
    """Share of pairs on the right side of the threshold, in [0, 1]; at the threshold means yes."""
    return float((label_N == (probability_N >= threshold)).mean())


def precision(label_N: Labels, probability_N: Floats, threshold: float = 0.5) -> float:
    """Share of the predicted likes that are likes, in [0, 1]; 0 where none is predicted."""
    predicted_N = probability_N >= threshold
    return _ratio((label_N & predicted_N).sum(), predicted_N.sum())


def recall(label_N: Labels, probability_N: Floats, threshold: float = 0.5) -> float:
    """Share of the likes that are predicted, in [0, 1]; 0 where there are no likes."""
    return _ratio((label_N & (probability_N >= threshold)).sum(), label_N.sum())


def f1(label_N: Labels, probability_N: Floats, threshold: float = 0.5) -> float:
    """Harmonic mean of precision and recall at the threshold, in [0, 1]."""
    predicted_N = probability_N >= threshold
    return _ratio(2 * (label_N & predicted_N).sum(), label_N.sum() + predicted_N.sum())


def roc_auc(label_N: Labels, probability_N: Floats, weight_N: Floats | None = None) -> float:
    """Chance that a like is scored above a non-like, ties half; NaN unless both kinds are there."""
    curve = _counts(label_N, probability_N, weight_N)
    likes, others = curve.true_T[-1], curve.false_T[-1]
    if not likes or not others:
        return float("nan")
    return float(np.trapezoid(_from_zero(curve.true_T), _from_zero(curve.false_T)) / (likes * others))


def pr_auc(label_N: Labels, probability_N: Floats, weight_N: Floats | None = None) -> float:
    """Area under precision over recall as a step function (average precision); NaN without likes."""
    curve = _counts(label_N, probability_N, weight_N)
    if not curve.true_T[-1]:
        return float("nan")
    precision_T = curve.true_T / (curve.true_T + curve.false_T)
    return float(np.diff(_from_zero(curve.true_T)) @ precision_T / curve.true_T[-1])


def log_loss(label_N: Labels, probability_N: Floats, weight_N: Floats | None = None) -> float:
    """Mean surprise in nats, from 0 up; .693 is a fair coin."""
    right_N = np.clip(np.where(label_N, probability_N, 1 - probability_N), SMALLEST, 1)
    return float(np.average(-np.log(right_N), weights=weight_N))


def calibration_error(
    label_N: Labels, probability_N: Floats, weight_N: Floats | None = None, bins: int = 15
) -> float:
    """Mean gap between promised and observed share of likes, over bins of equal mass; in [0, 1]."""
    table = reliability(label_N, probability_N, weight_N, bins)
    gap = (table["predicted"] - table["observed"]).abs()
    return float(np.average(gap, weights=table["weight"]))


def reliability(
    label_N: Labels, probability_N: Floats, weight_N: Floats | None = None, bins: int = 15
) -> pd.DataFrame:
    """Bins of equal mass by probability: predicted and observed share of likes, pairs and weight.

    Pairs of equal probability share a bin, so there are fewer bins where many tie.
    """
    weight_N = np.ones(len(label_N)) if weight_N is None else weight_N
    _, group_N = np.unique(probability_N, return_inverse=True)
    mass_V = np.bincount(group_N, weight_N)
    middle_V = (np.cumsum(mass_V) - mass_V / 2) / mass_V.sum()
    bin_N = np.minimum((middle_V * bins).astype(np.int64), bins - 1)[group_N]
    weight_B = np.bincount(bin_N, weight_N, minlength=bins)
    used_B = weight_B > 0
    return pd.DataFrame(
        {
            "predicted": np.bincount(bin_N, weight_N * probability_N, minlength=bins)[used_B]
            / weight_B[used_B],
            "observed": np.bincount(bin_N, weight_N * label_N, minlength=bins)[used_B] / weight_B[used_B],
            "pairs": np.bincount(bin_N, minlength=bins)[used_B],
            "weight": weight_B[used_B],
        }
    )


def curves(label_N: Labels, probability_N: Floats, weight_N: Floats | None = None) -> pd.DataFrame:
    """What each threshold gives, highest first: precision, recall (= true positive rate), false
    positive rate, F1 and accuracy. At most CURVE_POINTS rows, evenly spread over the pairs.
    """
    counts = _counts(label_N, probability_N, weight_N)
    last = len(counts.threshold_T) - 1
    kept = np.unique(np.linspace(0, last, min(last + 1, CURVE_POINTS)).round().astype(np.int64))
    true, false = counts.true_T[kept], counts.false_T[kept]
    likes, others = counts.true_T[-1], counts.false_T[-1]
    return pd.DataFrame(
        {
            "threshold": counts.threshold_T[kept],
            "precision": true / (true + false),
            "recall": true / max(likes, SMALLEST),
            "false_positive_rate": false / max(others, SMALLEST),
            "f1": 2 * true / (likes + true + false),
            "accuracy": (true + others - false) / (likes + others),
        }
    )


def prior_corrected(probability_N: Floats, sampling_rate: float) -> Floats:
    """P(like) among all pairs, from P(like) among the likes and a sample of the non-likes.

    Args:
        sampling_rate: share of the non-likes that was drawn, in (0, 1]; 1 changes nothing.
    """
    return probability_N / (probability_N + (1 - probability_N) / sampling_rate)


@dataclass(frozen=True)
class Calibrator:
    """Turns a model's score into P(like): the sigmoid of slope * score + intercept (Platt 1999)."""

    slope: float
    intercept: float

    def probability(self, score: NDArray[np.floating]) -> Floats:
        """P(like) among pairs drawn as the calibrator's were; same shape as `score`."""
        return _sigmoid(self.slope * score.astype(np.float64) + self.intercept)

    def to_dict(self) -> dict[str, float]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def of_dict(cls, values: dict[str, float]) -> Calibrator:
        """The calibrator that `to_dict` described."""
        return cls(**values)


def fit_calibrator(label_N: Labels, score_N: NDArray[np.floating]) -> Calibrator:
    """The calibrator that makes the labels likeliest, with Platt's prior against infinite slopes.

    Newton's method on two numbers. A score that says nothing gets slope 0 and the share of likes.
    """
    center, spread = float(score_N.mean()), float(score_N.std()) or 1.0
    scaled_N = (score_N.astype(np.float64) - center) / spread
    likes, others = label_N.sum(), (~label_N).sum()
    goal_N = np.where(label_N, (likes + 1) / (likes + 2), 1 / (others + 2))
    input_N2 = np.stack([scaled_N, np.ones_like(scaled_N)], axis=1)
    theta = np.array([0.0, np.log((likes + 1) / (others + 1))])
    for _ in range(50):
        guess_N = _sigmoid(input_N2 @ theta)
        slope_2 = input_N2.T @ (guess_N - goal_N)
        bend_22 = (input_N2 * (guess_N * (1 - guess_N))[:, None]).T @ input_N2 + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend_22, slope_2)
        theta = theta - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            break
    return Calibrator(float(theta[0] / spread), float(theta[1] - theta[0] * center / spread))


@dataclass(frozen=True)
class _Counts:
    """Weights of likes and of non-likes at or above each of T distinct thresholds, highest first."""

    threshold_T: Floats
    true_T: Floats
    false_T: Floats


def _counts(label_N: Labels, probability_N: Floats, weight_N: Floats | None) -> _Counts:
    weight_N = np.ones(len(label_N)) if weight_N is None else weight_N
    order = np.argsort(-probability_N, kind="stable")
    ordered_N = probability_N[order]
    last_of_tie = np.flatnonzero(np.append(np.diff(ordered_N) != 0, True))
    return _Counts(
        threshold_T=ordered_N[last_of_tie],
        true_T=np.cumsum((weight_N * label_N)[order])[last_of_tie],
        false_T=np.cumsum((weight_N * ~label_N)[order])[last_of_tie],
    )


def _from_zero(values: Floats) -> Floats:
    return np.concatenate([[0.0], values])


def _ratio(value: np.integer, of: np.integer) -> float:
    return float(value / of) if of else 0.0


def _sigmoid(value: Floats) -> Floats:
    # Both branches only ever take the exponential of something negative: no overflow.
    small = np.exp(-np.abs(value))
    return np.where(value >= 0, 1 / (1 + small), small / (1 + small))

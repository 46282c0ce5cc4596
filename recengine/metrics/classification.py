"""P(like) as a yes-or-no question: labels and probabilities in, one number or one curve out.

N person-item pairs. `weight_N` says how many pairs each stands for (1 each if None): sampled
non-likes stand for the many that were not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Floats = NDArray[np.float64]

CURVE_POINTS = 400  # more are not seen on a screen
BINS = 15  # of equal mass, for calibration
JOINTS = (0.2, 0.5, 0.8, 0.95)  # quantiles of the likes' scores where a calibrator's pieces may meet
MOST_PAIRS = 500_000  # more teach a calibrator nothing
LIKES_PER_PIECE = 25  # fewer cannot carry a piece of their own
RIDGE = 1.0  # on slopes; where hardly a pair speaks for a slope it stays small
LEAST_SLOPE = 1e-3  # in log-odds per standard deviation of the score: rising, but hardly
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
    label_N: Labels, probability_N: Floats, weight_N: Floats | None = None, bins: int = BINS
) -> float:
    """Mean gap between promised and observed share of likes, over bins of equal mass; in [0, 1]."""
    table = reliability(label_N, probability_N, weight_N, bins)
    gap = (table["predicted"] - table["observed"]).abs()
    return float(np.average(gap, weights=table["weight"]))


def reliability(
    label_N: Labels, probability_N: Floats, weight_N: Floats | None = None, bins: int = BINS
) -> pd.DataFrame:
    """Bins of equal mass by probability: predicted and observed share of likes, pairs and weight.

    Pairs of equal probability share a bin, so there are fewer bins where many tie.
    """
    weight_N = np.ones(len(label_N)) if weight_N is None else weight_N
    bin_N = bin_of_pairs(probability_N, weight_N, bins)
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


def bin_of_pairs(probability_N: Floats, weight_N: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each pair, lowest probabilities first; pairs of equal probability share one."""
    _, group_N = np.unique(probability_N, return_inverse=True)
    mass_V = np.bincount(group_N, weight_N)
    middle_V = (np.cumsum(mass_V) - mass_V / 2) / mass_V.sum()
    return np.minimum((middle_V * bins).astype(np.int64), bins - 1)[group_N]


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
    """Turns a model's score into P(like): log-odds that rise along straight pieces, then the sigmoid.

    One piece is Platt's sigmoid (1999). Scores of most models are no log-odds, though: on one piece the
    highest of them promise certainty. Each piece rises, so nobody's list changes its order.

    Attributes:
        scores: where pieces meet, and a point further out on the first and on the last; rising.
        log_odds: at those scores, rising; between them, and beyond both ends, lines go on.
    """

    scores: tuple[float, ...]
    log_odds: tuple[float, ...]

    def probability(self, score: NDArray[np.floating]) -> Floats:
        """P(like) among pairs drawn as the calibrator's were; same shape as `score`."""
        value, x, y = score.astype(np.float64), np.array(self.scores), np.array(self.log_odds)
        slope = np.diff(y) / np.diff(x)
        below, above = np.minimum(value - x[0], 0), np.maximum(value - x[-1], 0)
        return _sigmoid(np.interp(value, x, y) + slope[0] * below + slope[-1] * above)

    def to_dict(self) -> dict[str, list[float]]:
        """As plain JSON values."""
        return {"scores": list(self.scores), "log_odds": list(self.log_odds)}

    @classmethod
    def of_dict(cls, values: Mapping[str, Sequence[float]]) -> Calibrator:
        """The calibrator that `to_dict` described; other keys are ignored."""
        return cls(tuple(values["scores"]), tuple(values["log_odds"]))


def fit_calibrator(label_N: Labels, score_N: NDArray[np.floating]) -> Calibrator:
    """The calibrator that makes the labels likeliest, with Platt's prior against certainty.

    Pieces meet at quantiles of the likes' scores, as many as the likes can carry. A score that says
    nothing gets the share of likes.
    """
    every = -(-len(label_N) // MOST_PAIRS)
    label_N, score_N = label_N[::every], score_N[::every]
    center, spread = float(score_N.mean()), float(score_N.std()) or 1.0
    scaled_N = (score_N.astype(np.float64) - center) / spread
    joints = _joints(scaled_N, scaled_N[label_N])
    slopes, intercept = _rising_pieces(label_N, _pieces(scaled_N, joints))
    points = np.array([joints[0] - 1, *joints, joints[-1] + 1] if len(joints) else [-1.0, 1.0])
    log_odds = _pieces(points, joints) @ slopes + intercept
    return Calibrator(tuple((points * spread + center).tolist()), tuple(log_odds.tolist()))


def _joints(scaled_N: Floats, like_L: Floats) -> Floats:
    """Where pieces meet: distinct quantiles of the likes, strictly inside the scores."""
    shares = [share for share in JOINTS if len(like_L) * min(share, 1 - share) >= LIKES_PER_PIECE]
    joints = np.unique(np.quantile(like_L, shares)) if shares else np.zeros(0)
    return joints[(joints > scaled_N.min() + 1e-6) & (joints < scaled_N.max() - 1e-6)]


def _pieces(value_N: Floats, joints: Floats) -> Floats:
    """How far each value reaches into each piece; shape (N, pieces). The outer pieces have no end."""
    if len(joints) == 0:
        return value_N[:, None]
    first = np.minimum(value_N, joints[0])
    inner = [np.clip(value_N, low, high) - low for low, high in pairwise(joints)]
    return np.stack([first, *inner, np.maximum(value_N - joints[-1], 0)], axis=1)


def _rising_pieces(label_N: Labels, reach_NP: Floats) -> tuple[Floats, float]:
    """Slopes and intercept of the likeliest log-odds, no slope below LEAST_SLOPE: projected Newton."""
    likes, others = label_N.sum(), (~label_N).sum()
    goal_N = np.where(label_N, (likes + 1) / (likes + 2), 1 / (others + 2))
    input_NQ = np.column_stack([reach_NP, np.ones(len(label_N))])
    ridge_QQ = RIDGE * np.diag([1.0] * reach_NP.shape[1] + [0.0])
    least_Q = np.array([LEAST_SLOPE] * reach_NP.shape[1] + [-np.inf])
    theta_Q = np.maximum(np.append(np.zeros(reach_NP.shape[1]), np.log((likes + 1) / (others + 1))), least_Q)
    for _ in range(50):
        guess_N = _sigmoid(input_NQ @ theta_Q)
        down_Q = input_NQ.T @ (guess_N - goal_N) + ridge_QQ @ theta_Q
        bend_QQ = (input_NQ * (guess_N * (1 - guess_N))[:, None]).T @ input_NQ + ridge_QQ
        free = (theta_Q > least_Q) | (down_Q < 0)
        step_Q = np.zeros_like(theta_Q)
        step_Q[free] = np.linalg.solve(bend_QQ[np.ix_(free, free)], down_Q[free])
        before = theta_Q
        theta_Q = np.maximum(theta_Q - step_Q / max(1.0, float(np.abs(step_Q).max())), least_Q)
        if np.abs(theta_Q - before).max() < 1e-8:
            break
    return theta_Q[:-1], float(theta_Q[-1])


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

"""The shelf of estimators. To add one: write its function, then add its line to ESTIMATORS.

Each gives one number a row whose sum over the rows, divided by the number of lists, is the value of a list;
where the estimate is no plain mean, the numbers are its linearisation around itself, so that their spread is
the estimate's. A row's weight w is the chance that the new strategy shows the row's item at the row's place
over the chance that it was shown with; r is the reward, q what the reward model expects of that item there,
and v what it expects of what the new strategy would put there.

Clipping and switching set in at the root of the number of lists, a limit that grows slowly enough to steady
the estimate and fast enough for its bias to vanish (Ionides 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recengine.strategy.off_policy.log import Floats


@dataclass(frozen=True, eq=False)
class Parts:
    """What all estimators are made of, each shape (N,).

    Attributes:
        rewards, weights: r and w.
        modelled, expected: q and v.
    """

    rewards: Floats
    weights: Floats
    modelled: Floats
    expected: Floats


@dataclass(frozen=True)
class Estimator:
    """A way to the value.

    Attributes:
        function: (parts, limit) -> one number a row.
        limited: whether it needs a limit to its weights.
        weighted: whether it uses the log's own rewards by their weights; without them there is no interval.
        biased: whether it is off even in the long run, when the reward model is wrong or weights are limited.
    """

    title: str
    explanation: str
    function: Callable[[Parts, float], Floats]
    weighted: bool = True
    limited: bool = False
    biased: bool = False


def ips(parts: Parts, limit: float) -> Floats:
    """Inverse propensity scoring (Horvitz and Thompson 1952)."""
    return parts.weights * parts.rewards


def clipped_ips(parts: Parts, limit: float) -> Floats:
    """The same with larger weights cut to the limit."""
    return np.minimum(parts.weights, limit) * parts.rewards


def snips(parts: Parts, limit: float) -> Floats:
    """Self-normalised: divided by the weights instead of their number (Swaminathan and Joachims 2015)."""
    return _normalised(parts.weights, parts.rewards)


def dm(parts: Parts, limit: float) -> Floats:
    """The direct method: the reward model alone."""
    return parts.expected


def dr(parts: Parts, limit: float) -> Floats:
    """Doubly robust: the reward model, mended by what it misses (Dudik et al. 2014)."""
    return parts.expected + parts.weights * (parts.rewards - parts.modelled)


def sndr(parts: Parts, limit: float) -> Floats:
    """Doubly robust with self-normalised weights (Robins et al. 2007)."""
    return parts.expected + _normalised(parts.weights, parts.rewards - parts.modelled)


def switch_dr(parts: Parts, limit: float) -> Floats:
    """Doubly robust up to a limit of the weights, the reward model above it (Wang et al. 2017)."""
    kept_N = np.where(parts.weights <= limit, parts.weights, 0.0)
    return parts.expected + kept_N * (parts.rewards - parts.modelled)


def _normalised(weight_N: Floats, value_N: Floats) -> Floats:
    """The weighted mean, linearised; NaN where nothing has a weight."""
    mean_weight = weight_N.mean() or np.nan
    mean = (weight_N * value_N).mean() / mean_weight
    return np.asarray(mean + weight_N * (value_N - mean) / mean_weight)


HEADLINE = "sndr"  # the verdict's
MODEL_ALONE = "dm"  # all there is where a log has no propensities
ESTIMATORS: dict[str, Estimator] = {
    "ips": Estimator("IPS", "Rewards, each counted as often as the new strategy would have had it.", ips),
    "clipped ips": Estimator(
        "Clipped IPS",
        "IPS with large weights cut: steadier, but too low.",
        clipped_ips,
        limited=True,
        biased=True,
    ),
    "snips": Estimator("SNIPS", "IPS over the sum of its weights: steadier, right in the long run.", snips),
    "dm": Estimator(
        "Direct method",
        "The reward model alone, as right as it is; nothing tells how right, so no interval.",
        dm,
        False,
        True,
    ),
    "dr": Estimator("Doubly robust", "The reward model, mended by what it misses in the log.", dr),
    "sndr": Estimator(
        "Doubly robust, self-normalised", "The same over the sum of its weights; the verdict's.", sndr
    ),
    "switch-dr": Estimator(
        "SWITCH-DR",
        "Doubly robust, but the model alone where weights are large.",
        switch_dr,
        limited=True,
        biased=True,
    ),
}

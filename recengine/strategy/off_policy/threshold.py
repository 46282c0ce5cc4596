"""At which weight clipping and switching set in: as low as the log itself allows.

A lower limit is steadier and more biased. SLOPE (Su, Srinath and Krishnamurthy 2020, "Adaptive estimator
selection for off-policy evaluation") goes down from no limit, as long as an estimate agrees with all
before it within their errors, and takes the last that did: its error is at most a constant times that of the
best limit.
"""

from __future__ import annotations

import numpy as np

from recengine.strategy.off_policy.estimators import Estimator, Parts
from recengine.strategy.off_policy.interval import CONFIDENCE, standard_error
from recengine.strategy.off_policy.log import Floats, Log

LIMITS = 12  # that are tried, besides none
SLACK = np.sqrt(6) - 1  # by which an earlier estimate's error counts, from the paper


def chosen_limit(log: Log, parts: Parts, estimator: Estimator) -> float:
    """The weight above which this estimator should cut or switch; inf where no weight need be touched."""
    limits = _tried(parts.weights)
    values, errors = np.array([_estimate(log, estimator.function(parts, limit)) for limit in limits]).T
    taken = 0
    for now in range(1, len(limits)):
        gaps = np.abs(values[now] - values[:now])
        if (gaps > errors[now] + SLACK * errors[:now]).any():
            break
        taken = now
    return float(limits[taken])


def _tried(weight_N: Floats) -> Floats:
    """From none down to 1, in equal ratios."""
    largest = float(weight_N.max())
    return np.array([np.inf]) if largest <= 1 else np.append(np.inf, np.geomspace(largest, 1.0, LIMITS))


def _estimate(log: Log, value_N: Floats) -> tuple[float, float]:
    """The mean over lists and half of its plain interval."""
    from scipy.special import ndtri

    over_C, under_C = log.by_person(value_N), log.lists_of_person
    return over_C.sum() / log.num_lists, -ndtri((1 - CONFIDENCE) / 2) * standard_error(over_C, under_C)

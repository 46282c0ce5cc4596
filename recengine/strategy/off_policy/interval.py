"""How sure an off-policy estimate is: over other people of the same kind.

Importance weights make means whose distribution leans: a percentile bootstrap around them is too short on
the side that matters. Here both Student's interval and the studentised bootstrap (Hall 1988) are taken,
and on each side the one that reaches further. No redraw shows a weight that nobody in the log has, although
the next people would have such: the interval is stretched as if whoever has the largest weight were there
twice more.

C people, G groups of people, R redraws.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recengine.metrics.intervals import Interval
from recengine.strategy.off_policy.log import Floats

CONFIDENCE = 0.95
REDRAWS = 2000
ONCE_MORE = 2  # times that the heaviest person is added; by trials, see docs/decisions/0033
MOST_GROUPS = 2000  # of people that are redrawn together where there are more people


def ratio_interval(
    over_C: Floats,
    under_C: Floats,
    *,
    weight_C: Floats | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval:
    """The sum of `over` by the sum of `under`, with its interval; NaN ends with fewer than two people.

    Args:
        over_C, under_C: one number a person, shape (C,): what their lists earned, and how many they were.
        weight_C: what they count; None where all count alike.
    """
    num_people, below = len(over_C), under_C.sum()
    ratio = float(over_C.sum() / below) if below else float("nan")
    if num_people < 2 or not np.isfinite(ratio):
        return Interval(ratio, float("nan"), float("nan"), confidence, num_people)
    over_G, under_G = _grouped(np.stack([over_C, under_C]), seed)
    low, high = _reach(over_G - ratio * under_G, under_G, (1 - confidence) / 2, seed)
    stretch = 1.0 if weight_C is None else _stretch(weight_C)
    return Interval(ratio, ratio - stretch * low, ratio + stretch * high, confidence, num_people)


def _stretch(weight_C: Floats) -> float:
    """What the heaviest person, there twice more, would add to the standard error."""
    squares = float((weight_C**2).sum())
    return float(np.sqrt(1 + ONCE_MORE * weight_C.max() ** 2 / squares)) if squares else 1.0


def _grouped(parts_PC: Floats, seed: int) -> Floats:
    """People put together by lot in at most MOST_GROUPS groups of equal size, shape (P, G)."""
    num_people = parts_PC.shape[1]
    groups = min(num_people, MOST_GROUPS)
    group_C = np.random.default_rng(seed).permutation(num_people) % groups
    return np.stack([np.bincount(group_C, part_C, minlength=groups) for part_C in parts_PC])


def _reach(rest_G: Floats, under_G: Floats, tail: float, seed: int) -> tuple[float, float]:
    """How far below and above the ratio the interval reaches; `rest` is over - ratio * under, mean 0."""
    from scipy.special import stdtrit

    groups = len(rest_G)
    error = rest_G.std(ddof=1) / np.sqrt(groups) / under_G.mean()
    if error == 0:
        return 0.0, 0.0
    student = -stdtrit(groups - 1, tail)
    low_t, high_t = np.quantile(_studentised(rest_G, under_G, seed), [tail, 1 - tail])
    return float(error * max(student, high_t)), float(error * max(student, -low_t))


def _studentised(rest_G: Floats, under_G: Floats, seed: int) -> Floats:
    """Each redraw's distance from the ratio in its own standard errors, shape (R,).

    Redraws without anything to divide by are left out.
    """
    groups = len(rest_G)
    scale, level = rest_G.std(), under_G.mean()
    rest_G, under_G = rest_G / scale, under_G / level
    columns_G5 = np.stack([rest_G, under_G, rest_G**2, rest_G * under_G, under_G**2], axis=1)
    mean_R5 = (_redraws(groups, seed) @ columns_G5.astype(np.float32)).astype(np.float64) / groups
    mean_R5 = mean_R5[mean_R5[:, 1] > 0]
    moved_R = mean_R5[:, 0] / mean_R5[:, 1]
    variance_R = mean_R5[:, 2] - 2 * moved_R * mean_R5[:, 3] + moved_R**2 * mean_R5[:, 4]
    error_R = np.sqrt(np.maximum(variance_R, 1e-12) / (groups - 1)) / mean_R5[:, 1]
    return np.asarray(moved_R / error_R)


@lru_cache(maxsize=2)
def _redraws(groups: int, seed: int) -> NDArray[np.float32]:
    """How often each redraw has each group, shape (R, G); read-only, as all estimates share it."""
    draw = np.random.default_rng(seed)
    times_RG = draw.multinomial(groups, np.full(groups, 1 / groups), size=REDRAWS).astype(np.float32)
    times_RG.flags.writeable = False
    return times_RG

"""What ways of learning reached over many days, with intervals over people, and what each lost.

W ways, N lists, D days. The same person may be asked on many days, so people, not lists, are drawn:
an interval is that of a ratio of sums over people (linearised; Cochran, Sampling Techniques, 1977).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]
NORMAL_95 = 1.959964


class Mean(NamedTuple):
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


def mean_over_people(value_N: Floats, person_N: Codes) -> Mean:
    """The mean over lists; NaN bounds where only one person was asked."""
    if not len(value_N):
        return Mean(np.nan, np.nan, np.nan)
    _, which_N, lists_P = np.unique(person_N, return_inverse=True, return_counts=True)
    mean, people = float(value_N.mean()), len(lists_P)
    off_P = np.bincount(which_N, value_N) - mean * lists_P
    if people < 2:
        return Mean(mean, np.nan, np.nan)
    half = NORMAL_95 * float(np.sqrt(people / (people - 1) * (off_P**2).sum())) / len(value_N)
    return Mean(mean, mean - half, mean + half)


class Regret(NamedTuple):
    """What each way has lost by the end of each day against the one that is best in the end.

    Attributes:
        best: the way with the highest sum over all days; its regret is 0.
        value_WD, low_WD, high_WD: cumulative, in the unit of the values; 95 % intervals over people.
    """

    best: int
    value_WD: Floats
    low_WD: Floats
    high_WD: Floats


def cumulative_regret(value_WN: Floats, day_N: Codes, person_N: Codes, num_days: int) -> Regret:
    """Regret of every way; `day_N` counts from 0.

    The best way is chosen with hindsight, so a regret that its interval does not tell from 0 is no loss.
    """
    best = int(value_WN.sum(axis=1).argmax())
    people, which_N = np.unique(person_N, return_inverse=True)
    place_N, cells = which_N * num_days + day_N, len(people) * num_days
    lost_WPD = np.stack([np.bincount(place_N, lost_N, cells) for lost_N in value_WN[best] - value_WN])
    so_far_WPD = lost_WPD.reshape(len(value_WN), len(people), num_days).cumsum(axis=2)
    value_WD = so_far_WPD.sum(axis=1)
    half_WD = NORMAL_95 * np.sqrt(len(people)) * so_far_WPD.std(axis=1, ddof=1 if len(people) > 1 else 0)
    return Regret(best, value_WD, value_WD - half_WD, value_WD + half_WD)

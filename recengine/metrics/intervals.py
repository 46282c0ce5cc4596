"""How sure a number is: bootstrap intervals over people, and differences in words.

S seeds, U people. No sign or Wilcoxon test: at this scale they find differences where there are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recengine.metrics.two_level import CONFIDENCE, two_level

Floats = NDArray[np.float64]
BLOCK_NUMBERS = 4_000_000  # resampled people held in memory at once


@dataclass(frozen=True)
class Interval:
    """A mean and where it would lie, were other people of the same kind asked.

    Attributes:
        low, high: ends of the interval; NaN with fewer than two people.
        confidence: share of such intervals that hold the truth.
        num_people: people behind the mean; those without a value (NaN) do not count.
    """

    mean: float
    low: float
    high: float
    confidence: float
    num_people: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Difference:
    """Second minus first over the same people.

    Attributes:
        interval: of the mean difference.
        relative: the mean difference over the first mean; NaN where that is 0.
        verdict: "better", "worse", or "no real difference" where the interval holds 0.
    """

    interval: Interval
    relative: float
    verdict: str

    @property
    def sentence(self) -> str:
        """The verdict as a reader wants it, with its size and interval."""
        share = round(100 * self.interval.confidence)
        span = f"{share} % interval {self.interval.low:+.4f} to {self.interval.high:+.4f}"
        if self.verdict == "no real difference":
            return f"No real difference ({self.interval.mean:+.4f}, {span})."
        relative = "" if np.isnan(self.relative) else f", {self.relative:+.0%}"
        return f"{self.verdict.capitalize()} by {abs(self.interval.mean):.4f}{relative} ({span})."


def bootstrap(value: Floats, *, samples: int = 1000, confidence: float = 0.95, seed: int = 0) -> Interval:
    """The mean over people with its percentile interval.

    Args:
        value: one number a person, shape (U,), NaN for people it is not defined for; or (S, U) for
            S trainings with different seeds: then the interval, of 95 %, is over seeds, too.
    """
    value = np.asarray(value, np.float64)
    if value.ndim == 2:
        return _over_seeds(value, seed)
    value_U = value[~np.isnan(value)]
    num_people = len(value_U)
    if num_people == 0:
        return Interval(float("nan"), float("nan"), float("nan"), confidence, 0)
    mean = float(value_U.mean())
    if num_people == 1:
        return Interval(mean, float("nan"), float("nan"), confidence, 1)
    if num_people * samples <= BLOCK_NUMBERS:
        means = _times_drawn(num_people, samples, seed) @ value_U / num_people
    else:
        means = _resampled_means(value_U, samples, np.random.default_rng(seed))
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(mean, float(low), float(high), confidence, num_people)


def difference(
    first: Floats,
    second: Floats,
    *,
    better: str = "higher",
    samples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """How much `second` differs from `first`, person by person (and seed by seed).

    Args:
        first, second: equal shapes (U,) or (S, U); the same person in the same place.
        better: "higher" or "lower", the side on which the metric is good.

    Raises:
        ValueError: the shapes differ, so these are not the same people.
    """
    if first.shape != second.shape:
        raise ValueError(f"paired values need equal shapes; found {first.shape} and {second.shape}")
    interval = bootstrap(second - first, samples=samples, confidence=confidence, seed=seed)
    before = float(np.nanmean(np.where(np.isnan(second), np.nan, first))) if interval.num_people else 0.0
    relative = interval.mean / before if before else float("nan")
    return Difference(interval, relative, _verdict(interval, better))


def _verdict(interval: Interval, better: str) -> str:
    if not (interval.low > 0 or interval.high < 0):
        return "no real difference"
    return "better" if (interval.mean > 0) == (better == "higher") else "worse"


def _over_seeds(value_SU: Floats, seed: int) -> Interval:
    found = two_level(value_SU, seed=seed)
    mean, low, high = (float(number[0]) for number in (found.mean, found.low, found.high))
    return Interval(mean, low, high, CONFIDENCE, int(found.num_people[0]))


def _resampled_means(value_U: Floats, samples: int, draw: np.random.Generator) -> Floats:
    """Means of `samples` draws of people with replacement; blocks of bounded memory."""
    num_people = len(value_U)
    at_once = max(1, BLOCK_NUMBERS // num_people)
    means = []
    for start in range(0, samples, at_once):
        people = draw.integers(num_people, size=(min(at_once, samples - start), num_people))
        means.append(value_U[people].mean(axis=1))
    return np.concatenate(means)


@lru_cache(maxsize=2)
def _times_drawn(num_people: int, samples: int, seed: int) -> Floats:
    """How often each person is in each draw, shape (samples, U): the same for all metrics of an exam."""
    people = np.random.default_rng(seed).integers(num_people, size=(samples, num_people))
    times = np.stack([np.bincount(drawn, minlength=num_people) for drawn in people]).astype(np.float64)
    times.flags.writeable = False
    return times

"""Two strategies over the same worlds: how far they are apart, and whether that is more than chance.

R worlds (replicates).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recengine.metrics.intervals import Interval
from recengine.strategy.simulate.measures import EARNED, MEASURES, WORTH, Measure
from recengine.strategy.simulate.world import Floats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Compared:
    """The second strategy less the first by one measure.

    Attributes:
        first, second: means over the worlds.
        difference: its interval is over other worlds of the same kind.
        relative: the difference over the first; NaN where that is 0.
        truth: the difference that the worlds themselves know, over all luck in what is taken; NaN where they
            know of none.
    """

    name: str
    first: float
    second: float
    difference: Interval
    truth: float

    @property
    def relative(self) -> float:
        return self.difference.mean / self.first if self.first else float("nan")

    @property
    def verdict(self) -> str:
        """better, worse, no real difference, or cannot be said (of one world)."""
        gain = self.difference
        if np.isnan(gain.low):
            return "cannot be said"
        if gain.low <= 0 <= gain.high:
            return "no real difference"
        return "better" if (gain.mean > 0) == (MEASURES[self.name].better == "higher") else "worse"


def compare(days: pd.DataFrame, first: str, second: str) -> list[Compared]:
    """Every measure.

    Args:
        days: replicate, strategy, day, the measures, and what the lists were truly worth.
    """
    found = []
    for name, measure in MEASURES.items():
        one_R, other_R = (ended(days, strategy, measure, name) for strategy in (first, second))
        truth = float("nan")
        if name == EARNED:
            true_one_R, true_other_R = (ended(days, strategy, measure, WORTH) for strategy in (first, second))
            truth = float((true_other_R - true_one_R).mean())
        found.append(
            Compared(name, float(one_R.mean()), float(other_R.mean()), student(other_R - one_R), truth)
        )
    return found


def ended(days: pd.DataFrame, strategy: str, measure: Measure, column: str) -> Floats:
    """What a strategy came to in each world, shape (R,)."""
    told = days[days["strategy"] == strategy].sort_values("day").groupby("replicate")[column]
    return np.asarray(told.mean() if measure.over == "mean" else told.last(), np.float64)


def student(value_R: Floats) -> Interval:
    """The mean with Student's interval; NaN ends for fewer than two values."""
    from scipy.special import stdtrit

    count, mean = len(value_R), float(value_R.mean())
    if count < 2:
        return Interval(mean, float("nan"), float("nan"), CONFIDENCE, count)
    reach = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2) * value_R.std(ddof=1) / np.sqrt(count))
    return Interval(mean, mean - reach, mean + reach, CONFIDENCE, count)

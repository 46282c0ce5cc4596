"""What is measured of each simulated day. To add one: add its line to MEASURES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recengine.core.ranking import NO_ITEM
from recengine.metrics.beyond import coverage, gini
from recengine.strategy.simulate.crowd import Crowd, Visit
from recengine.strategy.simulate.world import Floats

TOP = 0.1  # share of the items that count as the most shown


@dataclass(frozen=True)
class Measure:
    """One number a day.

    Attributes:
        explanation: one sentence for someone who has never heard of it.
        better: on which side it is good.
        over: whether all days count alike, or the last one alone tells how it ended.
    """

    title: str
    explanation: str
    better: Literal["higher", "lower"]
    over: Literal["mean", "last"]
    function: Callable[[int, Crowd, Visit], float]


def _earned(day: int, crowd: Crowd, visit: Visit) -> float:
    return float(visit.earned_LK.sum())


def _retention(day: int, crowd: Crowd, visit: Visit) -> float:
    return float(crowd.there_U.mean())


def _diversity(day: int, crowd: Crowd, visit: Visit) -> float:
    """The mean over lists of the chance that two of their places are of different categories."""
    groups = len(crowd.world.preset.categories)
    category_LK = np.where(visit.items_LK == NO_ITEM, groups, crowd.world.category_I[visit.items_LK.clip(0)])
    cells = np.arange(len(category_LK))[:, None] * (groups + 1) + category_LK
    count_LG = np.bincount(cells.ravel(), minlength=len(category_LK) * (groups + 1)).reshape(-1, groups + 1)
    size_L, same_L = count_LG[:, :-1].sum(axis=1), (count_LG[:, :-1] * (count_LG[:, :-1] - 1)).sum(axis=1)
    pairs_L = size_L * (size_L - 1)
    return _mean(1 - same_L[pairs_L > 0] / pairs_L[pairs_L > 0])


def _coverage(day: int, crowd: Crowd, visit: Visit) -> float:
    return coverage(visit.items_LK, crowd.world.offered(day))


def _gini(day: int, crowd: Crowd, visit: Visit) -> float:
    """Over the items offered, of all that was taken so far."""
    taken_I = crowd.known.taken_UI.sum(axis=0)
    return gini(np.repeat(np.arange(len(taken_I)), taken_I), crowd.world.offered(day))


def _top_share(day: int, crowd: Crowd, visit: Visit) -> float:
    offered_I = crowd.world.offered(day)
    shown_I = np.bincount(visit.items_LK[visit.items_LK != NO_ITEM], minlength=len(offered_I))[offered_I]
    top = np.sort(shown_I)[::-1][: max(1, round(TOP * len(shown_I)))]
    return float(top.sum() / shown_I.sum()) if shown_I.any() else float("nan")


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


EARNED, WORTH = "earned", "worth"
MEASURES: dict[str, Measure] = {
    EARNED: Measure("Earned", "What was earned on the day.", "higher", "mean", _earned),
    "retention": Measure(
        "Retention",
        "Share of the people of the first day who have not left for good.",
        "higher",
        "last",
        _retention,
    ),
    "diversity": Measure(
        "Diversity",
        "How likely two places of a list are to be of different categories.",
        "higher",
        "mean",
        _diversity,
    ),
    "coverage": Measure(
        "Coverage",
        "Share of the items on offer that anybody was shown on the day.",
        "higher",
        "mean",
        _coverage,
    ),
    "gini": Measure(
        "Popularity bias (Gini)",
        "How unevenly all that was taken so far falls to items: 0 all alike, near 1 a few have it all.",
        "lower",
        "last",
        _gini,
    ),
    "top share": Measure(
        "Places of the top 10 %",
        "Share of the day's places that went to the tenth of the items that was shown most.",
        "lower",
        "mean",
        _top_share,
    ),
}

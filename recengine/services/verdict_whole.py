"""Metrics that are one number for all people, as values of single people with the metric as their mean.

U people asked, I items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.metrics import influence
from recengine.metrics.two_level import Floats
from recengine.services.report import ROW, STANDS_FOR, Report


@dataclass(frozen=True, eq=False)
class Whole:
    """What such metrics are held against.

    Attributes:
        known_I: items that somebody had before the test.
        share_I: share of people who had them.
        before_U: mean popularity of what each person had; NaN for people with nothing.
    """

    known_I: NDArray[np.bool_]
    share_I: Floats
    before_U: Floats

    @classmethod
    def of(cls, before: Dataset, profiles: Profiles) -> Whole:
        """Measured as reports measure it: on the data before the test, unedited."""
        users, items = (before.interactions.column(name).astype(np.int64) for name in (USER, ITEM))
        pairs = np.sort(users * before.num_items + items)  # np.unique hashes, which takes four times as long
        pairs = pairs[np.append(True, np.diff(pairs) > 0)]
        num_people = np.count_nonzero(np.bincount(users))
        share_I = np.bincount(pairs % before.num_items, minlength=before.num_items) / num_people
        total_U = np.bincount(profiles.rows, share_I[profiles.items], minlength=len(profiles))
        known_U = profiles.lengths > 0
        before_U = np.divide(total_U, profiles.lengths, out=np.full(len(profiles), np.nan), where=known_U)
        return cls(share_I > 0, share_I, before_U)

    def values(self, report: Report, keys: list[str]) -> Floats:
        """Values whose mean over people is the metric, shape (U, keys); NaN where that cannot be told."""
        found = self._of_lists(report) | _of_likes(report)
        unknown_U = np.full(len(report.per_person), np.nan)
        return np.stack([report.metrics[key] + found.get(key, unknown_U) for key in keys], axis=1)

    def _of_lists(self, report: Report) -> dict[str, Floats]:
        assert report.items_UK is not None
        found = {}
        for k in report.ks:
            items_UK = report.items_UK[:, :k]
            found[f"coverage@{k}"] = influence.coverage(items_UK, self.known_I)
            found[f"gini@{k}"] = influence.gini(items_UK, self.known_I)
            found[f"popularity_lift@{k}"] = influence.popularity_lift(items_UK, self.before_U, self.share_I)
            found[f"f1_of_means@{k}"] = influence.f1_of_means(
                report.values(f"precision@{k}"), report.values(f"recall@{k}")
            )
        return found


def _of_likes(report: Report) -> dict[str, Floats]:
    """Nothing where the report does not say whose pairs they are."""
    plike = report.plike
    if plike is None or ROW not in plike.pairs:
        return {}
    return influence.likes(
        plike.labels,
        plike.probabilities,
        corrected_N=plike.corrected,
        stands_for_N=plike.pairs[STANDS_FOR].to_numpy(),
        row_N=plike.pairs[ROW].to_numpy(),
        num_people=len(report.per_person),
        threshold=plike.threshold,
    )

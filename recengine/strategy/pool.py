"""What a strategy reads: the facts of the catalogue, and each person's candidates.

L lists, C candidates of a list, I items, K places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, ITEM, TIME, USER, Kind, Repeats, TimeKind
from recengine.core.dataset import Dataset
from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM
from recengine.core.split import MOMENT
from recengine.strategy.values import ItemValues, values_of

GROUPED: tuple[Kind, ...] = ("categorical", "multi")


@dataclass(frozen=True)
class CatalogueFacts:
    """What is known of the items on offer at one moment.

    Attributes:
        ids: the items' ids; position = code.
        features: one row per item; missing is NaN/None.
        kinds: how each feature is to be read.
        people_I: how many people had the item; num_people: of how many.
        first_seen_I: seconds; NaN where nobody had it yet.
        now: the moment at which lists are made, in seconds.
        item, person: the domain's words.
    """

    ids: pd.Index
    features: pd.DataFrame
    kinds: dict[str, Kind]
    people_I: NDArray[np.int64]
    num_people: int
    first_seen_I: NDArray[np.float64]
    now: float
    item: str = "item"
    person: str = "person"
    time_kind: TimeKind = "date"

    @classmethod
    def of(cls, dataset: Dataset, now: float | None = None) -> CatalogueFacts:
        """The facts as this dataset's events tell them.

        Args:
            now: by default just after the last event.
        """
        events, num_items = dataset.interactions.frame, dataset.num_items
        pairs = events[[USER, ITEM]].drop_duplicates()
        first_seen = events.groupby(ITEM)[TIME].min().reindex(range(num_items))
        return cls(
            ids=dataset.items.ids,
            features=dataset.items.features,
            kinds=dataset.items.kinds,
            people_I=np.bincount(pairs[ITEM], minlength=num_items),
            num_people=int(pairs[USER].nunique()),
            first_seen_I=first_seen.to_numpy(np.float64),
            now=float(events[TIME].iloc[-1]) + MOMENT if now is None else now,
            item=dataset.about.item,
            person=dataset.about.person,
            time_kind=dataset.about.time_kind,
        )

    @property
    def num_items(self) -> int:
        return len(self.ids)

    @cached_property
    def age_days(self) -> NDArray[np.float64]:
        """Days since anybody first had the item; 0 where nobody did yet."""
        return np.nan_to_num(np.maximum(self.now - self.first_seen_I, 0.0) / DAY, nan=0.0)

    @cached_property
    def _values(self) -> dict[str, ItemValues]:
        return {}

    def values(self, column: str) -> ItemValues:
        """The values of a column of categories, as numbers.

        Args:
            column: "" stands for all such columns together.

        Raises:
            SettingsError: there is no such column, or its values are no categories.
        """
        if column not in self._values:
            self._values[column] = values_of(self.features, self._grouped(column))
        return self._values[column]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A numeric column, NaN where missing; shape (I,).

        Raises:
            SettingsError: there is no such column, or it holds no numbers.
        """
        known = [name for name, kind in self.kinds.items() if kind == "numeric"]
        if column not in known:
            raise SettingsError(
                f"{self.item}s have no numeric column '{column}'. {did_you_mean(column, known)}".strip()
            )
        return pd.to_numeric(self.features[column]).to_numpy(np.float64)

    def _grouped(self, column: str) -> dict[str, Kind]:
        known = {name: kind for name, kind in self.kinds.items() if kind in GROUPED}
        if column and column not in known:
            hint = did_you_mean(column, known)
            raise SettingsError(f"{self.item}s have no column of categories '{column}'. {hint}".strip())
        return {column: known[column]} if column else known


@dataclass(frozen=True)
class Pool:
    """The candidates of some lists, as a run scores them.

    Attributes:
        items_LC: int32 codes, each at most once in a row; NO_ITEM fills up.
        scores_LC: the run's scores; anything beside NO_ITEM.
        like_LC: P(like) in [0, 1]; None where the run cannot say.
        history: the items each person had; None where nothing is known of them.
        unsure_LC: the standard error of each score, for exploring; None where the run cannot say.
        repeats: which question the run was asked; of what is new alone, nothing is pinned that was had.
        num_added: so many of the last columns are none of the run's best, and came in for the rules' sake.
        run_LC: the run's own scores, where feedback has moved `scores_LC` away from them.
    """

    facts: CatalogueFacts
    items_LC: NDArray[np.int32]
    scores_LC: NDArray[np.float64]
    like_LC: NDArray[np.float64] | None = None
    history: Ragged | None = None
    unsure_LC: NDArray[np.float64] | None = None
    repeats: Repeats = "both"
    num_added: int = 0
    run_LC: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.items_LC.shape != self.scores_LC.shape:
            raise ValueError(f"items {self.items_LC.shape} and scores {self.scores_LC.shape} differ")
        if self.history is not None and len(self.history) != len(self.items_LC):
            raise ValueError(f"{len(self.items_LC)} lists but {len(self.history)} histories")

    def __len__(self) -> int:
        return len(self.items_LC)

    @cached_property
    def listed(self) -> NDArray[np.bool_]:
        """True where there is a candidate."""
        return self.items_LC != NO_ITEM

    @cached_property
    def had(self) -> NDArray[np.bool_]:
        """True where the person had the item before."""
        if self.history is None:
            return np.zeros(self.items_LC.shape, bool)
        width = self.facts.num_items
        had = self.history.rows * width + self.history.values
        return np.isin(np.arange(len(self))[:, None] * width + self.items_LC, had) & self.listed

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """Each candidate's place by the run alone, from 1; ties as they stand. 0 for what was added."""
        scored_LC = self.listed & (
            np.arange(self.items_LC.shape[1]) < self.items_LC.shape[1] - self.num_added
        )
        score_LC = np.where(scored_LC, self.scores_LC if self.run_LC is None else self.run_LC, -np.inf)
        order_LC = np.argsort(-score_LC, axis=1, kind="stable")
        rank_LC = np.empty(order_LC.shape, np.int64)
        np.put_along_axis(rank_LC, order_LC, np.arange(1, order_LC.shape[1] + 1)[None, :], axis=1)
        return np.where(scored_LC, rank_LC, 0)

    def take(self, rows: NDArray[np.int64]) -> Pool:
        """Some of the lists, in that order."""

        def of(value_LC: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
            return None if value_LC is None else value_LC[rows]

        return replace(
            self,
            items_LC=self.items_LC[rows],
            scores_LC=self.scores_LC[rows],
            like_LC=of(self.like_LC),
            history=None if self.history is None else self.history.take(rows),
            unsure_LC=of(self.unsure_LC),
            run_LC=of(self.run_LC),
        )

    def with_items(self, items: Sequence[int]) -> Pool:
        """These items as candidates of every list, with an unknown score where they were none."""
        missing_LP = ~(self.items_LC[:, :, None] == np.array(items, np.int32)).any(axis=1)
        if not missing_LP.any():
            return self
        codes_LP = np.where(missing_LP, items, NO_ITEM).astype(np.int32)
        return self.beside(codes_LP, np.full(missing_LP.shape, np.nan))

    def beside(
        self,
        items_LX: NDArray[np.int32],
        scores_LX: NDArray[np.float64],
        like_LX: NDArray[np.float64] | None = None,
    ) -> Pool:
        """These candidates behind the others; what is not told of them is unknown."""
        unknown_LX = np.full(items_LX.shape, np.nan)
        like_LX = unknown_LX if like_LX is None else like_LX
        return replace(
            self,
            num_added=self.num_added + items_LX.shape[1],
            items_LC=np.hstack([self.items_LC, items_LX]),
            scores_LC=np.hstack([self.scores_LC, scores_LX]),
            like_LC=None if self.like_LC is None else np.hstack([self.like_LC, like_LX]),
            unsure_LC=None if self.unsure_LC is None else np.hstack([self.unsure_LC, unknown_LX]),
            run_LC=None if self.run_LC is None else np.hstack([self.run_LC, unknown_LX]),
        )

    def of_items(self, value_I: NDArray[np.float64]) -> NDArray[np.float64]:
        """A fact of each item, for each candidate; NaN beside NO_ITEM."""
        return np.where(self.listed, value_I[self.items_LC], np.nan)

"""Profiles: people as models see them, what they did in order and what is known of them. No ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import ITEM, TIME, WEIGHT
from recengine.core.dataset import Dataset
from recengine.core.ragged import Ragged, row_offsets, take_rows


@dataclass(frozen=True)
class Profiles:
    """B people. Event e of person b lies at offsets[b] <= e < offsets[b + 1], oldest first.

    A known person, a new one, an edited history and a SHAP coalition are all just profiles.

    Attributes:
        offsets: int64, shape (B + 1,).
        items: int32 item codes, shape (events,).
        times: float64 seconds, shape (events,).
        weights: float32, shape (events,).
        now: float64 seconds, shape (B,): the moment at which each person is asked for.
        features: B rows of raw values; missing = unknown. Columns a model was not trained
            on are ignored, absent ones count as unknown.
    """

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    times: NDArray[np.float64]
    weights: NDArray[np.float32]
    now: NDArray[np.float64]
    features: pd.DataFrame

    def __post_init__(self) -> None:
        people, events = len(self.offsets) - 1, len(self.items)
        found = (len(self.now), len(self.features), len(self.times), len(self.weights))
        if found != (people, people, events, events) or self.offsets[-1] != events:
            raise ValueError(f"profiles of {people} people and {events} events do not fit: {found}")

    @classmethod
    def of(
        cls, dataset: Dataset, users: NDArray[np.integer[Any]], now: NDArray[np.float64] | float
    ) -> Profiles:
        """These people as they stood just before `now` (one moment for all, or one each)."""
        events, codes = dataset.interactions, np.asarray(users, np.int64)
        now_U = np.broadcast_to(np.asarray(now, np.float64), codes.shape)
        offsets, positions = take_rows(events.offsets_by_user(dataset.num_users), codes)
        entries = events.order_by_user[positions]
        rows = np.repeat(np.arange(len(codes)), np.diff(offsets))
        times = events.column(TIME)[entries]
        past = times < now_U[rows]
        entries, rows, times = entries[past], rows[past], times[past]
        return cls(
            offsets=row_offsets(rows, len(codes)),
            items=events.column(ITEM)[entries],
            times=times,
            weights=events.column(WEIGHT)[entries],
            now=now_U.copy(),
            features=dataset.users.features.iloc[codes].reset_index(drop=True),
        )

    @classmethod
    def new(
        cls,
        items: Sequence[int],
        *,
        now: float,
        times: Sequence[float] | None = None,
        weights: Sequence[float] | None = None,
        features: dict[str, Any] | None = None,
    ) -> Profiles:
        """One person put together by hand: a newcomer, or a guest who clicked a few items."""
        count = len(items)
        return cls(
            offsets=np.array([0, count], np.int64),
            items=np.asarray(items, np.int32),
            times=np.full(count, now, np.float64) if times is None else np.asarray(times, np.float64),
            weights=np.ones(count, np.float32) if weights is None else np.asarray(weights, np.float32),
            now=np.array([now], np.float64),
            features=pd.DataFrame([features or {}], index=pd.RangeIndex(1)),
        )

    def __len__(self) -> int:
        return len(self.now)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Events per person, shape (B,)."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The person each event belongs to, shape (events,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def history(self) -> Ragged:
        """The items alone, one row a person."""
        return Ragged(self.offsets, self.items)

    def take(self, people: NDArray[np.integer[Any]]) -> Profiles:
        """The people at these positions, in that order; one may be taken many times."""
        offsets, entries = take_rows(self.offsets, np.asarray(people, np.int64))
        features = self.features.iloc[people].reset_index(drop=True)
        return self._with_events(offsets, entries, self.now[people], features)

    def blocks(self, size: int) -> Iterator[tuple[slice, Profiles]]:
        """Consecutive pieces of at most `size` people, with where they came from."""
        for start in range(0, len(self), size):
            stop = min(start + size, len(self))
            yield slice(start, stop), self.take(np.arange(start, stop))

    def where(self, keep: NDArray[np.bool_]) -> Profiles:
        """The same people with only the events marked True."""
        return self._with_events(row_offsets(self.rows[keep], len(self)), np.flatnonzero(keep))

    def last(self, count: int) -> Profiles:
        """The same people with their most recent `count` events only."""
        ends = np.repeat(self.offsets[1:], self.lengths)
        return self.where(np.arange(len(self.items)) >= ends - count)

    def _with_events(
        self,
        offsets: NDArray[np.int64],
        entries: NDArray[np.int64],
        now: NDArray[np.float64] | None = None,
        features: pd.DataFrame | None = None,
    ) -> Profiles:
        return Profiles(
            offsets=offsets,
            items=self.items[entries],
            times=self.times[entries],
            weights=self.weights[entries],
            now=self.now if now is None else now,
            features=self.features if features is None else features,
        )

"""A dataset at a glance, and its times as a reader wants them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, TimeKind
from recengine.core.dataset import About, DataSize
from recengine.core.words import many as many
from recengine.services.lineage import Lineage


@dataclass(frozen=True)
class DatasetCard:
    """A dataset at a glance, without loading it.

    Attributes:
        first_at, last_at: times of the oldest and newest event, in seconds as in core.
        imported_at: seconds since 1970.
        rows_in: rows of the source before cleaning.
        lineage: where they come from; None of data imported before that was kept.
    """

    name: str
    fingerprint: str
    num_interactions: int
    num_users: int
    num_items: int
    first_at: float
    last_at: float
    about: About
    has_given_test: bool
    imported_at: float
    rows_in: int
    lineage: Lineage | None = None

    @property
    def size(self) -> DataSize:
        """How much there is to learn from."""
        repeats = self.about.repeats != "new"
        return DataSize(self.num_interactions, self.num_users, self.num_items, repeats)

    def as_dict(self) -> dict[str, Any]:
        """The card as plain JSON values, as `--json` prints it."""
        first, last = moments(self.about, np.array([self.first_at, self.last_at]))
        return {**asdict(self), "first": str(first), "last": str(last)}


def read_card(text: str) -> DatasetCard:
    """The card that the database holds as JSON."""
    values = json.loads(text)
    lineage = values.get("lineage")
    read = {"about": About(**values["about"]), "lineage": None if lineage is None else Lineage(**lineage)}
    return DatasetCard(**{**values, **read})


def moments(about: About, seconds: NDArray[np.float64]) -> pd.Series:
    """Times as a reader wants them: datetime64 for dates, day numbers, or positions in the file."""
    if about.time_kind == "date":
        return pd.Series(np.asarray(seconds, np.float64)).mul(1e3).round().astype("datetime64[ms]")
    values = np.asarray(seconds, np.float64) / (DAY if about.time_kind == "day" else 1)
    return pd.Series(values)


def moment(time: float, kind: TimeKind = "date") -> str:
    """A data set's time: a date, "day 12", or "event 345" where there is only an order."""
    if kind == "day":
        return f"day {time / DAY:,.0f}"
    if kind == "order":
        return f"event {time:,.0f}"
    return f"{datetime.fromtimestamp(time, UTC):%d %b %Y}".lstrip("0")

"""Datasets: import, list, load, look at, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.dataset import About, Dataset
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.data.build import Imported
    from recengine.data.checks import Verdict
    from recengine.data.cleaning import CleaningConfig, CleaningReport
    from recengine.data.mapping import Mapping

SAMPLE = "grocery"  # the name under which the built-in sample is imported


@dataclass(frozen=True)
class DatasetCard:
    """A dataset at a glance, without loading it.

    Attributes:
        first_at, last_at: times of the oldest and newest event, in seconds as in core.
        imported_at: seconds since 1970.
        rows_in: rows of the source before cleaning.
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

    def as_dict(self) -> dict[str, Any]:
        """The card as plain JSON values, as `--json` prints it."""
        raise NotImplementedError


@dataclass(frozen=True)
class DatasetView:
    """What the Data page draws. Times are in the unit of `moments`. At most 600 rows a frame.

    Attributes:
        activity: when, events, people; one row a day (or a week, where it spans years).
        long_tail: rank (1 = most popular), events, share (of all events up to this rank, 0 to 1).
        history_lengths: events (lower edge of the bin), people.
        top_items: item_id, title, category, events, people; the 20 most popular.
        user_features, item_features: feature, kind, known (share, 0 to 1), distinct, examples.
        feature_values: of ("user" or "item"), feature, value, count; the 12 commonest each.
        density: share of all (person, item) pairs that occur.
        sparsity: user_bin, item_bin, events; people and items by popularity in 40 x 40 bins.
    """

    card: DatasetCard
    activity: pd.DataFrame
    long_tail: pd.DataFrame
    history_lengths: pd.DataFrame
    top_items: pd.DataFrame
    user_features: pd.DataFrame
    item_features: pd.DataFrame
    feature_values: pd.DataFrame
    sparsity: pd.DataFrame
    density: float


def import_dataset(
    ws: Workspace,
    path: Path,
    *,
    name: str,
    mapping: Mapping | None = None,
    users: Path | None = None,
    items: Path | None = None,
    test: Path | None = None,
    cleaning: CleaningConfig | None = None,
    header: bool | None = None,
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Read, clean, check and keep a file of events under a name.

    A name used before then means the new data; runs keep the data they were trained on.

    Args:
        progress: called with the number of rows read so far.

    Raises:
        DataError: the file cannot be used as it is.
    """
    raise NotImplementedError


def ensure_sample(ws: Workspace, progress: Callable[[int], None] | None = None) -> DatasetCard:
    """The built-in sample, imported on the first call only."""
    raise NotImplementedError


def list_datasets(ws: Workspace) -> list[DatasetCard]:
    """The datasets by name, latest import first."""
    raise NotImplementedError


def dataset_card(ws: Workspace, name: str) -> DatasetCard:
    """One dataset at a glance.

    Raises:
        NotFoundError: no such dataset; names the nearest one.
    """
    raise NotImplementedError


def load_dataset(ws: Workspace, name: str) -> Dataset:
    """The data themselves; cached in the process by fingerprint, so a second call is free.

    Raises:
        NotFoundError: no such dataset.
    """
    raise NotImplementedError


def load_fingerprint(ws: Workspace, fingerprint: str) -> Dataset:
    """Exactly these data, whatever their name means today; cached as `load_dataset`."""
    raise NotImplementedError


def import_report(ws: Workspace, name: str) -> tuple[CleaningReport, list[Verdict]]:
    """What was cleaned and why when it was imported, and the health checks' verdicts."""
    raise NotImplementedError


def dataset_view(ws: Workspace, name: str) -> DatasetView:
    """What the Data page draws; computed once, then kept beside the data."""
    raise NotImplementedError


def delete_dataset(ws: Workspace, name: str) -> None:
    """Forget a dataset and remove its files.

    Raises:
        DataError: runs were trained on it; says which to delete first.
    """
    raise NotImplementedError


def moments(about: About, seconds: NDArray[np.float64]) -> pd.Series:
    """Times as a reader wants them: datetime64 for dates, day numbers, or positions in the file."""
    raise NotImplementedError


def category_feature(dataset: Dataset) -> str | None:
    """The item feature by which items are coloured: the first with 2 to 60 distinct values."""
    raise NotImplementedError


def categories(dataset: Dataset) -> list[str]:
    """Each item's category (its first, where there are several); "" where unknown."""
    raise NotImplementedError

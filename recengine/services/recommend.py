"""Lists for people: known ones, new ones, everyone at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class RecommendationList:
    """One person's list.

    Attributes:
        run_id: which run made it; model: what a page calls that run's model.
        person: the id; "" for a guest.
        repeats: which question was asked.
        rows: rank (from 1), item_id, title, category, score, probability (NaN where the run has no
            calibrator), seen (in the person's history), badges (text, comma-separated: "seen").
        badges: of the whole list: "fallback" where the person has no history a model could use,
            "cold" where the model has never met this person, "not personal" for popularity.
        note: the badges in one sentence for the reader; "".
    """

    run_id: str
    model: str
    dataset: str
    person: str
    repeats: Repeats
    rows: pd.DataFrame
    badges: tuple[str, ...]
    note: str

    def frame(self) -> pd.DataFrame:
        """The rows, for tables and exports."""
        return self.rows


def recommend(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    k: int = 10,
    *,
    repeats: Repeats | None = None,
) -> RecommendationList:
    """The k best items for one person: a known id, or a profile put together by hand.

    Args:
        repeats: by default what the run was trained for.

    Raises:
        NotFoundError: no such run or person, or the run has no model yet.
    """
    raise NotImplementedError


def guest(
    ws: Workspace, dataset: str, item_ids: list[str], features: dict[str, object] | None = None
) -> Profiles:
    """A newcomer who chose these items just now, oldest first.

    Raises:
        NotFoundError: no such item.
        SettingsError: people of this dataset have no such feature.
    """
    raise NotImplementedError


def recommend_all(
    ws: Workspace,
    run_id: str,
    out: Path,
    k: int = 10,
    *,
    repeats: Repeats | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write everyone's list to a .parquet or .csv file; columns person, rank, item_id, title, score.

    Args:
        progress: called with people done and people in all.

    Returns:
        How many people got a list.
    """
    raise NotImplementedError

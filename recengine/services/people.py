"""People and items up close: find them, see what they did, see what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class PersonView:
    """One person.

    Attributes:
        features: name -> value, known ones only.
        history: when (see `datasets.moments`), time (seconds), item_id, title, category, weight;
            newest first.
        mix: category, events, share (0 to 1); largest first.
        activity: when, events; one row a week (or a day number's week).
        favourites: item_id, title, category, events, last_when; most often first, at most 20.
    """

    dataset: str
    id: str
    features: dict[str, Any]
    num_events: int
    num_items: int
    history: pd.DataFrame
    mix: pd.DataFrame
    activity: pd.DataFrame
    favourites: pd.DataFrame


@dataclass(frozen=True)
class ItemView:
    """One item.

    Attributes:
        features: name -> value, known ones only.
        rank: 1 = the most popular; 0 where it has no event.
        activity: when, events; one row a week.
        nearest: item_id, title, category, similarity (0 to 1); nearest first.
        nearest_by: how "near" was measured, in words.
        people: id, events; who had it most often, at most 10.
    """

    dataset: str
    id: str
    title: str
    category: str
    features: dict[str, Any]
    num_events: int
    num_people: int
    rank: int
    activity: pd.DataFrame
    nearest: pd.DataFrame
    nearest_by: str
    people: pd.DataFrame


def find_people(ws: Workspace, dataset: str, query: str = "", limit: int = 50) -> pd.DataFrame:
    """People whose id or feature values contain every word of the query; `age=25-34` asks for one
    feature. Columns person, events, last_when, then the features; most events first.
    """
    raise NotImplementedError


def random_person(ws: Workspace, dataset: str, seed: int | None = None) -> str:
    """The id of someone with a history."""
    raise NotImplementedError


def heaviest(ws: Workspace, dataset: str, limit: int = 10) -> pd.DataFrame:
    """Those with the most events; columns as `find_people`."""
    raise NotImplementedError


def person_view(ws: Workspace, dataset: str, person_id: str, *, last: int = 500) -> PersonView:
    """One person up close; the history shows the last so many events.

    Raises:
        NotFoundError: no such person; names the nearest id.
    """
    raise NotImplementedError


def find_items(ws: Workspace, dataset: str, query: str = "", limit: int = 50) -> pd.DataFrame:
    """Items whose id, title or feature values contain every word; columns item_id, title, category,
    events; most events first.
    """
    raise NotImplementedError


def item_view(
    ws: Workspace, dataset: str, item_id: str, *, run_id: str | None = None, nearest: int = 10
) -> ItemView:
    """One item up close; nearest by a run's embeddings if it has any, else by who had both.

    Raises:
        NotFoundError: no such item or run.
    """
    raise NotImplementedError

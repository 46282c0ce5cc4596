"""People and items up close: find them, see what they did, see what is known of them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, ITEM, TIME, USER
from recengine.core.dataset import Dataset, Entities
from recengine.core.profiles import Profiles
from recengine.services.cards import moments
from recengine.services.datasets import categories, load_dataset
from recengine.services.kept import Kept
from recengine.services.nearest import by_run, by_shared_people
from recengine.services.workspace import Workspace

WEEK_S, MONDAY_S = 7 * DAY, 4 * DAY  # 1970-01-05 was a Monday
FAVOURITES = 20
OFTEN = 10  # people shown beside an item


@dataclass(frozen=True)
class PersonView:
    """One person.

    Attributes:
        features: name -> value, known ones only.
        history: when (see `cards.moments`), time (seconds), item_id, title, category, weight;
            newest first.
        mix: category, events, share (0 to 1); largest first.
        activity: when, events; one row a week with any.
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
        activity: when, events; one row a week with any.
        nearest: item_id, title, category, similarity (0 to 1); nearest first.
        nearest_by: how "near" was measured, in words.
        people: person, events; who had it most often, at most 10.
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
    """People whose id or feature values contain every word; `income="Under 15K"` asks for one feature.

    Columns person, events, last_when, then the features; an exact id first, then most events.
    """
    data = load_dataset(ws, dataset)
    index = _index(data, USER)
    codes = index.find(data.users, query, limit)
    return _people(data, index, codes)


def random_person(ws: Workspace, dataset: str, seed: int | None = None) -> str:
    """The id of someone with a history."""
    data = load_dataset(ws, dataset)
    active = np.flatnonzero(_index(data, USER).events_N)
    return str(data.users.ids[np.random.default_rng(seed).choice(active)])


def heaviest(ws: Workspace, dataset: str, limit: int = 10) -> pd.DataFrame:
    """Those with the most events; columns as `find_people`."""
    return find_people(ws, dataset, "", limit)


def person_view(ws: Workspace, dataset: str, person_id: str, *, last: int = 500) -> PersonView:
    """One person up close; the history shows the last so many events.

    Raises:
        NotFoundError: no such dataset or person; names the nearest id.
    """
    data = load_dataset(ws, dataset)
    (code,) = data.users.codes([person_id], data.about.person)
    mine = Profiles.of(data, np.array([code]), np.inf)
    category_I = np.array(categories(data), dtype=object)
    history = pd.DataFrame(
        {
            "when": moments(data.about, mine.times),
            "time": mine.times,
            "item_id": list(data.items.ids.take(mine.items)),
            "title": data.items.labels(mine.items),
            "category": category_I[mine.items],
            "weight": mine.weights,
        }
    )
    return PersonView(
        dataset=dataset,
        id=str(data.users.ids[code]),
        features=_known(data.users, code),
        num_events=len(history),
        num_items=len(np.unique(mine.items)),
        history=history.iloc[::-1].head(last).reset_index(drop=True),
        mix=_mix(history),
        activity=_by_week(data, mine.times),
        favourites=_favourites(history),
    )


def find_items(ws: Workspace, dataset: str, query: str = "", limit: int = 50) -> pd.DataFrame:
    """Items whose id, title or feature values contain every word; columns item_id, title, category,
    events; an exact id first, then most events.
    """
    data = load_dataset(ws, dataset)
    index = _index(data, ITEM)
    codes = index.find(data.items, query, limit)
    return _items(data, codes).assign(events=index.events_N[codes])


def item_view(
    ws: Workspace, dataset: str, item_id: str, *, run_id: str | None = None, nearest: int = 10
) -> ItemView:
    """One item up close; nearest by what a run learnt, if it can say, else by who had both.

    Raises:
        NotFoundError: no such dataset, item or run.
    """
    data = load_dataset(ws, dataset)
    (code,) = data.items.codes([item_id], data.about.item)
    mine = data.interactions.frame[data.interactions.column(ITEM) == code]
    events_I = _index(data, ITEM).events_N
    near = by_run(ws, run_id, data, code, nearest) if run_id else None
    near = near or by_shared_people(data, code, nearest)
    often = mine[USER].value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    return ItemView(
        dataset=dataset,
        id=str(data.items.ids[code]),
        title=data.items.labels(np.array([code]))[0],
        category=categories(data)[code],
        features=_known(data.items, code),
        num_events=len(mine),
        num_people=len(often),
        rank=int((events_I > events_I[code]).sum()) + 1 if len(mine) else 0,
        activity=_by_week(data, mine[TIME].to_numpy()),
        nearest=_items(data, near.codes).assign(similarity=near.similarities),
        nearest_by=near.by,
        people=_often(data, often),
    )


@dataclass(frozen=True)
class _Index:
    """What searching takes: events and last event of each code, and all its words in one text."""

    events_N: NDArray[np.int64]
    last_N: NDArray[np.float64]
    texts: pd.Series

    def find(self, entities: Entities, query: str, limit: int) -> NDArray[np.int64]:
        """The codes that match every word; an exact id first, then most events first."""
        match_N = np.ones(len(entities), bool)
        names = {str(name).lower(): str(name) for name in entities.features}
        for word in _words(query):
            name, equals, value = word.partition("=")
            if equals and name.lower() in names:
                match_N &= _has(entities, names[name.lower()], value)
            else:
                match_N &= self.texts.str.contains(word.lower(), regex=False).to_numpy(bool)
        exact_N = entities.ids == query.strip()
        codes = np.flatnonzero(match_N | exact_N)
        order = np.lexsort((codes, -self.events_N[codes], ~exact_N[codes]))
        return codes[order[:limit]]


_indexes: Kept[_Index] = Kept(size=4)


def _index(data: Dataset, column: str) -> _Index:
    return _indexes.get((data.fingerprint, column), lambda: _made(data, column))


def _made(data: Dataset, column: str) -> _Index:
    entities = data.users if column == USER else data.items
    codes = data.interactions.column(column)
    last_N = np.full(len(entities), -np.inf)
    last_N[codes] = data.interactions.column(TIME)  # events are in order of time, so the last one stays
    texts = pd.Series(entities.ids.astype("str"))
    for name in entities.features:
        texts = texts + " " + entities.features[name].astype("str").fillna("")
    return _Index(np.bincount(codes, minlength=len(entities)), last_N, texts.str.lower())


def _words(query: str) -> list[str]:
    """The words; what stands in double quotes is one: `income="Under 15K" north`."""
    lexer = shlex.shlex(query, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.quotes, lexer.escape = True, "", '"', ""
    try:
        return list(lexer)
    except ValueError:  # a quote that nobody closed
        return query.split()


def _has(entities: Entities, name: str, value: str) -> NDArray[np.bool_]:
    """Whose feature has this value; one of its values, where it can have several."""
    texts = entities.features[name].astype("str").str.lower()
    if entities.kinds.get(name) == "multi":
        return (
            ("|" + texts + "|").str.contains(f"|{value.lower()}|", regex=False).fillna(False).to_numpy(bool)
        )
    if entities.kinds.get(name) == "numeric":
        wanted = pd.to_numeric(pd.Series([value]), errors="coerce")[0]
        return (entities.features[name] == wanted).to_numpy(bool)
    return (texts == value.lower()).fillna(False).to_numpy(bool)


def _people(data: Dataset, index: _Index, codes: NDArray[np.int64]) -> pd.DataFrame:
    last_N = np.where(np.isfinite(index.last_N[codes]), index.last_N[codes], np.nan)
    frame = pd.DataFrame(
        {
            "person": list(data.users.ids.take(codes)),
            "events": index.events_N[codes],
            "last_when": moments(data.about, last_N),
        }
    )
    features = data.users.features.iloc[codes].reset_index(drop=True)
    return pd.concat([frame, features[[name for name in features if name not in frame]]], axis=1)


def _items(data: Dataset, codes: NDArray[np.int64]) -> pd.DataFrame:
    category_I = categories(data)
    return pd.DataFrame(
        {
            "item_id": list(data.items.ids.take(codes)),
            "title": data.items.labels(codes),
            "category": [category_I[code] for code in codes],
        }
    )


def _known(entities: Entities, code: int) -> dict[str, Any]:
    row = entities.features.iloc[int(code)]
    return {str(name): value for name, value in row.items() if pd.notna(value)}


def _mix(history: pd.DataFrame) -> pd.DataFrame:
    counts = history["category"].value_counts()
    return pd.DataFrame(
        {
            "category": list(counts.index),
            "events": counts.to_numpy(),
            "share": counts.to_numpy() / max(1, len(history)),
        }
    )


def _favourites(history: pd.DataFrame) -> pd.DataFrame:
    by_item = history.groupby("item_id", sort=False)
    found = by_item.agg(
        title=("title", "first"),
        category=("category", "first"),
        events=("time", "size"),
        last_when=("when", "max"),
    )
    ordered = found.sort_values("events", ascending=False, kind="stable").head(FAVOURITES)
    return ordered.reset_index()


def _by_week(data: Dataset, times: NDArray[np.float64]) -> pd.DataFrame:
    """Events a week; where there is no time, events in each hundredth of the file."""
    width, start = WEEK_S, MONDAY_S
    if data.about.time_kind != "date":
        start = 0
    if data.about.time_kind == "order":
        width = max(1, -(-len(data.interactions) // 100))
    weeks, counts = np.unique(np.floor((times - start) / width) * width + start, return_counts=True)
    return pd.DataFrame({"when": moments(data.about, weeks), "events": counts})


def _often(data: Dataset, events_of: pd.Series) -> pd.DataFrame:
    top = events_of.head(OFTEN)
    return pd.DataFrame({"person": list(data.users.ids.take(top.index.to_numpy())), "events": top.to_numpy()})

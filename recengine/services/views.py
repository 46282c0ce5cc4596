"""What the Data page draws of a dataset: computed once by DuckDB over its Parquet files, then kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY
from recengine.core.dataset import About, Entities
from recengine.services.cards import DatasetCard, moments
from recengine.services.files import read_json, write_json

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_BARS = 200  # a chart of more says no more
TAIL_POINTS = 200
TOP_ITEMS = 50
TOP_VALUES = 12
LONGEST_EXAMPLE = 200  # letters
NUMBER_BINS = 20
SPARSITY_BINS = 24
UNITS_S = {"day": DAY, "week": 7 * DAY, "month": 30.436875 * DAY}
MONDAY_S = 4 * DAY  # 1970-01-05, so that weeks start on Mondays
FRAMES = ("activity", "long_tail", "histories", "features", "values", "sparsity", "top_items")


@dataclass(frozen=True)
class DatasetView:
    """What the Data page draws. At most a few hundred rows a frame.

    Attributes:
        activity: period (its start: a date, a day number or a position), events, people.
        activity_unit: length of a period: "day", "week", "month" or "events".
        long_tail: share_of_items (most popular first, 0 to 1), share_of_events (up to there, 0 to 1).
        items_for_half: how many items make up half of the events; top_item_share: the first one's share.
        histories: events (smallest of the bin), to (largest), people.
        features: of ("person" or "item"), feature, kind, known_share (0 to 1), distinct, example.
        values: of, feature, value (text kinds) or from and to (numbers), count; the 12 commonest and
            "other", or 20 bins; see `feature_values`.
        sparsity: person_bin, item_bin (0 = most events), filled (share of pairs that occur, 0 to 1).
        density: share of all (person, item) pairs that occur.
        top_items: id, title, events, people; the 50 most popular.
    """

    card: DatasetCard
    activity: pd.DataFrame
    activity_unit: str
    long_tail: pd.DataFrame
    items_for_half: int
    top_item_share: float
    histories: pd.DataFrame
    median_history: float
    longest_history: int
    features: pd.DataFrame
    values: pd.DataFrame
    sparsity: pd.DataFrame
    density: float
    top_items: pd.DataFrame

    def feature_values(self, of: str, feature: str) -> pd.DataFrame:
        """How often each value occurs: columns value, count; or from, to, count for numbers."""
        rows = self.values[(self.values["of"] == of) & (self.values["feature"] == feature)]
        columns = ["value", "count"] if rows["from"].isna().all() else ["from", "to", "count"]
        return rows[columns].reset_index(drop=True)


def read_view(folder: Path, card: DatasetCard) -> DatasetView:
    """The view that `compute` wrote."""
    frames = {frame: pd.read_parquet(folder / f"{frame}.parquet") for frame in FRAMES}
    return DatasetView(card=card, **frames, **read_json(folder / "numbers.json"))


def compute(source: Path, card: DatasetCard, folder: Path) -> None:
    """Write all that a view shows of the dataset in `source` into an empty folder."""
    import duckdb

    from recengine.data.store import EVENTS, load_entities

    users, items = load_entities(source)
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        db.read_parquet(str(source / EVENTS)).create_view("events")
        events_U = _counts(db, "user", card.num_users)
        events_I = _counts(db, "item", card.num_items)
        unit, width_s = _unit(card)
        frames = {
            "activity": _activity(db, card.about, unit, width_s),
            "long_tail": _long_tail(events_I),
            "histories": _histories(events_U),
            "features": _features(users, items),
            "values": _values(users, items),
            "sparsity": _sparsity(db, events_U, events_I),
            "top_items": _top_items(db, items),
        }
        pairs = db.execute("SELECT count(*) FROM (SELECT DISTINCT user, item FROM events)").fetchnumpy()
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    numbers = _numbers(events_U, events_I)
    numbers["density"] = int(next(iter(pairs.values()))[0]) / (card.num_users * card.num_items)
    write_json(folder / "numbers.json", {"activity_unit": unit, **numbers})


def _numbers(events_U: NDArray[np.int64], events_I: NDArray[np.int64]) -> dict[str, float]:
    falling_I = np.sort(events_I)[::-1]
    return {
        "items_for_half": int(np.searchsorted(np.cumsum(falling_I), falling_I.sum() / 2) + 1),
        "top_item_share": float(falling_I[0] / falling_I.sum()),
        "median_history": float(np.median(events_U[events_U > 0])),
        "longest_history": int(events_U.max()),
    }


def _counts(db: DuckDBPyConnection, column: str, size: int) -> NDArray[np.int64]:
    """Events of each code; shape (size,)."""
    found = db.execute(f"SELECT {column} AS code, count(*) AS events FROM events GROUP BY 1").fetchnumpy()
    counts = np.zeros(size, np.int64)
    counts[found["code"]] = found["events"]
    return counts


def _unit(card: DatasetCard) -> tuple[str, float]:
    """A period that gives a readable number of bars; its name and its length in seconds."""
    span = card.last_at - card.first_at
    if card.about.time_kind == "order":
        return "events", max(1.0, np.ceil((span + 1) / MOST_BARS))
    for unit, length in UNITS_S.items():
        if span / length <= MOST_BARS:
            return unit, length
    return "month", UNITS_S["month"]


def _activity(db: DuckDBPyConnection, about: About, unit: str, width_s: float) -> pd.DataFrame:
    start = f"floor((time - {MONDAY_S}) / {width_s}) * {width_s} + {MONDAY_S}"
    if about.time_kind != "date":
        start = f"floor(time / {width_s}) * {width_s}"
    elif unit == "month":
        start = "epoch(date_trunc('month', make_timestamp(CAST(time * 1000000 AS BIGINT))))"
    found = db.execute(
        f"SELECT {start} AS start, count(*) AS events, count(DISTINCT user) AS people "
        "FROM events GROUP BY 1 ORDER BY 1"
    ).df()
    found.insert(0, "period", moments(about, found.pop("start").to_numpy(np.float64)))
    return found


def _long_tail(events_I: NDArray[np.int64]) -> pd.DataFrame:
    falling_I = np.sort(events_I)[::-1]
    share_I = np.cumsum(falling_I) / max(1, falling_I.sum())
    count = len(falling_I)
    # Half of the points by rank, half by its logarithm: the head is where the curve bends.
    even = np.linspace(1, count, TAIL_POINTS // 2)
    ranks = np.unique(
        np.concatenate([even, np.geomspace(1, count, TAIL_POINTS // 2)]).round().astype(np.int64)
    )
    return pd.DataFrame({"share_of_items": ranks / count, "share_of_events": share_I[ranks - 1]})


def _histories(events_U: NDArray[np.int64]) -> pd.DataFrame:
    """People by length of history, in bins that grow: 1, 2, 3, 4, 5 to 6, 7 to 9..."""
    edges = np.unique(np.geomspace(1, max(2, events_U.max() + 1), 30).round().astype(np.int64))
    people, _ = np.histogram(events_U[events_U > 0], bins=[*edges[:-1], edges[-1]])
    return pd.DataFrame({"events": edges[:-1], "to": edges[1:] - 1, "people": people})


def _features(users: Entities, items: Entities) -> pd.DataFrame:
    rows = [
        {"of": of, "feature": feature, "kind": kind, **_known(entities.features[feature], kind)}
        for of, entities in (("person", users), ("item", items))
        for feature, kind in entities.kinds.items()
    ]
    return pd.DataFrame(rows, columns=["of", "feature", "kind", "known_share", "distinct", "example"])


def _known(values: pd.Series, kind: str) -> dict[str, Any]:
    known = values.dropna()
    return {
        "known_share": len(known) / max(1, len(values)),
        "distinct": int(_parts(known, kind).nunique()),
        "example": str(known.iloc[0])[:LONGEST_EXAMPLE] if len(known) else "",
    }


def _values(users: Entities, items: Entities) -> pd.DataFrame:
    parts = [
        _value_counts(entities.features[feature].dropna(), kind).assign(of=of, feature=feature)
        for of, entities in (("person", users), ("item", items))
        for feature, kind in entities.kinds.items()
        if kind not in ("text", "vector")
    ]
    empty = pd.DataFrame({"of": pd.Series(dtype="str"), "feature": pd.Series(dtype="str"), "count": []})
    together = pd.concat([empty, *parts]) if parts else empty
    return together.reindex(columns=["of", "feature", "value", "from", "to", "count"])


def _value_counts(known: pd.Series, kind: str) -> pd.DataFrame:
    if kind == "numeric":
        counts, edges = np.histogram(known.to_numpy(np.float64), bins=NUMBER_BINS)
        return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "count": counts})
    counts_of = _parts(known, kind).value_counts()
    top, rest = counts_of.iloc[:TOP_VALUES], int(counts_of.iloc[TOP_VALUES:].sum())
    frame = pd.DataFrame({"value": list(top.index), "count": top.to_numpy()})
    return pd.concat([frame, pd.DataFrame({"value": ["other"], "count": [rest]})]) if rest else frame


def _parts(known: pd.Series, kind: str) -> pd.Series:
    texts = known.astype("str")
    return texts.str.split("|").explode() if kind == "multi" else texts


def _sparsity(
    db: DuckDBPyConnection, events_U: NDArray[np.int64], events_I: NDArray[np.int64]
) -> pd.DataFrame:
    bin_U, bin_I = _bins(events_U), _bins(events_I)
    people = pd.DataFrame({"user": np.arange(len(bin_U)), "person_bin": bin_U})
    things = pd.DataFrame({"item": np.arange(len(bin_I)), "item_bin": bin_I})
    db.register("people", people)
    db.register("things", things)
    found = db.execute(
        "SELECT person_bin, item_bin, count(*) AS pairs FROM (SELECT DISTINCT user, item FROM events) "
        "JOIN people USING (user) JOIN things USING (item) GROUP BY ALL ORDER BY ALL"
    ).df()
    possible = np.bincount(bin_U)[found["person_bin"]] * np.bincount(bin_I)[found["item_bin"]]
    return found.assign(filled=found.pop("pairs") / possible)


def _bins(events_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of 24 equal groups each code falls into by its number of events; 0 = the most."""
    place_N = np.empty(len(events_N), np.int64)
    place_N[np.argsort(-events_N, kind="stable")] = np.arange(len(events_N))
    return place_N * min(SPARSITY_BINS, len(events_N)) // len(events_N)


def _top_items(db: DuckDBPyConnection, items: Entities) -> pd.DataFrame:
    found = db.execute(
        "SELECT item, count(*) AS events, count(DISTINCT user) AS people FROM events "
        f"GROUP BY 1 ORDER BY events DESC, item LIMIT {TOP_ITEMS}"
    ).df()
    codes = found.pop("item").to_numpy()
    found.insert(0, "title", items.labels(codes))
    found.insert(0, "id", list(items.ids.take(codes)))
    return found

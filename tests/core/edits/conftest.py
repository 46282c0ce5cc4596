"""A shop of four people and four items, small enough for sums in the head."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from recengine.core.columns import DAY, Kind
from recengine.core.dataset import About, Dataset, Entities, Interactions

JANUARY = datetime(2017, 1, 1, tzinfo=UTC).timestamp()
PEOPLE: dict[str, Kind] = {"age": "categorical", "income": "categorical"}
ITEMS: dict[str, Kind] = {"category": "categorical", "tags": "multi", "price": "numeric"}
# person, item, day of 2017 (1 January is day 0), kind of event
EVENTS = [
    (0, 0, 0, "buy"),
    (1, 0, 1, "view"),
    (0, 1, 10, "view"),
    (2, 0, 20, "buy"),
    (1, 2, 31, "buy"),
    (0, 2, 40, "buy"),
    (3, 3, 58, "buy"),
    (0, 0, 59, "buy"),
    (1, 1, 70, "view"),
    (0, 3, 71, "buy"),
]


@pytest.fixture(scope="session")
def shop() -> Dataset:
    """Ten events from 1 January to 13 March 2017; person 2 has one, and nobody knows of person 3."""
    frame = pd.DataFrame(EVENTS, columns=["user", "item", "day", "event"])
    frame = frame.assign(time=JANUARY + 3600 + frame["day"] * DAY, weight=1.0).drop(columns="day")
    frame["event"] = pd.Categorical(frame["event"], ["view", "buy"])
    people = {"age": ["65+", "25-34", "35-44", None], "income": ["Under 15K", "50K", "50K", None]}
    items = {
        "title": ["Tea", "Green tea", "Soap", "Ham & eggs"],
        "category": ["Drinks", "Drinks", "Care", "Soft drinks"],
        "tags": ["hot|loose", "hot", None, "cold"],
        "price": [2.0, 3.5, None, 10.0],
    }
    return Dataset(
        name="shop",
        interactions=Interactions.sorted(frame),
        users=Entities(pd.Index(["a", "b", "c", "d"]), pd.DataFrame(people, dtype="str"), PEOPLE),
        items=Entities(pd.Index(["t", "g", "s", "h"]), pd.DataFrame(items), ITEMS, title="title"),
        fingerprint="shop",
        about=About(person="customer", item="article"),
    )

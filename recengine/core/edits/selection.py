"""Which people, items or events an edit is about: `people where age = 65+`, `items where price <= 10`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import pandas as pd

from recengine.core.columns import EVENT, ITEM, USER, WEIGHT, Kind
from recengine.core.dataset import About, Dataset, Entities
from recengine.core.edits.conditions import COMPARED, Condition, Mask, Table, read_conditions
from recengine.core.edits.reading import whole_number
from recengine.core.errors import EditError
from recengine.core.words import count, listed, many

What = Literal["people", "items", "events"]
EVENTS, POPULARITY, ID, KIND = "events", "popularity", "id", "kind"
AMOUNT = {"fewer than": "<", "less than": "<", "more than": ">", "at least": ">=", "at most": "<="}
AMOUNT_TEXT = {"<": "fewer than", ">": "more than", ">=": "at least", "<=": "at most"}
READ = re.compile(
    rf"(?P<what>people|items|events) (?:where (?P<where>.+)|with (?P<amount>{'|'.join(AMOUNT)}) "
    rf"(?P<number>\d[\d ,_]*) events?)",
    re.IGNORECASE,
)
PATTERN = r"(?:people|items|events) (?:where .+|with .+ events?)"


@dataclass(frozen=True)
class Selection:
    """Rows of one kind for which all conditions hold."""

    what: What
    where: tuple[Condition, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """From the language.

        Raises:
            EditError: it is not complete.
        """
        match = READ.fullmatch(text)
        if match is None:
            raise EditError(
                f"'{text}' says not which: write people where age = 65+, people with fewer than 10 events, "
                "items where price < 10, or events where kind = view."
            )
        what: What = match["what"].lower()  # type: ignore[assignment]  # one of the pattern's three
        if match["where"]:
            return cls(what, read_conditions(match["where"]))
        if what != "people":
            raise EditError(
                f"only people have a number of events; for items write {what} where popularity < 20."
            )
        sign = AMOUNT[match["amount"].lower()]
        return cls(what, (Condition(EVENTS, sign, (str(whole_number(match["number"])),)),))

    @property
    def text(self) -> str:
        if self._by_activity:
            (amount,) = self.where
            return f"{self.what} with {AMOUNT_TEXT[amount.sign]} {amount.values[0]} events"
        return f"{self.what} where {' and '.join(condition.text for condition in self.where)}"

    @property
    def _by_activity(self) -> bool:
        """Whether it is about how much people did, and nothing else."""
        only = self.where[0]
        plain = only.column == EVENTS and only.sign in AMOUNT_TEXT and only.values[0].isdigit()
        return self.what == "people" and len(self.where) == 1 and plain

    def named(self, data: Dataset) -> Self:
        """The same with columns and values as the data spell them.

        Raises:
            EditError: there is no such column or value.
        """
        table = table_of(data, self.what)
        return replace(self, where=tuple(condition.named(table) for condition in self.where))

    def mask(self, data: Dataset) -> Mask:
        """True for the people, items or events that are meant, by code or row."""
        table = table_of(data, self.what)
        return np.logical_and.reduce([condition.mask(table) for condition in self.where])

    def event_mask(self, data: Dataset) -> Mask:
        """True for the events with them, shape (E,)."""
        found = self.mask(data)
        if self.what == "events":
            return found
        return found[data.interactions.column(USER if self.what == "people" else ITEM)]

    def unknowns(self, data: Dataset) -> list[str]:
        """A sentence for each condition on what is not known of some of them."""
        table = table_of(data, self.what)
        return [told for condition in self.where if (told := condition.unknown(table))]

    def in_words(self, about: About) -> str:
        """Such as "households where age is 65+", "products that fewer than 20 households had"."""
        noun = {"people": many(about.person), "items": many(about.item), "events": "events"}[self.what]
        if self._by_activity:
            (amount,) = self.where
            return f"{noun} with {AMOUNT_TEXT[amount.sign]} {count(float(amount.values[0]))} events"
        return f"{noun} where {listed([self._phrase(condition, about) for condition in self.where])}"

    def _phrase(self, condition: Condition, about: About) -> str:
        if self.what == "items" and condition.column == POPULARITY and condition.sign in COMPARED:
            return f"{AMOUNT_TEXT[condition.sign]} {condition.values[0]} {many(about.person)} had it"
        return condition.in_words


def table_of(data: Dataset, what: What) -> Table:
    """What conditions on people, items or events can be about. What the data themselves tell comes first."""
    if what == "events":
        return _events(data)
    entities = data.users if what == "people" else data.items
    counted: dict[str, Callable[[], pd.Series]] = (
        {EVENTS: lambda: pd.Series(events_of_people(data), dtype="float64")}
        if what == "people"
        else {POPULARITY: lambda: pd.Series(popularity(data), dtype="float64")}
    )
    counts: dict[str, Kind] = dict.fromkeys(counted, "numeric")
    word = data.about.person if what == "people" else data.about.item
    return Table(word, counted | {ID: lambda: _ids(entities)} | _features(entities), counts | entities.kinds)


def _features(entities: Entities) -> dict[str, Callable[[], pd.Series]]:
    features = entities.features
    return {str(name): lambda name=name: features[name] for name in features}  # type: ignore[misc]


def _ids(entities: Entities) -> pd.Series:
    return pd.Series(entities.ids, dtype="str")


def _events(data: Dataset) -> Table:
    frame = data.interactions.frame
    columns: dict[str, Callable[[], pd.Series]] = {WEIGHT: lambda: frame[WEIGHT]}
    if EVENT in frame:
        columns[KIND] = lambda: frame[EVENT]
    return Table("event", columns, {WEIGHT: "numeric"})


def events_of_people(data: Dataset) -> np.ndarray:
    """How many events each person has, shape (U,)."""
    return np.bincount(data.interactions.column(USER), minlength=data.num_users)


def popularity(data: Dataset) -> np.ndarray:
    """How many different people had each item, shape (I,)."""
    pairs = data.interactions.frame[[USER, ITEM]].drop_duplicates()
    return np.bincount(pairs[ITEM], minlength=data.num_items)

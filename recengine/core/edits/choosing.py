"""Edits that leave out or keep people, items or events."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from recengine.core.columns import ITEM
from recengine.core.dataset import About, Dataset
from recengine.core.edits.edit import Edit, keeping
from recengine.core.edits.reading import whole_number
from recengine.core.edits.selection import PATTERN, Selection, popularity
from recengine.core.errors import EditError
from recengine.core.words import count, many

Verb = Literal["drop", "keep"]
CHOOSE = re.compile(rf"(?P<verb>drop|keep) (?P<selection>{PATTERN})", re.IGNORECASE)
POPULAR = re.compile(
    r"(?P<verb>drop|keep) (?:the )?(?P<number>\d[\d ,_]*) (?P<end>most|least) popular items", re.IGNORECASE
)
CAP = re.compile(r"cap people at (?P<number>\d[\d ,_]*) events?(?: \(? ?the latest ?\)?)?", re.IGNORECASE)
WITHOUT = {"drop": "without", "keep": "with only"}


@dataclass(frozen=True)
class Choose(Edit):
    """Leave out, or keep, the events of some people, with some items, or of some kind."""

    examples: ClassVar[tuple[str, ...]] = (
        "drop people where age = 65+",
        "keep people with at least 10 events",
        'drop items where category = "Soft drinks"',
        "drop items where popularity < 20",
        "drop events where kind = view",
    )
    verb: Verb
    selection: Selection

    @classmethod
    def read(cls, clause: str) -> Self | None:
        if (match := CHOOSE.fullmatch(clause)) is None:
            return None
        return cls(_verb(match), Selection.read(match["selection"]))

    @property
    def text(self) -> str:
        return f"{self.verb} {self.selection.text}"

    def sentence(self, about: About) -> str:
        return f"{WITHOUT[self.verb]} {self.selection.in_words(about)}"

    def unknowns(self, data: Dataset) -> list[str]:
        return self.selection.unknowns(data)

    def named(self, data: Dataset) -> Self:
        return replace(self, selection=self.selection.named(data))

    def apply(self, data: Dataset) -> Dataset:
        chosen_E = self.selection.event_mask(data)
        return keeping(data, chosen_E if self.verb == "keep" else ~chosen_E, self.text)


@dataclass(frozen=True)
class Popular(Edit):
    """Leave out, or keep, the items that most (or fewest) people had. Ties: lower code first."""

    examples: ClassVar[tuple[str, ...]] = (
        "keep the 1000 most popular items",
        "drop the 100 most popular items",
    )
    verb: Verb
    number: int
    end: Literal["most", "least"] = "most"

    @classmethod
    def read(cls, clause: str) -> Self | None:
        if (match := POPULAR.fullmatch(clause)) is None:
            return None
        end: Literal["most", "least"] = "most" if match["end"].lower() == "most" else "least"
        return cls(_verb(match), _at_least_one(match["number"], clause), end)

    @property
    def text(self) -> str:
        return f"{self.verb} the {self.number} {self.end} popular items"

    def sentence(self, about: About) -> str:
        return f"{WITHOUT[self.verb]} the {count(self.number)} {self.end} popular {many(about.item)}"

    def apply(self, data: Dataset) -> Dataset:
        people_I = popularity(data)
        had = np.flatnonzero(people_I)
        sign = -1 if self.end == "most" else 1
        chosen_I = np.zeros(data.num_items, bool)
        chosen_I[had[np.argsort(sign * people_I[had], kind="stable")[: self.number]]] = True
        chosen_E = chosen_I[data.interactions.column(ITEM)]
        return keeping(data, chosen_E if self.verb == "keep" else ~chosen_E, self.text)


@dataclass(frozen=True)
class Cap(Edit):
    """Keep no more than the latest so many events of each person."""

    examples: ClassVar[tuple[str, ...]] = ("cap people at 200 events",)
    number: int

    @classmethod
    def read(cls, clause: str) -> Self | None:
        match = CAP.fullmatch(clause)
        return None if match is None else cls(_at_least_one(match["number"], clause))

    @property
    def text(self) -> str:
        return f"cap people at {self.number} events"

    def sentence(self, about: About) -> str:
        return f"with only the latest {count(self.number)} events of each {about.person}"

    def apply(self, data: Dataset) -> Dataset:
        events = data.interactions
        offsets = events.offsets_by_user(data.num_users)
        ends = np.repeat(offsets[1:], np.diff(offsets))
        keep_E = np.zeros(len(events), bool)
        keep_E[events.order_by_user[np.arange(len(events)) >= ends - self.number]] = True
        return keeping(data, keep_E, self.text)


def _verb(match: re.Match[str]) -> Verb:
    return "drop" if match["verb"].lower() == "drop" else "keep"


def _at_least_one(digits: str, clause: str) -> int:
    number = whole_number(digits)
    if number < 1:
        raise EditError(f"'{clause}' asks for none at all; at least 1 is wanted.")
    return number

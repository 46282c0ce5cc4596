"""Edits that let some people, events or items count more or less.

People are weighed by copies of them, which is right for every model alike: twice as much is everyone twice.
Events and items are weighed by the weight that every model reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import USER, WEIGHT
from recengine.core.dataset import About, Dataset, Entities, Interactions, digest
from recengine.core.edits.edit import Edit, keeping, reweighed
from recengine.core.edits.reading import number_text
from recengine.core.edits.selection import PATTERN, Selection, events_of_people
from recengine.core.errors import EditError

WEIGH = re.compile(rf"weigh (?P<selection>{PATTERN}) by (?P<factor>\S+)", re.IGNORECASE)
LEAST, MOST = 0.001, 100.0  # times
TIMES = {0.5: "half", 2.0: "twice"}
MOST_COPIED = 10  # times as many events as there are


@dataclass(frozen=True)
class Weigh(Edit):
    """Let these events count so many times."""

    examples: ClassVar[tuple[str, ...]] = (
        "weigh events where kind = view by 0.2",
        "weigh items where brand = Private by 2",
    )
    encodes: ClassVar[bool] = True
    selection: Selection
    factor: float

    @classmethod
    def read(cls, clause: str) -> Self | None:
        found = _read(clause)
        return None if found is None or found[0].what == "people" else cls(*found)

    @property
    def text(self) -> str:
        return f"weigh {self.selection.text} by {number_text(self.factor)}"

    def sentence(self, about: About) -> str:
        times = TIMES.get(self.factor, f"{number_text(self.factor)} times")
        return f"counting {self.selection.in_words(about)} {times}"

    def unknowns(self, data: Dataset) -> list[str]:
        return self.selection.unknowns(data)

    def named(self, data: Dataset) -> Self:
        return replace(self, selection=self.selection.named(data))

    def apply(self, data: Dataset) -> Dataset:
        chosen_E = self.selection.event_mask(data)
        if not chosen_E.any():
            return data
        weight_E = data.interactions.column(WEIGHT)
        return reweighed(data, np.where(chosen_E, weight_E * np.float32(self.factor), weight_E), self.text)


@dataclass(frozen=True)
class WeighPeople(Weigh):
    """Learn from copies of these people: 2.5 times is everyone twice, and half of them a third time.

    Who is drawn for the part that is left over depends on the edit's text alone. Copies are further
    people, so the codes of all others stay.
    """

    examples: ClassVar[tuple[str, ...]] = ("weigh people where age = 65+ by 2",)
    encodes: ClassVar[bool] = False

    @classmethod
    def read(cls, clause: str) -> Self | None:
        found = _read(clause)
        return None if found is None or found[0].what != "people" else cls(*found)

    def apply(self, data: Dataset) -> Dataset:
        chosen_U = self.selection.mask(data) & (events_of_people(data) > 0)
        times_U = np.where(chosen_U, int(self.factor), 1)
        chosen = np.flatnonzero(chosen_U)
        drawn = round((self.factor - int(self.factor)) * len(chosen))
        random = np.random.default_rng(int(digest(self.text), 16))
        times_U[random.choice(chosen, drawn, replace=False)] += 1
        kept = keeping(data, times_U[data.interactions.column(USER)] > 0, self.text)
        return _with_copies(kept, times_U - 1, self.text)


def _read(clause: str) -> tuple[Selection, float] | None:
    if (match := WEIGH.fullmatch(clause)) is None:
        return None
    try:
        factor = float(number_text(float(match["factor"])))  # as it will be kept
    except ValueError:
        raise EditError(f"by how much? A number is wanted at the end; found '{match['factor']}'.") from None
    if not LEAST <= factor <= MOST:
        what = match["selection"].partition(" ")[0].lower()
        raise EditError(
            f"a weight lies between {LEAST} and {MOST:.0f}; found {match['factor']}. To leave them out, "
            f"write drop {what} where ..."
        )
    if factor == 1:
        raise EditError(f"'{clause}' changes nothing: 1 is what they count already.")
    return Selection.read(match["selection"]), factor


def _with_copies(data: Dataset, copies_U: NDArray[np.int64], why: str) -> Dataset:
    """The data with so many further people like each of these, after all others."""
    copied = np.repeat(np.arange(data.num_users), np.maximum(copies_U, 0))
    if not len(copied):
        return data
    events = data.interactions
    offsets = events.offsets_by_user(data.num_users)
    lengths = np.diff(offsets)[copied]
    if lengths.sum() > MOST_COPIED * len(events):
        raise EditError(
            f"'{why}' would make {len(events) + lengths.sum():,} events of {len(events):,}; more than "
            f"{MOST_COPIED} times as many are too many to learn from. Weigh them by less."
        )
    starts = np.repeat(offsets[copied] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    rows = events.order_by_user[np.arange(lengths.sum()) + starts]
    further = events.frame.iloc[rows].assign(**{USER: np.repeat(_codes(data, len(copied)), lengths)})
    frame = pd.concat([events.frame, further], ignore_index=True)
    together = data.with_interactions(Interactions.sorted(frame), f"edit {why}")
    return replace(together, users=_with_rows(data.users, copied))


def _codes(data: Dataset, count: int) -> NDArray[np.int32]:
    return np.arange(data.num_users, data.num_users + count, dtype=np.int32)


def _with_rows(users: Entities, copied: NDArray[np.integer[Any]]) -> Entities:
    """These entities and, after them, copies of some."""
    number = pd.Series(copied).groupby(copied).cumcount().to_numpy() + 2
    ids = [f"{id_} (copy {nth})" for id_, nth in zip(users.ids.take(copied), number, strict=True)]
    taken = set(users.ids)
    ids = [id_ if id_ not in taken else f"{id_} of {len(users)}" for id_ in ids]
    everyone = pd.concat([users.features, users.features.iloc[copied]], ignore_index=True)
    return replace(users, ids=pd.Index([*users.ids, *ids], dtype="str"), features=everyone)

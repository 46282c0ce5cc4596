"""What the reasons of an explanation are called: players, items and features in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.sensitive import is_sensitive
from recengine.core.words import many, plural
from recengine.explain.naming import Named
from recengine.explain.players import Player
from recengine.services.cards import moment
from recengine.services.datasets import categories
from recengine.services.kept import Kept

TOGETHER = " + "  # stands between the names of features that a model reads as one


@dataclass(frozen=True)
class Namer:
    """Gives the players of one person's explanation their names.

    Attributes:
        profile: the one person whose past is explained.
        item, other: codes of the item explained and of the one it is compared with (-1: none).
    """

    data: Dataset
    profile: Profiles
    item: int
    other: int = -1

    def all(self, players: Iterable[Player]) -> tuple[Named, ...]:
        """Every player in words, in their order."""
        return tuple(map(self.one, players))

    def one(self, player: Player) -> Named:
        """One player in words."""
        if player.kind == "action":
            itself = player.code == self.item
            often, last = self._times(player), self._last(player)
            return Named("action", self.title(player.code), often, itself=itself, detail=last)
        if player.kind == "group":
            return Named("group", f"the rest of {self.category(player.code)}", self._members(player))
        columns = player.column.split(TOGETHER)
        value = " · ".join(filter(None, (self._value(player, column) for column in columns)))
        sensitive = player.kind == "person" and is_sensitive(player.column)
        return Named(player.kind, _heading(player.column), value, sensitive)

    def title(self, code: int) -> str:
        """What an item is called."""
        return titles(self.data)[code]

    def category(self, code: int) -> str:
        """What a category of `category_codes` is called; -1 stands for several."""
        items = many(self.data.about.item)
        return f"other {items}" if code < 0 else self._categories[code] or f"{items} of no category"

    def _times(self, player: Player) -> str:
        """How often: "3 times"; of one event among several with its item, which one."""
        count = len(player.events)
        if count == 1 and (self.profile.items == player.code).sum() > 1:
            return f"the one of {self._moment(player)}" if self._moment(player) else "one of them"
        return "once" if count == 1 else plural(count, "time")

    def _last(self, player: Player) -> str:
        """When last: "last 5 Dec 2017"; "" where there are no times."""
        last = self._moment(player)
        return f"last {last}" if last and len(player.events) > 1 else last

    def _moment(self, player: Player) -> str:
        kind = self.data.about.time_kind
        return "" if kind == "order" else moment(float(self.profile.times[player.events].max()), kind)

    def _members(self, player: Player) -> str:
        """What a group is made of: "12 products, 31 times"."""
        items = len(np.unique(self.profile.items[player.events]))
        return f"{plural(items, self.data.about.item)}, {plural(len(player.events), 'time')}"

    @cached_property
    def _categories(self) -> list[str]:
        return category_codes(self.data)[1]

    def _value(self, player: Player, column: str) -> str:
        """A feature's value as a reader would write it; "" where it is unknown."""
        if player.kind == "person":
            features, row, kinds = self.profile.features, 0, self.data.users.kinds
        else:
            features, kinds = self.data.items.features, self.data.items.kinds
            row = self.item if player.kind == "item" else self.other
        return in_words(features[column].iloc[row], kinds.get(column, "")) if column in features else ""


def in_words(value: Any, kind: str) -> str:
    """A feature's value as a reader would write it; "" where it is unknown."""
    if pd.isna(value):
        return ""
    if kind == "vector":
        return f"{len(str(value).split()):,} numbers"
    if kind == "multi":
        return ", ".join(str(value).split("|"))
    return f"{value:,.6g}" if isinstance(value, float | int) else str(value)


_titles: Kept[list[str]] = Kept(size=4)


def titles(data: Dataset) -> list[str]:
    """What each item is called."""
    return _titles.get(data.fingerprint, lambda: data.items.labels(np.arange(data.num_items)))


_codes: Kept[tuple[NDArray[np.int64], list[str]]] = Kept(size=4)


def category_codes(data: Dataset) -> tuple[NDArray[np.int64], list[str]]:
    """Each item's category as a number, and the categories' names in the order of those numbers."""
    return _codes.get(data.fingerprint, lambda: _coded(data))


def _coded(data: Dataset) -> tuple[NDArray[np.int64], list[str]]:
    codes_I, names = pd.factorize(np.array(categories(data), dtype=object), sort=True)
    return codes_I.astype(np.int64), [str(name) for name in names]


def _heading(column: str) -> str:
    spaced = column.replace("_", " ").strip()
    return spaced[:1].upper() + spaced[1:]

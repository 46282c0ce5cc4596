"""Rules: what may, must and must not stand on a list. To add one: write its class, then its line in RULES.

They act in this order, which is also that of RULES: what may be listed at all (exclude, in stock, age),
then pins, then how many of a kind (most of each value, most and least shares). Shares are counted in
the places of the list that was asked for: at most 30 % of 10 places are 3, at least 25 % are 3.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.config import Config
from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.words import ordinal
from recengine.strategy.pool import CatalogueFacts

ROUNDING = 1e-9  # 0.3 * 10 is 3, whatever floating point says


class _Rule(Config):
    """A rule.

    Attributes:
        acts: "filter": takes items out. "pin": puts one on. "bound": counts items of a kind.
    """

    acts: ClassVar[Literal["filter", "pin", "bound"]]

    @abstractmethod
    def words(self) -> str:
        """The rule as a reader would say it."""

    def check(self, facts: CatalogueFacts) -> None:
        """Raise SettingsError where the rule names what is not there."""


class Filter(_Rule):
    """A rule that takes items out."""

    acts = "filter"

    @abstractmethod
    def allowed(self, facts: CatalogueFacts) -> NDArray[np.bool_]:
        """The items that may be listed, shape (I,)."""

    def check(self, facts: CatalogueFacts) -> None:
        self.allowed(facts)


class Exclude(Filter):
    """Never list items with this value, or this one item."""

    kind: Literal["exclude"] = "exclude"
    column: str = Field(default="", description="The column of the value; empty: the item's id.")
    value: str = Field(description="The value, or the item's id.")

    def words(self) -> str:
        return f"never {_what(self.column, self.value)}"

    def allowed(self, facts: CatalogueFacts) -> NDArray[np.bool_]:
        if self.column:
            check_value(facts, self.column, self.value)
            return ~facts.values(self.column).having(self.value)
        allowed_I = np.ones(facts.num_items, bool)
        allowed_I[item_code(facts, self.value)] = False
        return allowed_I


class InStock(Filter):
    """Only items of which enough are there; an unknown stock counts as none."""

    kind: Literal["in stock"] = "in stock"
    column: str = Field(description="A numeric column: how many are there.")
    at_least: float = Field(default=1.0, description="How many must be there.")

    def words(self) -> str:
        return f"only where {self.column} is at least {self.at_least:g}"

    def allowed(self, facts: CatalogueFacts) -> NDArray[np.bool_]:
        return facts.numbers(self.column) >= self.at_least


class Age(Filter):
    """Only items first seen so long ago; what nobody had yet is 0 days old."""

    kind: Literal["age"] = "age"
    at_least_days: float = Field(default=0.0, ge=0, description="Youngest age in days.")
    at_most_days: float = Field(default=36500.0, gt=0, description="Oldest age in days.")

    def words(self) -> str:
        if not self.at_least_days:
            return f"only items at most {self.at_most_days:g} days old"
        return f"only items {self.at_least_days:g} to {self.at_most_days:g} days old"

    def allowed(self, facts: CatalogueFacts) -> NDArray[np.bool_]:
        return (facts.age_days >= self.at_least_days) & (facts.age_days <= self.at_most_days)


class Pin(_Rule):
    """This item is on every list on which it may be."""

    acts = "pin"
    kind: Literal["pin"] = "pin"
    item: str = Field(description="The item's id.")
    place: int = Field(default=1, ge=1, le=1000, description="Which place, from 1.")

    def words(self) -> str:
        return f"{self.item} pinned to {ordinal(self.place)} place"

    def check(self, facts: CatalogueFacts) -> None:
        item_code(facts, self.item)


class Bound(_Rule):
    """A rule that counts the items of a value: from `low(k)` to `high(k)` of them among k places."""

    acts = "bound"
    column: str = Field(description="The column of the value, such as category or brand.")
    value: str = Field(default="", description="The value; empty: each value of the column.")

    def low(self, k: int) -> int:
        return 0

    def high(self, k: int) -> int:
        return k

    def check(self, facts: CatalogueFacts) -> None:
        facts.values(self.column)
        if self.value:
            check_value(facts, self.column, self.value)


class AtMost(Bound):
    """At most n items of a value."""

    kind: Literal["at most"] = "at most"
    count: int = Field(ge=0, le=1000, description="How many at most.")

    def words(self) -> str:
        return f"at most {self.count} of {_what(self.column, self.value)}"

    def high(self, k: int) -> int:
        return min(self.count, k)


class MaxShare(Bound):
    """At most this share of the list is of a value."""

    kind: Literal["max share"] = "max share"
    share: float = Field(ge=0, le=1, description="Share of the list, from 0 to 1.")

    def words(self) -> str:
        return f"at most {self.share:.0%} {_what(self.column, self.value)}"

    def high(self, k: int) -> int:
        return math.floor(self.share * k + ROUNDING)


class MinShare(Bound):
    """At least this share of the list is of a value."""

    kind: Literal["min share"] = "min share"
    share: float = Field(ge=0, le=1, description="Share of the list, from 0 to 1.")

    def words(self) -> str:
        return f"at least {self.share:.0%} {_what(self.column, self.value)}"

    def low(self, k: int) -> int:
        return math.ceil(self.share * k - ROUNDING)


Rule = Annotated[Exclude | InStock | Age | Pin | AtMost | MaxShare | MinShare, Field(discriminator="kind")]
RULES: dict[str, type[_Rule]] = {
    "exclude": Exclude,
    "in stock": InStock,
    "age": Age,
    "pin": Pin,
    "at most": AtMost,
    "max share": MaxShare,
    "min share": MinShare,
}


def check_value(facts: CatalogueFacts, column: str, value: str) -> None:
    """Raise SettingsError, naming the nearest there is, where no item has this value."""
    names = facts.values(column).names
    if value not in names:
        raise SettingsError(f"no {facts.item} has {column} '{value}'. {nearest(value, names)}")


def nearest(name: str, known: Sequence[str]) -> str:
    """`did_you_mean`, for which upper and lower case are alike."""
    folded = {one.casefold(): one for one in known}
    found = get_close_matches(name.casefold(), folded, n=1)
    return f"Did you mean '{folded[found[0]]}'?" if found else did_you_mean(name, known)


def item_code(facts: CatalogueFacts, item_id: str) -> int:
    """The code of an item; SettingsError where there is none of that id."""
    code = int(facts.ids.get_indexer([item_id])[0])
    if code < 0:
        raise SettingsError(f"there is no {facts.item} '{item_id}'. {did_you_mean(item_id, facts.ids)}")
    return code


def _what(column: str, value: str) -> str:
    if not column:
        return f"'{value}'"
    return f"{column} '{value}'" if value else f"each {column}"

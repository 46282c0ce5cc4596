"""The shelf of simulated worlds: one world, told in the words of three domains. To add one: add its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recengine.core.columns import Repeats
from recengine.core.errors import SettingsError, did_you_mean


@dataclass(frozen=True)
class Preset:
    """What a world is called and how its people are.

    Attributes:
        domain: the preset of the same field of business, a name in data's DOMAINS.
        category, provider: columns of items; categories: the values of the first.
        value: a numeric column: what an item earns when it is taken.
        values: the column's least and largest value; it is spread evenly over the logarithm.
        by_chance: whether the value is the chance of earning 1, instead of what is earned.
        earns: what is earned, for a reader; unit stands before it where it is money, else behind it.
        kind: of the feedback event when an item is taken.
        repeats: whether people take an item again.
        dull: log-odds of taking an item that means nothing to a person.
        taste: what the favourite category adds to them; fan: what a favourite provider adds.
        price: what each doubling of the value takes off.
        satiation: what each recent item of a category takes off the chance of another, as a rate.
        visits: share of days on which a person comes, least and most.
        leaving: chance that a person never comes back after a visit on which they took nothing.
    """

    name: str
    title: str
    domain: str
    person: str
    item: str
    category: str
    provider: str
    categories: tuple[str, ...]
    value: str
    values: tuple[float, float]
    by_chance: bool
    earns: str
    unit: str
    kind: Literal["purchase", "click", "like"]
    repeats: Repeats
    dull: float
    taste: float
    fan: float
    price: float
    satiation: float
    visits: tuple[float, float]
    leaving: float


_ALL = [
    Preset(
        name="shop",
        title="shop",
        domain="e-commerce",
        person="shopper",
        item="product",
        category="category",
        provider="brand",
        categories=("bakery", "coffee", "dairy", "fruit", "household", "snacks", "vegetables", "wine"),
        value="price",
        values=(1.0, 16.0),
        by_chance=False,
        earns="revenue",
        unit="$",
        kind="purchase",
        repeats="both",
        dull=-4.2,
        taste=2.6,
        fan=1.0,
        price=0.35,
        satiation=0.12,
        visits=(0.1, 0.6),
        leaving=0.02,
    ),
    Preset(
        name="feed",
        title="social feed",
        domain="social-media",
        person="member",
        item="post",
        category="topic",
        provider="author",
        categories=("cooking", "cycling", "films", "gardening", "games", "music", "photos", "travel"),
        value="minutes",
        values=(0.5, 8.0),
        by_chance=False,
        earns="reading time",
        unit="min",
        kind="click",
        repeats="new",
        dull=-3.2,
        taste=3.0,
        fan=1.2,
        price=0.2,
        satiation=0.2,
        visits=(0.3, 0.9),
        leaving=0.03,
    ),
    Preset(
        name="courses",
        title="course catalogue",
        domain="online-education",
        person="learner",
        item="course",
        category="subject",
        provider="school",
        categories=("art", "biology", "coding", "history", "languages", "maths", "music", "writing"),
        value="completion",
        values=(0.1, 0.9),
        by_chance=True,
        earns="completions",
        unit="",
        kind="like",
        repeats="new",
        dull=-4.8,
        taste=3.0,
        fan=0.8,
        price=0.0,
        satiation=0.3,
        visits=(0.1, 0.5),
        leaving=0.015,
    ),
]
WORLDS: dict[str, Preset] = {one.name: one for one in _ALL}


def find_world(name: str) -> Preset:
    """The world of that name.

    Raises:
        SettingsError: there is none.
    """
    if name not in WORLDS:
        raise SettingsError(f"there is no simulated world '{name}'. {did_you_mean(name, WORLDS)}")
    return WORLDS[name]

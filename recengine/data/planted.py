"""Made-up behaviour whose causes are known, to see whether an explanation of a choice finds them.

Four families of items; who has what follows three rules, and all else is chance:

    openers, followers   whoever had an opener goes on to its follower, and hardly anyone else does. A
                         companion often comes with an opener, as often without it, and leads to nothing.
    hobby items          are for people with that hobby. Nobody has more than one, so no past action tells.
    goods                everyone keeps to one maker. Some goods nobody had yet: their maker alone tells.
    fillers              are had by chance, the first ones most.

Towns and ages of people and colours and weights of items say nothing, nor do makers of anything but goods.
All features of all are known and every family has items of all makers alike, so that neither a maker nor the
lack of one tells goods from the rest. Items have no titles, for words would give the rules away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT, Kind
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.data.fingerprint import fingerprint
from recengine.data.synthetic import START

FILLERS, CHAINS, GOODS_HAD, GOODS_NEW, ITEMS_PER_HOBBY = 60, 12, 12, 2, 1
HOBBIES = ("sailing", "chess", "baking", "running", "painting", "gardening")
MAKERS = ("Arco", "Bell", "Corin", "Dorn", "Elva", "Fenn")
TOWNS = ("Ashby", "Borth", "Crewe", "Dover")
COLOURS = ("red", "green", "blue", "white")
FILLERS_EACH, CHAINS_EACH, GOODS_EACH = 10, 3, 4  # of one person
LAST_OPENED, SOON = 0.85, 0.15  # when the chain of an asked person begins, how soon a follower follows
STRAY = 0.05  # share of people with a follower out of nowhere

Codes = NDArray[np.int64]
Rows = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Cause:
    """A choice that is not in the data, and why it was made.

    Attributes:
        person, item: codes of who chose what.
        now: when, in seconds; later than all the person did before.
        kind: what drove it: one past action, a feature of the person, or one of the item.
        action: the item code of that action; -1 for the other kinds.
        column: the name of that feature; "" for an action.
    """

    person: int
    item: int
    now: float
    kind: Literal["action", "person", "item"]
    action: int = -1
    column: str = ""


@dataclass(frozen=True)
class Planted:
    """Data to learn from, and choices of some of its people with their causes."""

    dataset: Dataset
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Catalogue:
    """Codes of the items by family.

    Attributes:
        openers, followers, companions: shape (chains,); those of a chain stand in the same place.
        hobby_items: shape (hobbies, items of each).
        goods: shape (makers, goods of each); the last `GOODS_NEW` of each are those nobody had.
    """

    fillers: Codes
    openers: Codes
    followers: Codes
    companions: Codes
    hobby_items: Codes
    goods: Codes

    @classmethod
    def numbered(cls) -> Catalogue:
        """Family after family."""
        shapes = (
            *((FILLERS,), (CHAINS,), (CHAINS,), (CHAINS,)),
            *((len(HOBBIES), ITEMS_PER_HOBBY), (len(MAKERS), GOODS_HAD + GOODS_NEW)),
        )
        ends = np.cumsum([np.prod(shape) for shape in shapes])
        codes = np.split(np.arange(ends[-1]), ends[:-1])
        return cls(*(part.reshape(shape) for part, shape in zip(codes, shapes, strict=True)))

    @property
    def families(self) -> dict[str, Codes]:
        """What an item's id begins with, and the codes of that family."""
        return {
            "filler": self.fillers,
            "opener": self.openers,
            "follower": self.followers,
            "companion": self.companions,
            "hobby item": self.hobby_items.ravel(),
            "good": self.goods.ravel(),
        }


CATALOGUE = Catalogue.numbered()


def planted(num_people: int = 1200, share_asked: float = 0.2, seed: int = 0) -> Planted:
    """People who live by the rules; of some of them one choice by each rule is left out and told apart."""
    rng = np.random.default_rng(seed)
    hobby_U, maker_U = rng.integers(len(HOBBIES), size=num_people), rng.integers(len(MAKERS), size=num_people)
    people, items = _people(hobby_U, rng), _items(rng)
    stories, causes = [], []
    for person in range(num_people):
        life = _Life.drawn(int(hobby_U[person]), int(maker_U[person]), rng)
        asked = person < share_asked * num_people
        story = life.story(without=life.left_out if asked else ())
        stories.append(story)
        if asked:
            causes += life.causes(person, now=START + len(story) * DAY)
    events = Interactions.sorted(_events(stories))
    about = About(source=f"synthetic: planted causes, seed {seed}", licence="none needed", repeats="new")
    mark = fingerprint(events, people, items, about)
    return Planted(Dataset("planted causes", events, people, items, mark, about), tuple(causes))


@dataclass(frozen=True)
class _Life:
    """All that one person has, each thing at its moment from 0 on.

    Attributes:
        moments: by item code.
        opener, follower: of the chain that an asked person has begun and not ended.
        new_good: a good of the person's maker that nobody had.
    """

    moments: dict[int, float]
    opener: int
    follower: int
    hobby_item: int
    new_good: int

    @classmethod
    def drawn(cls, hobby: int, maker: int, rng: np.random.Generator) -> _Life:
        shelf, chains = CATALOGUE, rng.permutation(CHAINS)
        share = 1 / (1 + np.arange(FILLERS)) ** 0.5
        loose = [
            *rng.choice(shelf.fillers, FILLERS_EACH, replace=False, p=share / share.sum()),
            *rng.choice(shelf.goods[maker, :GOODS_HAD], GOODS_EACH, replace=False),
            hobby_item := rng.choice(shelf.hobby_items[hobby]),
            *shelf.companions[chains[CHAINS_EACH : CHAINS_EACH + 2]],
        ]
        moments = {
            int(item): float(moment) for item, moment in zip(loose, rng.random(len(loose)), strict=True)
        }
        if rng.random() < STRAY:
            moments[int(shelf.followers[chains[-1]])] = float(rng.random())
        for chain in chains[1:CHAINS_EACH]:
            moments |= dict(_chain(int(chain), LAST_OPENED * rng.random(), rng))
        moments |= dict(_chain(int(chains[0]), rng.uniform(LAST_OPENED, 1), rng))
        begun = int(chains[0])
        return cls(
            moments=moments,
            opener=int(shelf.openers[begun]),
            follower=int(shelf.followers[begun]),
            hobby_item=int(hobby_item),
            new_good=int(rng.choice(shelf.goods[maker, GOODS_HAD:])),
        )

    @property
    def left_out(self) -> tuple[int, ...]:
        return self.follower, self.hobby_item

    def story(self, without: tuple[int, ...]) -> list[int]:
        """Item codes, first to last."""
        return [item for item in sorted(self.moments, key=self.moments.__getitem__) if item not in without]

    def causes(self, person: int, now: float) -> list[Cause]:
        return [
            Cause(person, self.follower, now, "action", action=self.opener),
            Cause(person, self.hobby_item, now, "person", column="hobby"),
            Cause(person, self.new_good, now, "item", column="maker"),
        ]


def _chain(chain: int, opened: float, rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """An opener, what soon follows it, and half the time the companion just before it."""
    yield int(CATALOGUE.openers[chain]), opened
    yield int(CATALOGUE.followers[chain]), opened + SOON * rng.random()
    if rng.random() < 0.5:
        yield int(CATALOGUE.companions[chain]), opened - 1e-6


def _events(stories: list[list[int]]) -> pd.DataFrame:
    """One event a day, from the first day on."""
    lengths = [len(story) for story in stories]
    day = np.concatenate([np.arange(length) for length in lengths])
    items = np.concatenate([np.array(story) for story in stories])
    people = np.repeat(np.arange(len(stories)), lengths)
    return pd.DataFrame({USER: people, ITEM: items, TIME: START + day * DAY, WEIGHT: 1.0})


def _people(hobby_U: Codes, rng: np.random.Generator) -> Entities:
    count = len(hobby_U)
    columns: Rows = {
        "hobby": np.array(HOBBIES)[hobby_U],
        "town": rng.choice(TOWNS, count),
        "age": rng.integers(18, 80, count).astype(float),
    }
    kinds: dict[str, Kind] = {"hobby": "categorical", "town": "categorical", "age": "numeric"}
    return Entities(_ids("person", count), pd.DataFrame(columns), kinds)


def _items(rng: np.random.Generator) -> Entities:
    count = sum(len(codes) for codes in CATALOGUE.families.values())
    makers = _makers(rng.spawn(1)[0])
    columns = {"maker": makers, "colour": rng.choice(COLOURS, count), "weight_g": rng.normal(500, 100, count)}
    kinds: dict[str, Kind] = {"maker": "categorical", "colour": "categorical", "weight_g": "numeric"}
    ids = pd.Index([], dtype="str")
    for family, codes in CATALOGUE.families.items():
        ids = ids.append(_ids(family, len(codes)))
    return Entities(ids, pd.DataFrame(columns), kinds)


def _makers(rng: np.random.Generator) -> NDArray[np.str_]:
    """Of each item. Goods go by maker; of the rest, each run of as many items as makers has one of each.

    So no maker is liked much better than another, though the first fillers are had most.
    """
    maker_I = np.empty(sum(len(codes) for codes in CATALOGUE.families.values()), np.int64)
    for codes in CATALOGUE.families.values():
        rounds = np.tile(np.arange(len(MAKERS)), (len(codes) // len(MAKERS), 1))
        maker_I[codes] = rng.permuted(rounds, axis=1).ravel()
    maker_I[CATALOGUE.goods] = np.arange(len(MAKERS))[:, None]
    return np.array(MAKERS)[maker_I]


def _ids(word: str, count: int) -> pd.Index:
    return pd.Index([f"{word} {number}" for number in range(count)], dtype="str")

"""A world whose people's tastes and whose items' value are known.

Whether a person takes an item that they look at depends on how they like its category and provider, on how
good and how dear it is, and on how much of the category they had of late; on nothing else. They look at the
first place always and at the k-th with chance 1/sqrt(k), from the top down to where they stop.

U people, I items, G categories, L lists, C candidates, K places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, Kind
from recengine.data.synthetic import START
from recengine.strategy.pool import CatalogueFacts
from recengine.strategy.simulate.presets import Preset

ITEMS, PROVIDERS_PER_CATEGORY = 240, 4
SECOND_TASTE = 0.7  # of a person's second category, as a share of the first's
FANS = 0.15  # share of people who are fond of a provider
QUALITY = 0.5  # standard deviation of the log-odds between items
NEW, NEW_DAYS = 0.2, 30  # share of items that come later, and within how many days

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class World:
    """One draw of a preset.

    Attributes:
        seed: of this draw, and of all luck in it.
        category_I, provider_I: codes.
        value_I: what each item earns when taken.
        from_day_I: the first day on which it is offered; 0 for what was there before.
        like_UI: the chance that a person takes an item they look at, when nothing tires them.
        visit_U: the chance that a person comes on a day.
    """

    preset: Preset
    seed: int
    category_I: Ints
    provider_I: Ints
    value_I: Floats
    from_day_I: Ints
    like_UI: Floats
    visit_U: Floats

    @classmethod
    def drawn(cls, preset: Preset, people: int = 1000, seed: int = 0, items: int = ITEMS) -> World:
        """People and items drawn anew; equal seeds, equal worlds."""
        draw = np.random.default_rng(seed)
        groups = len(preset.categories)
        category_I = draw.integers(groups, size=items)
        provider_I = category_I * PROVIDERS_PER_CATEGORY + draw.integers(PROVIDERS_PER_CATEGORY, size=items)
        low, high = np.log2(preset.values)
        doublings_I = draw.uniform(low, high, items)
        late_I = draw.random(items) < NEW
        fan_UP = draw.random((people, groups * PROVIDERS_PER_CATEGORY)) < FANS
        odds_UI = (
            preset.dull
            + preset.taste * _tastes(people, groups, draw)[:, category_I]
            + preset.fan * fan_UP[:, provider_I]
            + QUALITY * draw.normal(size=items)
            - preset.price * (doublings_I - doublings_I.mean())
        )
        return cls(
            preset=preset,
            seed=seed,
            category_I=category_I,
            provider_I=provider_I,
            value_I=np.round(2**doublings_I, 2),
            from_day_I=np.where(late_I, draw.integers(1, NEW_DAYS + 1, items), 0),
            like_UI=1 / (1 + np.exp(-odds_UI)),
            visit_U=draw.uniform(*preset.visits, people),
        )

    @property
    def num_people(self) -> int:
        return len(self.visit_U)

    @property
    def num_items(self) -> int:
        return len(self.value_I)

    @cached_property
    def ids(self) -> pd.Index:
        """The items' ids; position = code."""
        return pd.Index([f"{self.preset.item}-{code + 1}" for code in range(self.num_items)], dtype="str")

    @cached_property
    def features(self) -> pd.DataFrame:
        """What anybody can see of the items: category, provider and value."""
        preset, names = self.preset, np.array(self.preset.categories)[self.category_I]
        number_I = self.provider_I % PROVIDERS_PER_CATEGORY + 1
        providers = [
            f"{name} {preset.provider} {number}" for name, number in zip(names, number_I, strict=True)
        ]
        return pd.DataFrame(
            {
                preset.category: pd.Series(names, dtype="str"),
                preset.provider: pd.Series(providers, dtype="str"),
                preset.value: self.value_I,
            }
        )

    @property
    def kinds(self) -> dict[str, Kind]:
        """How the features are to be read."""
        return {
            self.preset.category: "categorical",
            self.preset.provider: "categorical",
            self.preset.value: "numeric",
        }

    def facts(self, day: int, people_I: Ints) -> CatalogueFacts:
        """What a strategy is told of the catalogue on a day.

        Args:
            people_I: how many people took each item so far.
        """
        return CatalogueFacts(
            ids=self.ids,
            features=self.features,
            kinds=self.kinds,
            people_I=people_I,
            num_people=self.num_people,
            first_seen_I=moment(np.minimum(self.from_day_I, day)),
            now=float(moment(np.array(day + 1))),
            item=self.preset.item,
            person=self.preset.person,
        )

    def offered(self, day: int) -> NDArray[np.bool_]:
        """Which items there are on a day, shape (I,)."""
        return self.from_day_I <= day

    def looks(self, k: int) -> Floats:
        """The chance that a place is looked at, shape (K,)."""
        return 1 / np.sqrt(np.arange(1, k + 1))


def moment(day: Ints) -> Floats:
    """The start of a day in seconds; day 0 is the last one before the simulation."""
    return START + DAY * day.astype(np.float64)


def _tastes(people: int, groups: int, draw: np.random.Generator) -> Floats:
    """How much each person cares for each category, in [0, 1]: two favourites, some of which all share."""
    fame_G = np.log(1 / np.arange(1, groups + 1) ** 0.5)
    # The largest of log(p) + Gumbel noise: a draw without replacement for every person at once.
    order_UG = np.argsort(-(fame_G + draw.gumbel(size=(people, groups))), axis=1)
    taste_UG = np.zeros((people, groups))
    np.put_along_axis(taste_UG, order_UG[:, :1], 1.0, axis=1)
    np.put_along_axis(taste_UG, order_UG[:, 1:2], SECOND_TASTE, axis=1)
    return taste_UG

"""What a setting's lists are measured by on held-out people: what they cost, and what they buy.

L lists, K places, I items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM
from recengine.core.words import many
from recengine.metrics import beyond, ranking
from recengine.metrics.intervals import Difference, Interval, difference
from recengine.metrics.mixture import miscalibration, mixture
from recengine.services.measuring import Yardstick
from recengine.services.strategic import liked
from recengine.strategy import CatalogueFacts, Pool

Lists = NDArray[np.int32]
PerList = dict[str, NDArray[np.float64]]
COVERAGE = "coverage"  # of all lists together; every other measure is a mean over lists
SAMPLES = 500
ALWAYS = ("ndcg", "hits", "like", COVERAGE, "diversity", "novelty", "miscalibration")
MONEY = ("earned", "expected")  # of a column


@dataclass(frozen=True)
class Measure:
    """One number of a setting's lists.

    Attributes:
        explanation: one sentence for someone who has never heard of it.
        is_cost: whether it is what a strategy gives away; otherwise what it buys.
    """

    name: str
    title: str
    explanation: str
    better: Literal["higher", "lower"] = "higher"
    is_cost: bool = False


def check_name(name: str) -> None:
    """Raise SettingsError where nothing of that name is ever measured."""
    known = [*ALWAYS, *(f"{kind} COLUMN" for kind in MONEY)]
    kind, _, column = name.partition(" ")
    if name not in ALWAYS and not (kind in MONEY and column):
        raise SettingsError(f"nothing called '{name}' is measured. {did_you_mean(name, known)}")


def measures_of(k: int, columns: Sequence[str], facts: CatalogueFacts) -> list[Measure]:
    """All there can be; those that are known of nobody are left out of a result."""
    item, person, items = facts.item, facts.person, many(facts.item)
    held = f"on held-out {many(person)}"
    money = [
        measure
        for name in columns
        for measure in (
            Measure(
                f"earned {name}",
                f"Earned {name}",
                f"{name} of what was listed and then chosen, a list, {held}.",
            ),
            Measure(f"expected {name}", f"Expected {name}", f"P(like) times {name}, summed over a list."),
        )
    ]
    return [
        Measure(
            "ndcg", f"NDCG@{k}", f"How high up the lists what was then chosen stands, {held}.", is_cost=True
        ),
        Measure(
            "hits", "Chosen", f"{items.capitalize()} on a list that were then chosen, {held}.", is_cost=True
        ),
        Measure(
            "like", "P(like)", f"How likely a listed {item} is to be liked, as the run sees it.", is_cost=True
        ),
        *money,
        Measure(COVERAGE, "Coverage", "Share of the catalogue that is on at least one list."),
        Measure("diversity", "Diversity", f"How unlike one another a list's {items} are: 0 alike, 1 unlike."),
        Measure("novelty", "Novelty", f"How little known the listed {items} are, in bits."),
        Measure(
            "miscalibration",
            "Miscalibration",
            f"How far a list's mixture of categories is from the {person}'s past: 0 alike.",
            better="lower",
        ),
    ]


@dataclass(frozen=True)
class Ruler:
    """What lists are held against.

    Attributes:
        targets: what each person then chose; history: what they had before.
        column: the categories whose mixture is compared; "" for all columns together.
        columns: what an item brings.
    """

    facts: CatalogueFacts
    targets: Ragged
    history: Ragged
    yardstick: Yardstick
    columns: tuple[str, ...]
    column: str = ""

    def per_list(self, items_LK: Lists, pool: Pool) -> PerList:
        """Each measure of each list, NaN where it has none; shape (L,) each."""
        hit_LK = ranking.hits(items_LK, self.targets)
        like_LK = liked(pool, items_LK)
        values = self.facts.values(self.column)
        found = {
            "ndcg": ranking.ndcg(hit_LK, self.targets.lengths),
            "hits": hit_LK.sum(axis=1).astype(np.float64),
            "like": _mean(like_LK),
            "novelty": beyond.novelty(items_LK, self.yardstick.share_I),
        }
        for name in self.columns:
            value_LK = np.nan_to_num(self.facts.numbers(name))[items_LK]
            found[f"earned {name}"] = (hit_LK * value_LK).sum(axis=1)
            found[f"expected {name}"] = np.where(
                np.isnan(like_LK).all(axis=1), np.nan, (np.nan_to_num(like_LK) * value_LK).sum(axis=1)
            )
        if self.yardstick.vector_ID is not None:
            found["diversity"] = beyond.intra_list_diversity(items_LK, self.yardstick.vector_ID)
        if values.names:
            found["miscalibration"] = miscalibration(items_LK, self.past_LV, values.of_item)
        return {name: value_L for name, value_L in found.items() if not np.isnan(value_L).all()}

    @cached_property
    def past_LV(self) -> NDArray[np.float64]:  # noqa: N802 (the shape is in the name)
        """How the past of each person is mixed."""
        values = self.facts.values(self.column)
        return mixture(self.history, values.of_item, len(values.names))

    @cached_property
    def drawn_LS(self) -> NDArray[np.float32]:  # noqa: N802 (the shape is in the name)
        """Who is drawn in each draw of the bootstrap, shape (L, SAMPLES)."""
        draw, count = np.random.default_rng(0), len(self.targets)
        times = [np.bincount(draw.integers(count, size=count), minlength=count) for _ in range(SAMPLES)]
        return np.stack(times, axis=1).clip(max=1).astype(np.float32)

    def coverage(self, items_LK: Lists) -> float:
        """Share of the catalogue on at least one list."""
        return beyond.coverage(items_LK, self.yardstick.catalogue_I)

    def coverage_difference(self, today_LK: Lists, items_LK: Lists) -> Difference:
        """Against today's, with a paired bootstrap over people.

        Fewer distinct people cover less, under both strategies. By how much the mean of the draws is off
        for that, the interval is moved back.
        """
        today, found = self.coverage(today_LK), self.coverage(items_LK)
        apart_S = self._coverages(items_LK) - self._coverages(today_LK)
        low, high = np.quantile(apart_S - apart_S.mean(), [0.025, 0.975]) + (found - today)
        interval = Interval(found - today, float(low), float(high), 0.95, len(items_LK))
        verdict = "no real difference" if low <= 0 <= high else "better" if found > today else "worse"
        return Difference(interval, (found - today) / today if today else float("nan"), verdict)

    def _coverages(self, items_LK: Lists) -> NDArray[np.float64]:
        """Coverage in each draw, shape (SAMPLES,)."""
        from scipy.sparse import csr_array

        list_N, place_N = np.nonzero(items_LK != NO_ITEM)
        shape = (self.facts.num_items, len(items_LK))
        member_IL = csr_array((np.ones(len(list_N), np.float32), (items_LK[list_N, place_N], list_N)), shape)
        shown_IS = (member_IL @ self.drawn_LS > 0)[self.yardstick.catalogue_I]
        return np.asarray(shown_IS.mean(axis=0), np.float64)


def compared(measure: Measure, today_L: NDArray[np.float64], found_L: NDArray[np.float64]) -> Difference:
    """A setting against today's, list by list."""
    return difference(today_L, found_L, better=measure.better)


def _mean(value_LK: NDArray[np.float64]) -> NDArray[np.float64]:
    known_LK = ~np.isnan(value_LK)
    total_L, count_L = np.where(known_LK, value_LK, 0.0).sum(axis=1), known_LK.sum(axis=1)
    return np.divide(total_L, count_L, out=np.full(len(total_L), np.nan), where=count_L > 0)

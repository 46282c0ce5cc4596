"""From candidates to the lists that are shown.

What acts, in this order: filters (exclude, in stock, age, repeats), the score (weights, boosts, chance in
it), pins, the re-ranker under bounds (at most, shares), and last a place that epsilon gives to chance.

L lists, C candidates, K places, P pins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.strategy.arranging import arranged, first_pins, pin_columns
from recengine.strategy.bounds import Bounds, bounds_of
from recengine.strategy.explore import explored, leaning
from recengine.strategy.filling import Filling, picked, unit_scale
from recengine.strategy.pool import CatalogueFacts, Pool
from recengine.strategy.rules import Filter, Pin, item_code
from recengine.strategy.scoring import contributions
from recengine.strategy.shortcomings import broken_rules, why_short
from recengine.strategy.strategy import Strategy

Columns = NDArray[np.int64]
REDRAWS = 200  # over which thompson's probabilities are counted


@dataclass(frozen=True)
class Served:
    """The lists a strategy makes of a pool.

    Attributes:
        items_LK: int32 codes, distinct in each row; NO_ITEM where nothing more could be listed.
        scores_LK: the strategy's score; NaN beside NO_ITEM.
        before_LK: the item's place by the run alone, from 1; 0 where it was no candidate.
        parts: what each term and boost adds to the score; shape (L, K) each.
        propensity_LK: the probability that this item is shown at this place; 1 where nothing is left
            to chance, NaN beside NO_ITEM. Exact for epsilon, counted over redraws for thompson.
        short: lists with fewer than K items, and why.
        broken: lists on which a rule could not be kept, and which.
    """

    items_LK: NDArray[np.int32]
    scores_LK: NDArray[np.float64]
    before_LK: NDArray[np.int64]
    parts: dict[str, NDArray[np.float64]]
    propensity_LK: NDArray[np.float64]
    short: dict[int, str]
    broken: dict[int, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.items_LK)


def apply(strategy: Strategy, pool: Pool, k: int = 10, *, seed: int = 0) -> Served:
    """The lists that the strategy makes of these candidates.

    The strategy is taken as checked (`Strategy.check`). Some thousand lists at a time are best.

    Args:
        seed: all chance comes from it; equal seeds, equal lists.

    Raises:
        SettingsError: a term needs what the run cannot say.
    """
    draw = np.random.default_rng(seed)
    table = Table.of(strategy, pool, k)
    column_LK, pinned_LK, parts = table.choose(draw)
    if strategy.explore.method == "thompson":
        propensity_LK = _counted(column_LK, (table.choose(draw)[0] for _ in range(REDRAWS)))
    else:
        column_LK, propensity_LK = explored(
            strategy.explore, table.pool, column_LK, pinned_LK, table.open_LC, table.bounds, draw
        )
    items_LK = picked(table.pool.items_LC, column_LK, np.int32(NO_ITEM))
    part_LKs = {name: picked(part_LC, column_LK, np.float64(np.nan)) for name, part_LC in parts.items()}
    return Served(
        items_LK=items_LK,
        scores_LK=sum(part_LKs.values(), np.where(items_LK == NO_ITEM, np.nan, 0.0)),
        before_LK=picked(table.pool.rank, column_LK, np.int64(0)),
        parts=part_LKs,
        propensity_LK=propensity_LK,
        short=why_short(items_LK, table.open_LC, table.bounds),
        broken=broken_rules(items_LK, table.pins, table.pin_codes, table.bounds),
    )


@dataclass(frozen=True)
class Table:
    """All that choosing lists takes and no chance changes.

    Attributes:
        pool: with what is pinned.
        open_LC: what may be listed at all.
        parts: what each term and boost adds to the score.
    """

    strategy: Strategy
    pool: Pool
    k: int
    pins: tuple[Pin, ...]
    pin_codes: tuple[int, ...]
    open_LC: NDArray[np.bool_]
    bounds: Bounds
    parts: dict[str, NDArray[np.float64]]

    @classmethod
    def of(cls, strategy: Strategy, pool: Pool, k: int) -> Table:
        pins = sorted((rule for rule in strategy.rules if isinstance(rule, Pin)), key=lambda pin: pin.place)
        codes = tuple(item_code(pool.facts, pin.item) for pin in pins)
        pool = pool.with_items(codes)
        return cls(
            strategy=strategy,
            pool=pool,
            k=k,
            pins=tuple(pins),
            pin_codes=codes,
            open_LC=allowed(strategy, pool),
            bounds=bounds_of(strategy.rules, pool.facts, k),
            parts=contributions(strategy, pool),
        )

    def choose(
        self, draw: np.random.Generator
    ) -> tuple[Columns, NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
        """The column of the pool at each place, whether it is pinned, and the parts of its score."""
        parts = self.parts | leaning(self.strategy, self.pool, draw)
        total_LC = sum(parts.values(), np.zeros(self.open_LC.shape))
        pins_LP = pin_columns(self.pin_codes, self.pool, self.open_LC)
        score_LC, how = unit_scale(total_LC, self.open_LC), self.strategy.diversify
        filling = Filling(self.pool, how, self.bounds, self.open_LC, score_LC, first_pins(pins_LP), self.k)
        return *arranged(filling.columns(), pins_LP, [pin.place for pin in self.pins]), parts


def _counted(column_LK: Columns, redrawn: Iterable[Columns]) -> NDArray[np.float64]:
    """How often the same item came to the same place, the time it is shown included; NaN without one."""
    same_LK = np.ones(column_LK.shape)
    for other_LK in redrawn:
        same_LK += other_LK == column_LK
    return np.where(column_LK >= 0, same_LK / (1 + REDRAWS), np.nan)


def allowed(strategy: Strategy, pool: Pool) -> NDArray[np.bool_]:
    """The candidates that may be listed at all, shape (L, C)."""
    open_LC = pool.listed & allowed_items(strategy, pool.facts)[pool.items_LC]
    return open_LC & ~pool.had if new_only(strategy, pool) else open_LC


def allowed_items(strategy: Strategy, facts: CatalogueFacts) -> NDArray[np.bool_]:
    """The items that no filter takes out, shape (I,)."""
    allowed_I = np.ones(facts.num_items, bool)
    for rule in strategy.rules:
        if isinstance(rule, Filter):
            allowed_I &= rule.allowed(facts)
    return allowed_I


def new_only(strategy: Strategy, pool: Pool) -> bool:
    """Whether nothing may be listed that the person had before."""
    return strategy.repeats == "not" or (strategy.repeats == "as the run" and pool.repeats == "new")

"""From candidates to the lists that are shown.

What acts, in this order: filters (exclude, in stock, age, repeats), the score (weights, boosts, chance in
it), pins, the re-ranker under bounds (at most, shares), and last a place that epsilon gives to chance.

L lists, C candidates, K places, P pins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.strategy.arranging import arranged, first_pins, pin_columns
from recengine.strategy.bounds import bounds_of
from recengine.strategy.explore import explored, leaning
from recengine.strategy.filling import Filling, picked, unit_scale
from recengine.strategy.pool import Pool
from recengine.strategy.rules import Filter, Pin, item_code
from recengine.strategy.scoring import contributions
from recengine.strategy.shortcomings import broken_rules, why_short
from recengine.strategy.strategy import Strategy


@dataclass(frozen=True)
class Served:
    """The lists a strategy makes of a pool.

    Attributes:
        items_LK: int32 codes, distinct in each row; NO_ITEM where nothing more could be listed.
        scores_LK: the strategy's score; NaN beside NO_ITEM.
        before_LK: the item's place by the run alone, from 1; 0 where it was no candidate.
        parts: what each term and boost adds to the score; shape (L, K) each.
        propensity_LK: the probability that this item is shown at this place; 1 where nothing is left
            to chance, NaN beside NO_ITEM.
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
    pins = sorted((rule for rule in strategy.rules if isinstance(rule, Pin)), key=lambda pin: pin.place)
    codes = [item_code(pool.facts, pin.item) for pin in pins]
    pool = pool.with_items(codes)
    open_LC, bounds = allowed(strategy, pool), bounds_of(strategy.rules, pool.facts, k)
    parts = contributions(strategy, pool) | leaning(strategy, pool, draw)
    total_LC = sum(parts.values(), np.zeros(open_LC.shape))
    score_LC, pins_LP = unit_scale(total_LC, open_LC), pin_columns(codes, pool, open_LC)
    filling = Filling(pool, strategy.diversify, bounds, open_LC, score_LC, first_pins(pins_LP), k)
    column_LK, pinned_LK = arranged(filling.columns(), pins_LP, [pin.place for pin in pins])
    column_LK, propensity_LK = explored(strategy.explore, pool, column_LK, pinned_LK, open_LC, bounds, draw)
    items_LK = picked(pool.items_LC, column_LK, np.int32(NO_ITEM))
    return Served(
        items_LK=items_LK,
        scores_LK=picked(total_LC, column_LK, np.float64(np.nan)),
        before_LK=picked(pool.rank, column_LK, np.int64(0)),
        parts={name: picked(part_LC, column_LK, np.float64(np.nan)) for name, part_LC in parts.items()},
        propensity_LK=propensity_LK,
        short=why_short(items_LK, open_LC, bounds),
        broken=broken_rules(items_LK, pins, codes, pool, bounds),
    )


def allowed(strategy: Strategy, pool: Pool) -> NDArray[np.bool_]:
    """The candidates that may be listed at all, shape (L, C)."""
    allowed_I = np.ones(pool.facts.num_items, bool)
    for rule in strategy.rules:
        if isinstance(rule, Filter):
            allowed_I &= rule.allowed(pool.facts)
    open_LC = pool.listed & allowed_I[pool.items_LC]
    new_only = strategy.repeats == "not" or (strategy.repeats == "as the run" and pool.repeats == "new")
    return open_LC & ~pool.had if new_only else open_LC

"""From candidates to the lists that are shown: filter, score, make varied under rules, explore.

L lists, C candidates, K places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.strategy.pool import Pool
from recengine.strategy.rules import Filter
from recengine.strategy.scoring import contributions
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

    The strategy is taken as checked (`Strategy.check`).

    Args:
        seed: all chance comes from it; equal seeds, equal lists.

    Raises:
        SettingsError: a term needs what the run cannot say.
    """
    parts = contributions(strategy, pool)
    open_LC = allowed(strategy, pool)
    total_LC = np.where(open_LC, sum(parts.values()), -np.inf)
    chosen_LK = np.argsort(-total_LC, axis=1, kind="stable")[:, :k]
    shown_LK = np.take_along_axis(open_LC, chosen_LK, axis=1)

    def of(value_LC: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(shown_LK, np.take_along_axis(value_LC, chosen_LK, axis=1), np.nan)

    size_L = shown_LK.sum(axis=1)
    return Served(
        items_LK=np.where(shown_LK, np.take_along_axis(pool.items_LC, chosen_LK, axis=1), NO_ITEM),
        scores_LK=of(total_LC),
        before_LK=np.where(shown_LK, np.take_along_axis(pool.rank, chosen_LK, axis=1), 0),
        parts={name: of(part_LC) for name, part_LC in parts.items()},
        propensity_LK=np.where(shown_LK, 1.0, np.nan),
        short={int(row): "there are no more candidates" for row in np.flatnonzero(size_L < k)},
        broken={},
    )


def allowed(strategy: Strategy, pool: Pool) -> NDArray[np.bool_]:
    """The candidates that may be listed at all, shape (L, C)."""
    allowed_I = np.ones(pool.facts.num_items, bool)
    for rule in strategy.rules:
        if isinstance(rule, Filter):
            allowed_I &= rule.allowed(pool.facts)
    open_LC = pool.listed & allowed_I[pool.items_LC]
    return open_LC & ~pool.had if strategy.repeats == "not" else open_LC

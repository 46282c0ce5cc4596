"""How much each part of a strategy moves the lists of these people: its effective weight.

L lists, C candidates, K places.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.strategy.moves import Lists, places_in
from recengine.strategy.parts import settled, without_each
from recengine.strategy.pool import Pool
from recengine.strategy.scoring import contributions, weights_by_title
from recengine.strategy.serve import allowed, apply
from recengine.strategy.strategy import Strategy


def effective(strategy: Strategy, pool: Pool, k: int = 10) -> pd.DataFrame:
    """What becomes of the lists without each part; chance is left out. One row for each part.

    Columns:
        part: what it is called.
        weight: as it was set; NaN for what has none.
        spread: the share of the score's variance inside lists that is due to it (covariance with the
            score over its variance: below 0 where it works against the rest); they add up to 1. NaN for
            rules and variety, which are no part of the score.
        places: by how many places an item that is shown would stand elsewhere without it, on average;
            one that would not be listed counts as on the place behind the last.
        replaced: the share of places whose item would not be listed without it.
        changed: the share of lists that would not be the same.
    """
    strategy = settled(strategy)
    items_LK = apply(strategy, pool, k).items_LK
    spread, weight = _spread(strategy, pool), weights_by_title(strategy)
    rows = [
        {"part": name, "weight": weight.get(name, np.nan), "spread": spread.get(name, np.nan)}
        | _moved(items_LK, apply(other, pool, k).items_LK)
        for name, other in without_each(strategy).items()
    ]
    return pd.DataFrame(rows, columns=["part", "weight", "spread", "places", "replaced", "changed"])


def _moved(items_LK: Lists, other_LK: Lists) -> dict[str, float]:
    shown_LK = items_LK != NO_ITEM
    if not shown_LK.any():
        return {"places": 0.0, "replaced": 0.0, "changed": 0.0}
    k = items_LK.shape[1]
    at_LK = places_in(items_LK, other_LK)
    gone_LK = shown_LK & (at_LK == 0)
    away_LK = np.abs(np.where(gone_LK, k + 1, at_LK) - np.arange(1, k + 1))
    return {
        "places": float(away_LK[shown_LK].mean()),
        "replaced": float(gone_LK[shown_LK].mean()),
        "changed": float((items_LK != other_LK).any(axis=1).mean()),
    }


def _spread(strategy: Strategy, pool: Pool) -> dict[str, float]:
    """Each part's share of the variance of the score among the candidates that may be listed."""
    open_LC = allowed(strategy, pool)
    parts = {name: _centred(part_LC, open_LC) for name, part_LC in contributions(strategy, pool).items()}
    total_LC = sum(parts.values(), np.zeros(open_LC.shape))
    variance = float((total_LC**2).sum())
    return {
        name: float((part_LC * total_LC).sum()) / variance if variance else 0.0
        for name, part_LC in parts.items()
    }


def _centred(value_LC: NDArray[np.float64], open_LC: NDArray[np.bool_]) -> NDArray[np.float64]:
    mean_L = np.where(open_LC, value_LC, 0.0).sum(axis=1, keepdims=True) / np.maximum(
        open_LC.sum(axis=1, keepdims=True), 1
    )
    return np.where(open_LC, value_LC - mean_L, 0.0)

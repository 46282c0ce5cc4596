"""Why an item stands where it does: each part of the strategy is left out, and the lists made again.

L lists, K places.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.core.words import listed, plural
from recengine.strategy.parts import settled, without_each
from recengine.strategy.pool import Pool
from recengine.strategy.serve import Served, apply
from recengine.strategy.strategy import Strategy

Lists = NDArray[np.int32]
Places = NDArray[np.int64]
RUN = "relevance"


def moves(strategy: Strategy, pool: Pool, k: int = 10) -> pd.DataFrame:
    """One row for each item shown, list by list, from the top; chance is left out.

    Columns: list (row of the pool), place (from 1), item (code), before (its place by the run alone, 0 for
    none), because (in words), and for each term or boost what it adds to the score.
    """
    strategy = settled(strategy)
    served = apply(strategy, pool, k)
    without = {
        name: places_in(served.items_LK, apply(other, pool, k).items_LK)
        for name, other in without_each(strategy).items()
        if name != RUN  # what the run says is where moves start from
    }
    list_N, place_N = np.nonzero(served.items_LK != NO_ITEM)
    return pd.DataFrame(
        {
            "list": list_N,
            "place": place_N + 1,
            "item": served.items_LK[list_N, place_N],
            "before": served.before_LK[list_N, place_N],
            "because": [
                _because(place + 1, served, row, {name: int(at[row, place]) for name, at in without.items()})
                for row, place in zip(list_N.tolist(), place_N.tolist(), strict=True)
            ],
            **{name: part_LK[list_N, place_N] for name, part_LK in served.parts.items()},
        }
    )


def places_in(items_LK: Lists, other_LK: Lists) -> Places:
    """Where each item stands on the other lists, from 1; 0 where it does not."""
    same_LKK = (items_LK[:, :, None] == other_LK[:, None, :]) & (items_LK != NO_ITEM)[:, :, None]
    return np.where(same_LKK.any(axis=2), same_LKK.argmax(axis=2) + 1, 0)


def _because(place: int, served: Served, row: int, without: dict[str, int]) -> str:
    """What moved an item, in words.

    Args:
        without: its place without each part; 0 where it is not listed then.
    """
    here = [name for name, other in without.items() if other == 0]
    lifted = [(other - place, name) for name, other in without.items() if other > place]
    lowered = [(place - other, name) for name, other in without.items() if 0 < other < place]
    said = [f"listed by {listed(here)}"] if here else []
    said += [f"lifted {plural(by, 'place')} by {name}" for by, name in sorted(lifted, reverse=True)]
    said += [f"lowered {plural(by, 'place')} by {name}" for by, name in sorted(lowered, reverse=True)]
    if said:
        return "; ".join(said)
    before = int(served.before_LK[row, place - 1])
    return "where the run has it" if before == place else "moved by several parts together, by none alone"

"""What is left to chance, and with what probability each item is shown at its place.

epsilon: on a share of the lists one open place (no pin), all alike likely, is given to an item drawn
evenly from all that may stand there: those on other open places (the two change places) and every
candidate that keeps all bounds in place of the one it drives out. Each probability is then a short sum,
and exact. thompson: each score is drawn around itself, by its standard error; probabilities are counted
over repeated draws. linucb: so many standard errors are added to each score; nothing is left to chance.

L lists, C candidates, K places.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import SettingsError
from recengine.strategy.bounds import Bounds
from recengine.strategy.pool import Pool
from recengine.strategy.strategy import Explore, Strategy
from recengine.strategy.terms import spread

Columns = NDArray[np.int64]
Floats = NDArray[np.float64]


def leaning(strategy: Strategy, pool: Pool, draw: np.random.Generator) -> dict[str, Floats]:
    """What thompson or linucb adds to each candidate's score, on the scale of relevance; shape (L, C).

    Raises:
        SettingsError: the run cannot say how sure it is.
    """
    how = strategy.explore
    if how.method not in ("thompson", "linucb"):
        return {}
    if pool.unsure_LC is None:
        raise SettingsError(
            f"exploring by {how.method} needs to know how sure the scores are, and this run cannot say. "
            "Explore by epsilon."
        )
    unsure_LC = np.nan_to_num(pool.unsure_LC) * (strategy.weights.get("relevance", 0.0) * how.amount)
    drawn_LC = draw.normal(size=unsure_LC.shape) if how.method == "thompson" else 1.0
    spread_L = spread(pool.scores_LC, pool.listed)
    leaning_LC = np.divide(unsure_LC * drawn_LC, spread_L, out=np.zeros_like(unsure_LC), where=spread_L > 0)
    return {f"exploring ({how.method})": leaning_LC}


def explored(
    how: Explore,
    pool: Pool,
    column_LK: Columns,
    pinned_LK: NDArray[np.bool_],
    open_LC: NDArray[np.bool_],
    bounds: Bounds,
    draw: np.random.Generator,
) -> tuple[Columns, Floats]:
    """The columns that epsilon shows, and the probability of each at its place; NaN where there is none."""
    if how.method != "epsilon":
        return column_LK, np.where(column_LK >= 0, 1.0, np.nan)
    from recengine.strategy.rerank.swaps import count_swaps, swaps

    open_LK = (column_LK >= 0) & ~pinned_LK
    others_L = np.maximum(open_LK.sum(axis=1) - 1, 0)
    outside_LK = count_swaps(pool.items_LC, open_LC, column_LK, bounds.limits)
    choices_LK = (outside_LK + others_L[:, None]) * open_LK
    each_LK = _each(choices_LK, how.amount)
    leaves_LK = each_LK * choices_LK + (each_LK.sum(axis=1, keepdims=True) - each_LK)
    shown_LK, chance_LK = column_LK.copy(), np.where(open_LK, 1 - leaves_LK, 1.0)
    place_L, choice_L = _drawn(choices_LK, how.amount, draw)
    for row in np.flatnonzero(place_L >= 0).tolist():
        place, choice = int(place_L[row]), int(choice_L[row])
        chance_LK[row, place] = each_LK[row, place]
        if choice < others_L[row]:
            other = [one for one in np.flatnonzero(open_LK[row]).tolist() if one != place][choice]
            shown_LK[row, [place, other]] = column_LK[row, [other, place]]
            chance_LK[row, [place, other]] = each_LK[row, place] + each_LK[row, other]
        else:
            fitting = swaps(pool.items_LC[row], open_LC[row], column_LK[row], place, bounds.limits)
            shown_LK[row, place] = fitting[choice - others_L[row]]
    return shown_LK, np.where(column_LK >= 0, chance_LK, np.nan)


def _each(choices_LK: NDArray[np.int64], amount: float) -> Floats:
    """The probability that a place is drawn and given to one certain item; 0 where none may come."""
    places_L = (choices_LK > 0).sum(axis=1, keepdims=True)
    ways_LK = (places_L * choices_LK).astype(np.float64)
    return np.divide(amount, ways_LK, out=np.zeros(ways_LK.shape), where=ways_LK > 0)


def _drawn(
    choices_LK: NDArray[np.int64], amount: float, draw: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which place each list explores, -1 for none, and which of its choices; shape (L,) each."""
    chance_L, place_L, choice_L = draw.random((3, len(choices_LK)))
    num_places_L = (choices_LK > 0).sum(axis=1)
    nth_L = np.floor(place_L * num_places_L).astype(np.int64)
    order_LK = np.argsort(choices_LK == 0, axis=1, kind="stable")
    explores_L = (chance_L < amount) & (num_places_L > 0)
    found_L = np.where(explores_L, np.take_along_axis(order_LK, nth_L[:, None], axis=1)[:, 0], -1)
    choices_L = np.take_along_axis(choices_LK, np.maximum(found_L, 0)[:, None], axis=1)[:, 0]
    return found_L, np.floor(choice_L * choices_L).astype(np.int64)

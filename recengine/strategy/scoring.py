"""The score of every candidate: weighed terms and boosts, each kept apart.

L lists, C candidates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.words import MINUS
from recengine.strategy.pool import Pool
from recengine.strategy.strategy import Boost, Strategy
from recengine.strategy.terms import common_scale, find_term, term_title


def contributions(strategy: Strategy, pool: Pool) -> dict[str, NDArray[np.float64]]:
    """What each term and boost adds to the score of each candidate; shape (L, C) each.

    Raises:
        SettingsError: a term needs what the run cannot say.
    """
    found = {
        term_title(name): _weighed(name, weight, pool) for name, weight in strategy.weights.items() if weight
    }
    for boost in strategy.boosts:
        having_I = pool.facts.values(boost.column).having(boost.value)
        lifted_LC = np.where(pool.listed & having_I[pool.items_LC], boost.weight, 0.0)
        name = boost_title(boost)
        found[name] = found.get(name, 0.0) + lifted_LC
    return found


def weights_by_title(strategy: Strategy) -> dict[str, float]:
    """What each term and boost that counts weighs, by what it is called."""
    found = {term_title(name): weight for name, weight in strategy.weights.items() if weight}
    for boost in strategy.boosts:
        found[boost_title(boost)] = found.get(boost_title(boost), 0.0) + boost.weight
    return found


def boost_title(boost: Boost) -> str:
    """What to call a boost in front of a reader."""
    return f"{boost.column} '{boost.value}'"


def weight_text(weight: float) -> str:
    """A weight in front of a reader: 0.3, −1."""
    return f"{weight:g}".replace("-", MINUS)


def _weighed(name: str, weight: float, pool: Pool) -> NDArray[np.float64]:
    term, column = find_term(name)
    return weight * common_scale(term.values(pool, column), pool.listed)

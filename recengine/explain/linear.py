"""Shapley values of linear models, in closed form: what a thing adds is the same in every order.

Shapes: P players, E events of the profile, A distinct past items.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.explain.explanation import Explanation
from recengine.explain.game import Game


def closed_form(game: Game) -> Explanation | None:
    """The exact explanation at once; None where the question or the model is not linear in the players.

    The contrast with rivals ("ahead") is not, nor are the single events of an item, whose weights add up
    before their logarithm is taken.
    """
    if game.question == "ahead":
        return None
    asked = [game.item] if game.question == "score" else [game.item, game.other]
    terms_AM = game.model.linear_terms(game.profile, np.array(asked, np.int32))
    owner_A = _owners(game)
    if terms_AM is None or owner_A is None:
        return None
    term_A = terms_AM[:, 0] - terms_AM[:, 1:].sum(axis=1)
    owned_A = owner_A >= 0
    count = len(game.players)
    return Explanation(
        question=game.question,
        item=game.item,
        players=game.players,
        base=float(term_A[~owned_A].sum()),
        effects_P=np.bincount(owner_A[owned_A], term_A[owned_A], minlength=count).astype(np.float64),
        errors_P=np.zeros(count),
        score=float(game.value(np.ones((1, count), bool))[0]),
        method="closed form",
        samples=1,
    )


def _owners(game: Game) -> NDArray[np.int64] | None:
    """The player each distinct past item belongs to, -1 where none; None where an item's events are split."""
    _, first_A, which_E = np.unique(game.profile.items, return_index=True, return_inverse=True)
    owner_E = game.players.events
    return owner_E[first_A] if (owner_E == owner_E[first_A][which_E]).all() else None

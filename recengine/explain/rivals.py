"""What else is taken for an explanation, to be compared with: gradients, likeness, chance.

None of these adds up to the score; they say which past actions matter and leave features at 0 (chance: all).

Shapes: P players, A past actions and groups of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import ExplanationError
from recengine.explain.game import NO_RIVALS, Game
from recengine.explain.kernel import explain_game


def shapley(game: Game, seed: int = 0) -> NDArray[np.float64]:
    """What each player adds, on average over the orders in which they may come; shape (P,)."""
    return explain_game(game, seed=seed).effects_P


def integrated_gradients(game: Game, seed: int = 0) -> NDArray[np.float64]:
    """What each past action adds as all of them grow from nothing, in small steps; shape (P,).

    Raises:
        ExplanationError: the model's scores have no gradient.
    """
    against = {"ahead": game.rivals, "above": np.array([game.other], np.int32), "score": NO_RIVALS}
    added_E = game.model.integrated_gradients(game.profile, game.item, against[game.question])
    if added_E is None:
        raise ExplanationError(
            f"a {game.model.config.title} has no gradients to follow. Ask for Shapley values, which any "
            "model has."
        )
    return np.array([added_E[player.events].sum() for player in game.players])


def cosine(game: Game, seed: int = 0) -> NDArray[np.float64]:
    """How much each past action is like the item, by the model's own vectors; shape (P,), -1 to 1.

    Of a group: the mean of its events. The question makes no difference.

    Raises:
        ExplanationError: the model has no vectors of items.
    """
    vectors_of: Any = getattr(game.model, "item_vectors", None)
    if vectors_of is None:
        raise ExplanationError(
            f"a {game.model.config.title} has no vectors of items to compare. Ask for Shapley values, which "
            "any model has."
        )
    vectors_ID: NDArray[np.float32] = vectors_of()
    length_I = np.linalg.norm(vectors_ID, axis=1)
    like_I = vectors_ID @ vectors_ID[game.item] / np.maximum(length_I * length_I[game.item], 1e-12)
    return np.array([_mean(like_I[game.profile.items[player.events]]) for player in game.players])


def chance(game: Game, seed: int = 0) -> NDArray[np.float64]:
    """Numbers that say nothing, the same for the same seed; shape (P,)."""
    return np.random.default_rng(seed).random(len(game.players))


def _mean(values: NDArray[np.floating[Any]]) -> float:
    return float(values.mean()) if len(values) else 0.0

"""Shapley values of a game: exact where its coalitions are few, else by shap's KernelExplainer.

Shapes: P players, Z coalitions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.explain.explanation import Explanation
from recengine.explain.game import Game

MOST_EXACT = 11  # players whose coalitions are all scored
PRECISIONS = {"first": 256, "fine": 2048, "finest": 8192}  # coalitions scored
_random = threading.Lock()  # numpy's global state is one for all threads


def explain_game(game: Game, *, samples: int = PRECISIONS["fine"], seed: int = 0) -> Explanation:
    """Share out what the model says of all players against what it says of none.

    Args:
        samples: coalitions to be scored, where the players are too many for all of them.

    Raises:
        ExplanationError: the shares do not add up.
    """
    count = len(game.players)
    ends = game.value(np.array([[False] * count, [True] * count]))
    if count <= MOST_EXACT:
        effects_P, errors_P = _enumerated(game), np.zeros(count)
        samples = 2**count
    else:
        effects_P, errors_P = _sampled(game, samples, seed)
    return Explanation(
        question=game.question,
        item=game.item,
        players=game.players,
        base=float(ends[0]),
        effects_P=effects_P,
        errors_P=errors_P,
        score=float(ends[1]),
        method="exact" if count <= MOST_EXACT else "sampled",
        samples=samples,
    )


def coalitions(count: int) -> NDArray[np.bool_]:
    """All coalitions of so many players; row z holds the players whose bit is set in z. Shape (2^P, P)."""
    return (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1


def _enumerated(game: Game) -> NDArray[np.float64]:
    """Each player's mean gain over all orders, from all coalitions."""
    count = len(game.players)
    present_ZP = coalitions(count)
    value_Z, size_Z = game.value(present_ZP), present_ZP.sum(axis=1)
    weight_S = [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    effects_P = np.zeros(count)
    for player in range(count):
        without = np.flatnonzero(~present_ZP[:, player])
        gain = value_Z[without + 2**player] - value_Z[without]
        effects_P[player] = (np.array(weight_S)[size_Z[without]] * gain).sum()
    return effects_P


def _sampled(game: Game, samples: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from shap import KernelExplainer

    count = len(game.players)

    def value(present_ZP: NDArray[np.float64]) -> NDArray[np.float64]:
        return game.value(present_ZP > 0.5)

    with _seeded(seed):
        explainer = KernelExplainer(value, np.zeros((1, count)))
        effects_P = explainer.shap_values(np.ones(count), nsamples=samples, l1_reg=False, silent=True)
    return effects_P, _standard_errors(explainer, effects_P)


def _standard_errors(explainer: Any, effects_P: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sandwich over the regression's own coalitions, the last effect being the rest of the sum."""
    mask_ZP, weight_Z = explainer.maskMatrix, explainer.kernelWeights
    inputs_ZQ = mask_ZP[:, :-1] - mask_ZP[:, -1:]
    residual_Z = explainer.ey[:, 0] - explainer.fnull[0] - mask_ZP @ effects_P
    inverse_QQ = np.linalg.inv((inputs_ZQ.T * weight_Z) @ inputs_ZQ)
    part_ZQ = (inputs_ZQ * (weight_Z * residual_Z)[:, None]) @ inverse_QQ
    part_ZP = np.concatenate([part_ZQ, -part_ZQ.sum(axis=1, keepdims=True)], 1)
    return np.sqrt((part_ZP**2).sum(axis=0))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """For shap, which draws from numpy's global generator: one at a time, and the state is put back."""
    with _random:
        state = np.random.get_state()
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(state)

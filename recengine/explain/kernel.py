"""Shapley values of a game: exact where its coalitions are few, else by shap's KernelExplainer.

shap draws the coalitions, each followed by its opposite (antithetic), and solves the weighted regression.
In between the game is played, in one batch, and its stand-in is taken off (see `surrogate`): only what is
left is shared out by the regression. Standard errors come from how that differs from pair to pair.

Shapes: P players, Q players of the drawing, Z coalitions, K drawn pairs.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import comb, factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.explain.explanation import Explanation
from recengine.explain.game import Game, play
from recengine.explain.linear import closed_form
from recengine.explain.players import Players
from recengine.explain.surrogate import Terms, fitted, half_differences

PRECISIONS = {"first": 512, "fine": 2048, "finest": 8192}  # coalitions scored
MOST_EXACT = 11  # players whose coalitions are all scored, whatever the precision
FEWEST_A_PLAYER = 6  # coalitions
MOST_LEVERAGE = 0.9  # of a pair, beyond which its error says nothing
_random = threading.Lock()  # numpy's global state is one for all threads
Floats = NDArray[np.float64]


def explain_game(game: Game, *, samples: int = PRECISIONS["fine"], seed: int = 0) -> Explanation:
    """Share out what the model says of all players against what it says of none.

    Args:
        samples: coalitions to be scored, where the players are too many for all of them.

    Raises:
        ExplanationError: the shares do not add up.
    """
    return explain_many([game], samples=samples, seed=seed)[0]


def explain_many(
    games: Sequence[Game], *, samples: int = PRECISIONS["fine"], seed: int = 0
) -> list[Explanation]:
    """The same for many games; those of one person with the same past share the model's work."""
    found = {place: known for place, game in enumerate(games) if (known := closed_form(game)) is not None}
    for places in _alike(games, found):
        together = [games[place] for place in places]
        count = len(together[0].players)
        exact = count <= MOST_EXACT or 2**count <= samples
        drawing = None if exact else drawn(count, samples, seed)
        ends = np.array([[False] * count, [True] * count], bool)
        present_ZP = coalitions(count) if drawing is None else drawing.present[:, :count]
        value_GZ = play(together, np.concatenate([ends, present_ZP]))
        for place, game, value_Z in zip(places, together, value_GZ, strict=True):
            found[place] = _explained(game, value_Z[:2], value_Z[2:], drawing)
    return [found[place] for place in range(len(games))]


def _alike(games: Sequence[Game], done: Collection[int]) -> list[list[int]]:
    """Places of the games that can be played together, without those that are done."""
    kinds: dict[object, list[int]] = {}
    for place, game in enumerate(games):
        if place not in done:
            kinds.setdefault(game.stage, []).append(place)
    return list(kinds.values())


def _explained(game: Game, ends: Floats, value_Z: Floats, drawing: Drawing | None) -> Explanation:
    base, score = float(ends[0]), float(ends[1])
    if drawing is None:
        effects_P, errors_P = enumerated(value_Z), np.zeros(len(game.players))
    else:
        effects_P, errors_P = _shared_out(game.players, value_Z - base, score - base, drawing)
    return Explanation(
        question=game.question,
        item=game.item,
        players=game.players,
        base=base,
        effects_P=effects_P,
        errors_P=errors_P,
        score=score,
        method="exact" if drawing is None else "sampled",
        samples=len(value_Z),
    )


def coalitions(count: int) -> NDArray[np.bool_]:
    """All coalitions of so many players; row z holds the players whose bit is set in z. Shape (2^P, P)."""
    return (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1


def enumerated(value_Z: Floats) -> Floats:
    """Each player's mean gain over all orders, from the values of all coalitions."""
    count = len(value_Z).bit_length() - 1
    present_ZP = coalitions(count)
    size_Z = present_ZP.sum(axis=1)
    weight_S = np.array([factorial(size) * factorial(count - size - 1) for size in range(count)])
    effects_P = np.zeros(count)
    for player in range(count):
        without = np.flatnonzero(~present_ZP[:, player])
        gain = value_Z[without + 2**player] - value_Z[without]
        effects_P[player] = (weight_S[size_Z[without]] * gain).sum() / factorial(count)
    return effects_P


@dataclass(frozen=True, eq=False)
class Drawing:
    """Coalitions drawn by shap, each followed by its opposite, and what it needs to share out their values.

    Attributes:
        explainer: as it is after drawing.
        num_fixed: so many of the first coalitions are not drawn but all there are of their sizes.
    """

    explainer: Any
    num_fixed: int

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Who is in which coalition, shape (Z, Q)."""
        return self.explainer.maskMatrix > 0.5

    @cached_property
    def gains(self) -> Floats:
        """By how much each effect grows with each coalition's value, shape (Q, Z): the regression itself."""
        mask_ZQ, weight_Z = self.explainer.maskMatrix, self.explainer.kernelWeights
        inputs_ZR = mask_ZQ[:, :-1] - mask_ZQ[:, -1:]  # the last effect is what the others leave of the sum
        gain_RZ = np.linalg.solve((inputs_ZR.T * weight_Z) @ inputs_ZR, inputs_ZR.T * weight_Z)
        return np.concatenate([gain_RZ, -gain_RZ.sum(axis=0, keepdims=True)])

    def effects(self, value_Z: Floats, total: float) -> Floats:
        """Shap's weighted regression of the values on who is there, the effects adding up to `total`."""
        explainer = copy.copy(self.explainer)
        explainer.fnull, explainer.fx, explainer.ey = np.zeros(1), np.array([total]), value_Z[:, None]
        return explainer.solve(1.0, 0)[0]


@lru_cache(maxsize=16)
def drawn(count: int, samples: int, seed: int) -> Drawing:
    """Coalitions of this many players, and of one that does nothing where they are even in number.

    With an even number shap draws coalitions of half the players without their opposites.
    """
    from shap import KernelExplainer

    players = count + 1 - count % 2
    samples = max(samples, FEWEST_A_PLAYER * players) // 2 * 2
    with _seeded(seed):
        explainer = KernelExplainer(lambda present_ZQ: np.zeros(len(present_ZQ)), np.zeros((1, players)))
        explainer.shap_values(np.ones(players), nsamples=samples, l1_reg=False, silent=True)
    explainer.maskMatrix = explainer.maskMatrix[: explainer.nsamplesAdded]
    explainer.kernelWeights = explainer.kernelWeights[: explainer.nsamplesAdded]
    found_S = np.bincount(explainer.maskMatrix.sum(axis=1).astype(int), minlength=players + 1)
    num_fixed, size = 0, 1
    while size <= players // 2 and found_S[size] == comb(players, size):
        num_fixed, size = num_fixed + 2 * comb(players, size), size + 1
    return Drawing(explainer, num_fixed)


def _shared_out(players: Players, value_Z: Floats, total: float, drawing: Drawing) -> tuple[Floats, Floats]:
    """Effects and their standard errors, from the values of drawn coalitions, less that of nobody."""
    present_ZQ, weight_Z = drawing.present, drawing.explainer.kernelWeights
    stand_in = fitted(Terms.of(players, present_ZQ), present_ZQ, value_Z, weight_Z)
    left_Z = value_Z - stand_in.value_Z
    effects_Q = drawing.effects(left_Z, total)
    missed_K = half_differences((left_Z - present_ZQ @ effects_Q)[:, None])[:, 0]
    # A pair that bends the fit to itself is missed by less than a new one would be (HC2).
    missed_K /= np.sqrt((1 - stand_in.leverage_K).clip(min=1 - MOST_LEVERAGE))
    moved_KQ = (stand_in.pull(2 * drawing.gains[:, ::2]) * missed_K).T[drawing.num_fixed // 2 :]
    moved_KP = _without_idle(moved_KQ - moved_KQ.mean(axis=0), len(players))
    effects_P = _without_idle(effects_Q + stand_in.effects_P, len(players))
    return effects_P, np.sqrt((moved_KP**2).sum(axis=0))


def _without_idle(effects_NQ: Floats, count: int) -> Floats:
    """What was found for the player who does nothing belongs to all others alike."""
    return effects_NQ[..., :count] + effects_NQ[..., count:].sum(axis=-1, keepdims=True) / count


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

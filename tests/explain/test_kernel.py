"""Sampled effects are those of enumeration, within their errors, and disturb nobody's random numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.explain.game import Game
from recengine.explain.kernel import coalitions, explain_game
from recengine.explain.players import Player, Players
from recengine.models import model_config


@dataclass(frozen=True, eq=False)
class Made(Game):
    """A game whose value is written down: linear, and products of neighbouring players."""

    linear_P: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def value(self, present_ZP: NDArray[np.bool_]) -> NDArray[np.float64]:
        present = np.asarray(present_ZP, float)
        pairs = present[:, 1:] * present[:, :-1]
        return 1.0 + present @ self.linear_P + pairs.sum(axis=1)

    def answer(self) -> NDArray[np.float64]:
        """Its Shapley values: each pair's product is shared by two."""
        halves = np.full(len(self.linear_P), 1.0)
        halves[[0, -1]] = 0.5
        return self.linear_P + halves


def made(count: int) -> Made:
    profile = Profiles.new(range(count), now=0.0)
    players = tuple(Player("action", code, events=np.array([code])) for code in range(count))
    linear = np.linspace(-2, 2, count)
    return Made(model_config("random").build(), profile, 0, Players(players, profile), linear_P=linear)


def test_coalitions_are_numbers_in_binary() -> None:
    assert coalitions(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]


def test_few_players_are_enumerated() -> None:
    explanation = explain_game(made(5))
    assert explanation.method == "exact"
    np.testing.assert_allclose(explanation.effects_P, made(5).answer(), atol=1e-12)
    assert explanation.base == 1.0
    assert not explanation.errors_P.any()


def test_many_players_are_sampled_and_numpy_draws_on_as_if_nothing_had_been() -> None:
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    explanation = explain_game(made(30), seed=1)
    np.testing.assert_array_equal(np.random.random(3), expected)
    assert explanation.method == "sampled"
    np.testing.assert_allclose(explanation.effects_P, made(30).answer(), atol=0.3)

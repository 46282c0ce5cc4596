"""Sampled effects are those of enumeration, within their errors, and disturb nobody's random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from shap import KernelExplainer

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.explain import kernel, surrogate
from recengine.explain.game import Game, game_of
from recengine.explain.kernel import coalitions, explain_game, explain_many
from recengine.models.base import ModelConfig, Recommender
from recengine.models.events import Event


class Written(ModelConfig):
    """Settings of a model that needs none."""

    title = "Written down"


class WrittenDown(Recommender[Written]):
    """Scores are linear in what is there, plus 1 for each two (or three) items in a row."""

    def __init__(self, linear_I: NDArray[np.float64], together: int) -> None:
        super().__init__(Written())
        self.linear_I, self.together = linear_I, together

    @property
    def num_items(self) -> int:
        return len(self.linear_I)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        there_BI = np.zeros((len(profiles), self.num_items))
        there_BI[profiles.rows, profiles.items] = 1
        runs = self.num_items - self.together + 1
        in_a_row = [there_BI[:, first : first + self.together].all(axis=1) for first in range(runs)]
        score_B = 1 + there_BI @ self.linear_I + np.sum(in_a_row, axis=0)
        return np.repeat(score_B[:, None], self.num_items, axis=1).astype(np.float32)

    def training(self, data: Dataset, **_: Any) -> Iterator[Event]:
        raise NotImplementedError

    def arrays(self) -> dict[str, NDArray[Any]]:
        raise NotImplementedError

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        raise NotImplementedError


def made(count: int, together: int = 2) -> Game:
    """A game of so many past actions, one second apart."""
    profile = Profiles.new(range(count), now=float(count), times=[float(second) for second in range(count)])
    return game_of(WrittenDown(np.linspace(-2, 2, max(1, count)), together), profile, 0)


def answer(count: int) -> NDArray[np.float64]:
    """Its Shapley values: each pair is shared by two."""
    halves = np.full(count, 1.0)
    halves[[0, -1]] = 0.5
    return np.linspace(-2, 2, count) + halves


def test_coalitions_are_numbers_in_binary() -> None:
    assert coalitions(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]


def test_few_players_are_enumerated() -> None:
    explanation = explain_game(made(5))
    assert explanation.method == "exact"
    np.testing.assert_allclose(explanation.effects_P, answer(5), atol=1e-6)
    assert explanation.base == 1.0
    assert not explanation.errors_P.any()


def test_many_players_are_sampled_and_numpy_draws_on_as_if_nothing_had_been() -> None:
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    explanation = explain_game(made(30), seed=1)
    np.testing.assert_array_equal(np.random.random(3), expected)
    assert explanation.method == "sampled"
    np.testing.assert_allclose(explanation.effects_P, answer(30), atol=1e-5)


def test_intervals_of_two_standard_errors_cover_the_exact_effects_as_often_as_they_say() -> None:
    """Products of three, which no stand-in has, over twelve players, each drawn anew forty times."""
    game = made(12, together=3)
    exact = explain_game(game, samples=4096).effects_P
    drawn = [explain_game(game, samples=400, seed=seed) for seed in range(40)]
    assert {one.method for one in drawn} == {"sampled"}
    covered = [np.abs(one.effects_P - exact) <= 1.96 * one.errors_P for one in drawn]
    assert 0.92 <= np.mean(covered) <= 0.99
    spread = np.std([one.effects_P for one in drawn], axis=0).mean()
    assert np.mean([one.errors_P for one in drawn]) == pytest.approx(spread, rel=0.25)


def test_nobody_to_share_among_is_no_error() -> None:
    explanation = explain_game(made(0))
    assert (explanation.base, explanation.score, len(explanation.effects_P)) == (1.0, 1.0, 0)


def test_without_a_stand_in_the_effects_are_those_of_shap_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surrogate, "MOST_FREEDOM", 0.0)
    game = made(15)
    np.random.seed(3)
    shaps = KernelExplainer(lambda present: game.value(present > 0.5), np.zeros((1, 15))).shap_values(
        np.ones(15), nsamples=400, l1_reg=False, silent=True
    )
    np.testing.assert_allclose(explain_game(game, samples=400, seed=3).effects_P, shaps, atol=1e-6)


def test_the_same_seed_gives_the_same_effects_in_threads_that_run_at_once() -> None:
    games = [made(count) for count in (20, 21, 22, 23)] * 3
    alone = [explain_game(game, samples=300, seed=2).effects_P for game in games[:4]] * 3
    kernel.drawn.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda game: explain_game(game, samples=300, seed=2).effects_P, games))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_many_games_at_once_come_to_the_same_as_one_by_one() -> None:
    games = [made(5), made(14), made(5)]
    for one, game in zip(explain_many(games, samples=200), games, strict=True):
        np.testing.assert_allclose(one.effects_P, explain_game(game, samples=200).effects_P, atol=1e-9)

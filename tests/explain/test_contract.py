"""Effects of every model on the shelf are those of Shapley's formula, summed up here order by order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.data.synthetic import two_tastes
from recengine.explain.game import QUESTIONS, Game, Question, game_of
from recengine.explain.kernel import explain_game
from recengine.models import MODELS, model_config
from recengine.models.base import Recommender

NAMES = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def data() -> Dataset:
    tastes = two_tastes(num_users=40, num_items=24, events_per_user=12)
    return replace(tastes, about=replace(tastes.about, repeats="both"))


@pytest.fixture(scope="module")
def fitted(data: Dataset) -> Callable[[str], Recommender[Any]]:
    known: dict[str, Recommender[Any]] = {}

    def of(name: str) -> Recommender[Any]:
        if name not in known:
            known[name] = model_config(name, MODELS[name].preset("quick")).build().fit(data, seed=0)
        return known[name]

    return of


@pytest.fixture(scope="module")
def person(data: Dataset) -> Profiles:
    """Someone with five past actions, one of them twice, and a feature."""
    user = int(np.flatnonzero(data.users.features.notna().all(axis=1))[0])
    profile = Profiles.of(data, np.array([user]), np.inf).last(6)
    return replace(
        profile,
        items=np.r_[profile.items[:5], profile.items[0]].astype(np.int32),
        now=profile.times[-1:] + 60,
    )


def by_orders(game: Game) -> NDArray[np.float64]:
    """Each player's gain, averaged over all orders in which they may come; every coalition scored alone."""
    count = len(game.players)
    known: dict[tuple[bool, ...], float] = {}

    def value(present: list[bool]) -> float:
        key = tuple(present)
        if key not in known:
            known[key] = float(game.value(np.array([present]))[0])
        return known[key]

    total, orders = np.zeros(count), list(permutations(range(count)))
    for order in orders:
        present = [False] * count
        before = value(present)
        for player in order:
            present[player] = True
            after = value(present)
            total[player] += after - before
            before = after
    return total / len(orders)


@pytest.mark.parametrize("question", QUESTIONS)
@NAMES
def test_effects_are_the_mean_gains_over_all_orders(
    name: str, question: Question, fitted: Callable[[str], Recommender[Any]], person: Profiles
) -> None:
    game = game_of(fitted(name), person, 3, question, rivals=np.array([5, 7, 8], np.int32), other=9)
    players = replace(game.players, of=game.players.of[:7])
    game = replace(game, players=players)
    explanation = explain_game(game)
    np.testing.assert_allclose(explanation.effects_P, by_orders(game), atol=2e-5)
    assert explanation.score == pytest.approx(float(game.value(np.ones((1, len(players)), bool))[0]))

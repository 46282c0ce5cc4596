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
from recengine.models.base import Candidates, Recommender

NAMES = pytest.mark.parametrize("name", MODELS)
NEURAL = [name for name, config in MODELS.items() if config.family == "neural"]


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


@pytest.fixture(scope="module")
def without_last(data: Dataset) -> Dataset:
    """The same people; nobody had the last item."""
    events = data.interactions
    return data.with_interactions(
        events.where(events.column("item") != data.num_items - 1), "without the last"
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


@pytest.mark.parametrize("question", QUESTIONS)
@NAMES
def test_someone_without_a_past_is_explained_by_what_is_known_of_them_and_the_item(
    name: str, question: Question, fitted: Callable[[str], Recommender[Any]], person: Profiles
) -> None:
    model, newcomer = fitted(name), person.last(0)
    stranger = replace(newcomer, features=newcomer.features.iloc[:, :0])
    for profile in (newcomer, stranger):
        game = game_of(model, profile, 3, question, rivals=np.array([5], np.int32), other=5)
        assert {player.kind for player in game.players} <= {"person", "item", "other"}
        explanation = explain_game(game)
        assert explanation.residual == pytest.approx(0, abs=1e-5)
    assert not any(player.kind == "person" for player in game.players)


@pytest.mark.parametrize("name", NEURAL)
def test_what_is_hidden_of_an_item_nobody_had_is_what_places_it(name: str, without_last: Dataset) -> None:
    """With a feature hidden it scores as it would, had the feature been missing from the start."""
    last, columns = without_last.num_items - 1, ("taste", "tags")
    people = Profiles.of(without_last, np.arange(6), np.inf)
    model = model_config(name, MODELS[name].preset("quick")).build().fit(without_last, seed=0)
    hidden = np.array([[column in columns[:count] for column in model.item_columns] for count in range(3)])
    scores = model.score_candidates(people, Candidates(np.full(3, last, np.int32), hidden))
    np.testing.assert_allclose(scores[:, 0], model.score(people)[:, last], atol=1e-5)
    for count in (1, 2):
        features = without_last.items.features.copy()
        features.loc[last, list(columns[:count])] = None
        items = replace(without_last.items, features=features)
        missing = (
            model_config(name, MODELS[name].preset("quick"))
            .build()
            .fit(replace(without_last, items=items), seed=0)
        )
        np.testing.assert_allclose(scores[:, count], missing.score(people)[:, last], atol=1e-4)

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
from recengine.explain.kernel import coalitions, enumerated, explain_game
from recengine.models import MODELS, model_config
from recengine.models.base import Candidates, Recommender

NAMES = pytest.mark.parametrize("name", MODELS)
NEURAL = [name for name, config in MODELS.items() if config.family == "neural"]


def build(name: str) -> Recommender[Any]:
    """A small one, taught in a second."""
    small = {"epochs": 2, "dims": 8} if name in NEURAL else {}
    return model_config(name, MODELS[name].preset("quick") | small).build()


@pytest.fixture(scope="module")
def data() -> Dataset:
    tastes = two_tastes(num_users=40, num_items=24, events_per_user=12)
    return replace(tastes, about=replace(tastes.about, repeats="both"))


@pytest.fixture(scope="module")
def fitted(data: Dataset) -> Callable[[str], Recommender[Any]]:
    known: dict[str, Recommender[Any]] = {}

    def of(name: str) -> Recommender[Any]:
        if name not in known:
            known[name] = build(name).fit(data, seed=0)
        return known[name]

    return of


@pytest.fixture(scope="module")
def person(data: Dataset) -> Profiles:
    """Someone with five past actions, one of them twice, and a feature."""
    user = int(np.flatnonzero(data.users.features.notna().all(axis=1))[0])
    profile = Profiles.of(data, np.array([user]), now_of(data)).last(6)
    return replace(profile, items=np.r_[profile.items[:5], profile.items[0]].astype(np.int32))


def now_of(data: Dataset) -> float:
    return float(data.interactions.column("time")[-1]) + 60


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
    """Of some players of each kind; the item asked about is one of the past, or else one is a rival."""
    own, new = int(person.items[0]), 3
    item, other = (new, own) if question == "above" else (own, new)
    rivals = np.array([person.items[1], 7, 8], np.int32)
    game = game_of(fitted(name), person, item, question, rivals=rivals, other=other)
    kinds = [player.kind for player in game.players]
    some = [player for place, player in enumerate(game.players) if kinds[:place].count(player.kind) < 2]
    game = replace(game, players=replace(game.players, of=tuple(some[:6])))
    explanation = explain_game(game)
    np.testing.assert_allclose(explanation.effects_P, by_orders(game), atol=2e-5)
    whole = fitted(name).score(person)[0].astype(float)
    against = {"score": 0.0, "above": whole[other], "ahead": np.log(np.exp(whole[rivals]).sum())}
    assert explanation.score == pytest.approx(whole[item] - against[question], abs=1e-5)


@NAMES
def test_sampled_effects_of_many_players_are_within_their_errors_of_the_exact_ones(
    name: str, fitted: Callable[[str], Recommender[Any]], data: Dataset
) -> None:
    past = Profiles.of(data, np.array([2]), now_of(data))
    game = game_of(fitted(name), past, int(past.items[0]), "ahead", rivals=np.arange(8, dtype=np.int32))
    game = replace(game, players=replace(game.players, of=game.players.of[-13:]))
    exact, sampled = (explain_game(game, samples=samples) for samples in (8192, 1024))
    assert (exact.method, exact.samples) == ("exact", 2 ** len(game.players))
    off_P = np.abs(sampled.effects_P - exact.effects_P)
    assert (off_P <= 4 * sampled.errors_P + 1e-5).all()
    if name != "random":  # whose scores no rule foretells
        assert np.linalg.norm(off_P) <= 0.1 * np.linalg.norm(exact.effects_P) + 1e-5


@pytest.mark.parametrize("name", ["ease", "item-knn"])
def test_linear_models_are_explained_in_closed_form_as_by_sampling(
    name: str, fitted: Callable[[str], Recommender[Any]], data: Dataset
) -> None:
    past = Profiles.of(data, np.array([2]), now_of(data))
    for question in ("score", "above"):
        game = game_of(fitted(name), past, 3, question, other=4, most=8)
        at_once = explain_game(game)
        assert at_once.method == "closed form"
        present = coalitions(len(game.players))
        np.testing.assert_allclose(at_once.effects_P, enumerated(game.value(present)), atol=1e-5)


def test_single_events_of_an_item_are_not_linear(
    fitted: Callable[[str], Recommender[Any]], person: Profiles
) -> None:
    """Their weights add up before their logarithm is taken."""
    item = int(person.items[0])
    opened = game_of(fitted("ease"), person, 3, expand={("action", item)})
    assert [player.code for player in opened.players].count(item) == 2
    assert explain_game(opened).method == "exact"
    assert explain_game(game_of(fitted("ease"), person, 3)).method == "closed form"


@pytest.mark.parametrize("question", QUESTIONS)
@NAMES
def test_someone_without_a_past_is_explained_by_what_is_known_of_them_and_the_item(
    name: str, question: Question, fitted: Callable[[str], Recommender[Any]], person: Profiles
) -> None:
    """Be it that something is known of them, or nothing."""
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
    """With features hidden it scores as it would, had they been missing from the start."""
    last, columns = without_last.num_items - 1, ["taste", "tags"]
    people = Profiles.of(without_last, np.arange(6), now_of(without_last))
    model = build(name).fit(without_last, seed=0)
    hidden = np.array([[column in gone for column in model.item_columns] for gone in ([], columns)])
    score_P2 = model.score_candidates(people, Candidates(np.full(2, last, np.int32), hidden))
    np.testing.assert_allclose(score_P2[:, 0], model.score(people)[:, last], atol=1e-5)
    features = without_last.items.features.copy()
    features.loc[last, columns] = None
    missing = replace(without_last, items=replace(without_last.items, features=features))
    score_P = build(name).fit(missing, seed=0).score(people)[:, last]
    np.testing.assert_allclose(score_P2[:, 1], score_P, atol=1e-4)
    assert np.abs(score_P2[:, 1] - score_P2[:, 0]).max() > 1e-3

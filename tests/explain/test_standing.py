from __future__ import annotations

from typing import Any

import numpy as np

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.explain.game import Game, game_of
from recengine.explain.standing import Standing
from recengine.models import model_config
from recengine.models.base import Recommender, allowed


def person(data: Dataset, code: int) -> Profiles:
    return Profiles.of(data, np.array([code]), np.inf)


def standing(game: Game, k: int = 5) -> Standing:
    return Standing(game.model, game.players, game.item, np.ones(game.model.num_items, bool), k)


def test_ranks_are_the_places_on_the_list(ease: Recommender[Any], two_tastes: Dataset) -> None:
    profile = person(two_tastes, 3)
    eligible_I = allowed(profile, ease.num_items, "new", None)[0]
    listed = ease.top_k(profile, 10, repeats="new").items_UK[0]
    for place, item in enumerate(listed.tolist(), start=1):
        now = Standing(ease, game_of(ease, profile, item).players, item, eligible_I, 4).now
        assert now.ranks_Z.tolist() == [place]
        assert (now.margins_Z[0] >= 0) == (place <= 4)


def test_equal_scores_stand_in_the_order_of_their_codes(two_tastes: Dataset) -> None:
    popularity = model_config("popularity").build().fit(two_tastes)
    profile = person(two_tastes, 0)
    listed = popularity.top_k(profile, 60).items_UK[0]
    ranks = [standing(game_of(popularity, profile, item)).now.ranks_Z[0] for item in listed.tolist()]
    assert ranks == list(range(1, 61))


def test_an_absent_action_is_an_edited_profile(ease: Recommender[Any], two_tastes: Dataset) -> None:
    profile = person(two_tastes, 5)
    item = int(ease.top_k(profile, 1).items_UK[0, 0])
    game = game_of(ease, profile, item)
    gone = game.players[2].code
    edited = profile.where(profile.items != gone)
    expected = ease.top_k(edited, 60).items_UK[0].tolist().index(item) + 1
    present = np.ones((1, len(game.players)), bool)
    present[0, 2] = False
    assert standing(game).of_coalitions(present).ranks_Z.tolist() == [expected]


def test_what_is_taken_away_comes_onto_no_list_of_what_is_new(
    ease: Recommender[Any], two_tastes: Dataset
) -> None:
    profile = person(two_tastes, 5)
    item = int(ease.top_k(profile, 1, repeats="new").items_UK[0, 0])
    eligible_I = allowed(profile, ease.num_items, "new", None)[0]
    players = game_of(ease, profile, item).players
    bare = Standing(ease, players, item, eligible_I, 5).of_coalitions(np.zeros((1, len(players)), bool))
    assert bare.ranks_Z[0] <= eligible_I.sum()


def test_a_hidden_feature_of_the_item_moves_the_item_alone(
    towers: Recommender[Any], two_tastes: Dataset
) -> None:
    profile = person(two_tastes, 1)
    game = game_of(towers, profile, 7)
    present = np.ones((2, len(game.players)), bool)
    present[1] = [player.kind != "item" for player in game.players]
    places = standing(game).of_coalitions(present)
    score_I = towers.score(profile)[0]
    fifth = np.sort(np.delete(score_I, 7))[-5]
    np.testing.assert_allclose(places.margins_Z, game.value(present) - fifth, atol=1e-5)
    assert places.margins_Z[0] != places.margins_Z[1]


def test_a_list_that_is_not_full_keeps_everything(ease: Recommender[Any], two_tastes: Dataset) -> None:
    game = game_of(ease, person(two_tastes, 2), 4)
    only_I = np.arange(60) < 5
    now = Standing(ease, game.players, 4, only_I, 5).now
    assert now.margins_Z.tolist() == [np.inf]
    assert now.ranks_Z[0] <= 5


def test_long_histories_get_fewer_tries(ease: Recommender[Any], two_tastes: Dataset) -> None:
    short, long = person(two_tastes, 2), Profiles.new([1] * 3_000, now=1e9)
    assert standing(game_of(ease, short, 4)).tries == 1600
    assert standing(game_of(ease, long, 4)).tries == 100

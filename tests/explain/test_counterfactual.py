"""What is said to do it does it: every finding is carried out by hand on the profile and ranked anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.explain.counterfactual import counterfactual
from recengine.explain.explanation import Explanation
from recengine.explain.game import game_of
from recengine.explain.kernel import explain_game
from recengine.explain.standing import Standing
from recengine.models.base import Recommender, allowed

K = 5


def asked(model: Recommender[Any], data: Dataset, code: int, place: int = 0) -> tuple[Standing, Explanation]:
    """Why the item in this place of a person's list is there, and where it stands."""
    profile = Profiles.of(data, np.array([code]), np.inf)
    listed = model.top_k(profile, 11).items_UK[0]
    item = int(listed[place])
    game = game_of(model, profile, item, "ahead", rivals=listed[listed != item][:10])
    every_I = np.ones(model.num_items, bool)
    return Standing(model, game.players, item, every_I, K), explain_game(game, samples=512)


def rank_without(standing: Standing, chosen: tuple[int, ...]) -> int:
    """The item's place on the list of the profile, edited by hand."""
    profile = standing.players.profile
    gone = [standing.players[place] for place in chosen]
    items = [player.code for player in gone if player.kind == "action"]
    unknown = {player.column: None for player in gone if player.kind == "person"}
    edited = profile.where(~np.isin(profile.items, items))
    edited = replace(edited, features=profile.features.astype(object).assign(**unknown))
    every = standing.model.top_k(edited, standing.model.num_items).items_UK[0]
    return every.tolist().index(standing.item) + 1


@pytest.mark.parametrize("code", range(6))
@pytest.mark.parametrize("name", ["ease", "towers"])
def test_the_fewest_past_actions_are_found_and_do_it(
    name: str, code: int, two_tastes: Dataset, request: pytest.FixtureRequest
) -> None:
    standing, explanation = asked(request.getfixturevalue(name), two_tastes, code, place=3)
    change = counterfactual(standing, explanation.effects_P)
    assert change.rank == 4
    assert change.single is not None
    assert rank_without(standing, change.single.chosen) == change.single.rank
    if change.found is None:
        assert change.best is None or change.best.rank <= K
        return
    assert rank_without(standing, change.found.chosen) == change.found.rank > K
    actions = [place for place, player in enumerate(standing.players) if player.kind == "action"]
    for fewer in combinations(actions, len(change.found.chosen) - 1):
        if len(fewer) < 3:
            assert rank_without(standing, fewer) <= K


def test_a_list_of_what_is_new_is_known_as_one(ease: Recommender[Any], two_tastes: Dataset) -> None:
    standing, explanation = asked(ease, two_tastes, 1)
    assert not counterfactual(standing, explanation.effects_P, most=1).of_new
    new_I = allowed(standing.players.profile, ease.num_items, "new", None)[0]
    assert counterfactual(replace(standing, eligible_I=new_I), explanation.effects_P, most=1).of_new


def test_most_people_get_an_answer(ease: Recommender[Any], two_tastes: Dataset) -> None:
    found = [
        counterfactual(standing, explanation.effects_P).found
        for standing, explanation in (asked(ease, two_tastes, code, place=4) for code in range(20))
    ]
    assert sum(move is not None for move in found) > 15


def test_features_are_taken_away_apart_from_the_past(towers: Recommender[Any], two_tastes: Dataset) -> None:
    standing, explanation = asked(towers, two_tastes, 0, place=4)
    change = counterfactual(standing, explanation.effects_P, kinds=("person",))
    kinds = [player.kind for player in standing.players]
    assert change.options == kinds.count("person") > 0
    assert change.single is not None
    assert {kinds[place] for place in change.single.chosen} == {"person"}
    assert rank_without(standing, change.single.chosen) == change.single.rank


def test_without_the_whole_past_it_stands_where_a_newcomer_would_see_it(
    ease: Recommender[Any], two_tastes: Dataset
) -> None:
    standing, explanation = asked(ease, two_tastes, 1)
    everything = tuple(range(len(standing.players)))
    assert counterfactual(standing, explanation.effects_P).bare_rank == rank_without(standing, everything)


def test_bundles_are_taken_away_whole(ease: Recommender[Any], two_tastes: Dataset) -> None:
    standing, explanation = asked(ease, two_tastes, 2, place=2)
    codes_P = np.array([player.code % 3 for player in standing.players])
    codes_P[codes_P == 2] = -1
    change = counterfactual(standing, explanation.effects_P, bundle_P=codes_P, most=2)
    assert change.options == 2
    assert change.single is not None
    (code,) = change.single.chosen
    assert rank_without(standing, tuple(np.flatnonzero(codes_P == code).tolist())) == change.single.rank


def test_what_holds_an_item_back_is_found(ease: Recommender[Any], two_tastes: Dataset) -> None:
    standing, explanation = asked(ease, two_tastes, 3, place=7)
    change = counterfactual(standing, explanation.effects_P, direction="in", most=4)
    assert change.rank == 8
    assert change.found is not None
    assert rank_without(standing, change.found.chosen) == change.found.rank <= K


def test_without_a_past_there_is_nothing_to_take_away(ease: Recommender[Any]) -> None:
    game = game_of(ease, Profiles.new([], now=0.0), 3)
    standing = Standing(ease, game.players, 3, np.ones(ease.num_items, bool), 60)
    change = counterfactual(standing, np.zeros(0))
    assert (change.options, change.found, change.best, change.single) == (0, None, None, None)

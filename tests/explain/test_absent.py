from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM
from recengine.core.split import MOMENT
from recengine.explain.absent import Entry, absence, by_addition, with_added
from recengine.explain.game import game_of
from recengine.explain.standing import Standing
from recengine.models.base import Recommender, allowed

K = 5


@pytest.fixture(scope="module")
def profile(two_tastes: Dataset) -> Profiles:
    return Profiles.of(two_tastes, np.array([4]), 1.8e9)


def test_an_item_on_the_list_is_said_to_be_there(ease: Recommender[Any], profile: Profiles) -> None:
    listed = ease.top_k(profile, K, repeats="new").items_UK[0]
    found = absence(ease, profile, int(listed[2]), k=K, repeats="new")
    assert (found.reason, found.rank, found.last) == ("listed", 3, listed[-1])


def test_an_item_behind_the_last_one_is_ranked(ease: Recommender[Any], profile: Profiles) -> None:
    listed = ease.top_k(profile, 30, repeats="new")
    item = int(listed.items_UK[0, 11])
    found = absence(ease, profile, item, k=K, repeats="new")
    assert (found.reason, found.rank, found.last) == ("ranked", 12, listed.items_UK[0, K - 1])
    assert found.out_of == 60 - len(set(profile.items.tolist()))
    assert found.gap == pytest.approx(float(listed.scores_UK[0, K - 1] - listed.scores_UK[0, 11]))


def test_what_was_had_is_left_out_of_what_is_new(ease: Recommender[Any], profile: Profiles) -> None:
    had = int(profile.items[0])
    found = absence(ease, profile, had, k=K, repeats="new")
    fresh_I = allowed(profile, 60, "new", None)[0]
    score_I = ease.score(profile)[0]
    assert found.reason == "seen"
    assert found.rank == 1 + int((score_I[fresh_I] > score_I[had]).sum())
    assert found.out_of == fresh_I.sum() + 1


def test_what_was_not_had_is_left_out_of_what_is_had_again(ease: Recommender[Any], profile: Profiles) -> None:
    never = next(code for code in range(60) if code not in profile.items)
    assert absence(ease, profile, never, k=K, repeats="again").reason == "not had"


def test_what_is_not_in_the_catalogue_is_said_so_first(ease: Recommender[Any], profile: Profiles) -> None:
    catalogue_I = np.ones(60, bool)
    catalogue_I[profile.items[0]] = False
    found = absence(ease, profile, int(profile.items[0]), k=K, repeats="new", catalogue_I=catalogue_I)
    assert found.reason == "not in catalogue"


def test_a_list_that_is_not_full_has_no_last_item(ease: Recommender[Any], profile: Profiles) -> None:
    few_I = np.isin(np.arange(60), [1, 2])
    found = absence(ease, profile, 3, k=K, catalogue_I=few_I)
    assert (found.last, found.gap) == (NO_ITEM, 0.0)


def entry(model: Recommender[Any], profile: Profiles, item: int, pool: list[int]) -> Entry:
    standing = Standing(model, game_of(model, profile, item).players, item, np.ones(60, bool), K)
    return by_addition(standing, profile, np.array(pool))


def rank_with(model: Recommender[Any], profile: Profiles, item: int, added: tuple[int, ...]) -> int:
    """The item's place for the same person who had these as well, one after the other, at the very end."""
    at = float(profile.now[0]) - MOMENT
    longer = Profiles.new(
        [*profile.items.tolist(), *added],
        now=float(profile.now[0]),
        times=[*profile.times.tolist(), *(at for _ in added)],
        features=profile.features.iloc[0].to_dict(),
    )
    return int(model.top_k(longer, 60).items_UK[0].tolist().index(item)) + 1


@pytest.mark.parametrize("name", ["ease", "towers"])
@pytest.mark.parametrize("place", [6, 9])
def test_the_fewest_additions_are_found_and_do_it(
    name: str, place: int, profile: Profiles, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(name)
    item = int(model.top_k(profile, 60).items_UK[0, place])
    found = entry(model, profile, item, list(range(60)))
    assert found.rank == place + 1
    assert rank_with(model, profile, item, (item,)) == found.itself.rank
    move = found.found or found.best
    assert move is not None
    assert item not in move.chosen
    assert rank_with(model, profile, item, move.chosen) == move.rank
    assert (move.rank <= K) == (found.found is not None)


def test_one_addition_is_enough_where_it_is(ease: Recommender[Any], profile: Profiles) -> None:
    item = int(ease.top_k(profile, 60).items_UK[0, 5])
    found = entry(ease, profile, item, list(range(60)))
    singly = [rank_with(ease, profile, item, (code,)) for code in range(60) if code != item]
    assert found.found is not None
    assert len(found.found.chosen) == (1 if min(singly) <= K else 2)


def test_with_nothing_to_add_only_the_item_itself_is_tried(ease: Recommender[Any], profile: Profiles) -> None:
    found = entry(ease, profile, 3, [3])
    assert (found.found, found.best) == (None, None)
    assert found.itself.chosen == (3,)


def test_what_is_added_comes_last_and_weighs_as_much_as_is_usual() -> None:
    profile = Profiles.new([5, 6, 7], now=100.0, times=[1, 2, 3], weights=[1, 4, 9])
    added = with_added(profile, np.array([8, 9]), np.array([[False, False], [True, True]]))
    assert added.history.lengths.tolist() == [3, 5]
    assert added.items.tolist() == [5, 6, 7, 5, 6, 7, 8, 9]
    assert added.weights[-2:].tolist() == [4, 4]
    assert added.times[-2:].tolist() == [100.0 - MOMENT] * 2

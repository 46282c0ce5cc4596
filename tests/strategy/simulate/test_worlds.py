"""Worlds whose tastes are known: what is better by construction is found better, and by how much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recengine.core.errors import SettingsError
from recengine.strategy import Explore, Strategy
from recengine.strategy.rules import Exclude
from recengine.strategy.simulate import LEARNERS, WORLDS, Known, World, find_world, run
from recengine.strategy.simulate.engine import Day, warmed_up
from recengine.strategy.simulate.learners import learnt
from recengine.strategy.simulate.luck import luck
from recengine.strategy.simulate.measures import MEASURES

DAYS, PEOPLE = 8, 150


def world(name: str = "shop", seed: int = 0, people: int = PEOPLE) -> World:
    return World.drawn(WORLDS[name], people, seed, items=60)


def days(drawn: World, strategy: Strategy, learner: str = "popularity", num_days: int = DAYS) -> list[Day]:
    return list(run(drawn, strategy, LEARNERS[learner](drawn), num_days, k=5))


def gini_by_day(drawn: World, strategy: Strategy) -> list[float]:
    told = run(drawn, strategy, LEARNERS["popularity"](drawn), DAYS, k=5)
    return [MEASURES["gini"].function(day.number, day.crowd, day.visit) for day in told]


def test_luck_is_even_and_depends_on_its_keys_alone() -> None:
    drawn = luck(7, np.arange(200)[:, None], np.arange(300))
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert np.histogram(drawn, 10, (0, 1))[0] == pytest.approx(6000, rel=0.1)
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 0.02
    np.testing.assert_array_equal(luck(7, np.arange(5), 3), drawn[:5, 3])


@pytest.mark.parametrize("name", WORLDS)
def test_equal_seeds_give_equal_days(name: str) -> None:
    first, second = (days(world(name), Strategy(), num_days=3) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.visit.items_LK, other.visit.items_LK)
        np.testing.assert_array_equal(one.visit.taken_LK, other.visit.taken_LK)


def test_what_one_strategy_shows_does_not_move_the_luck_of_another() -> None:
    """Where both show a person the same item at the same place, both see it taken or not."""
    drawn = world()
    one, other = (
        next(run(drawn, strategy, LEARNERS["perfect"](drawn), 1, k=5))
        for strategy in (Strategy(), Strategy(weights={"relevance": 1, "value price": 0.3}))
    )
    same_LK = one.visit.items_LK == other.visit.items_LK
    assert 0 < same_LK.sum() < same_LK.size
    np.testing.assert_array_equal(one.visit.taken_LK[same_LK], other.visit.taken_LK[same_LK])


def test_what_is_taken_is_what_the_tastes_say() -> None:
    """Over many lists the share taken is the mean of the true chances, by place."""
    told = days(world(people=1500), Strategy(), "chance", 6)
    taken_K = np.concatenate([day.visit.taken_LK for day in told]).mean(axis=0)
    chance_K = np.concatenate([day.visit.chance_LK for day in told]).mean(axis=0)
    assert taken_K == pytest.approx(chance_K, rel=0.25)
    assert sum(day.visit.earned_LK.sum() for day in told) == pytest.approx(
        sum(day.visit.worth for day in told), rel=0.15
    )


def test_a_lists_worth_by_hand() -> None:
    """An untired newcomer's list is worth the sum of 1/sqrt(place) x chance x value."""
    drawn = world("feed")
    day = next(run(drawn, Strategy(), LEARNERS["perfect"](drawn), 1, k=2))
    by_hand = sum(
        (chance_I[one] * drawn.value_I[one]) + chance_I[two] * drawn.value_I[two] / 2**0.5
        for chance_I, (one, two) in zip(day.chance_LI, day.visit.items_LK, strict=True)
    )
    assert day.visit.worth == pytest.approx(by_hand)


@pytest.mark.parametrize("name", WORLDS)
def test_there_is_something_to_learn_from_on_the_first_day(name: str) -> None:
    taken_UI = warmed_up(world(name), k=10).known.taken_UI
    assert taken_UI.sum() > PEOPLE
    liked = world(name).like_UI[taken_UI > 0].mean()
    assert liked > 2 * world(name).like_UI.mean()


def test_popularity_alone_feeds_on_itself_and_chance_holds_it_back() -> None:
    alone = gini_by_day(world(), Strategy())
    exploring = gini_by_day(world(), Strategy(explore=Explore(method="epsilon", amount=1.0)))
    assert (np.diff(alone) > 0).all()
    assert exploring[-1] < alone[-1]


def test_people_leave_and_only_where_they_may() -> None:
    drawn = world()
    stayed = list(run(drawn, Strategy(), LEARNERS["popularity"](drawn), DAYS, k=5, leaving=False))
    left = days(drawn, Strategy())
    assert stayed[-1].crowd.there_U.all()
    assert not left[-1].crowd.there_U.all()


def test_nobody_takes_a_post_twice_nor_one_that_is_not_there_yet() -> None:
    told = days(world("feed"), Strategy(), "perfect")
    assert told[-1].crowd.known.taken_UI.max() == 1
    for day in told:
        assert (world("feed").from_day_I[day.visit.items_LK[day.visit.taken_LK]] <= day.number).all()


def test_a_rule_is_kept_every_day() -> None:
    wine = Strategy(rules=(Exclude(column="category", value="wine"),))
    drawn = world()
    code = drawn.preset.categories.index("wine")
    assert all((drawn.category_I[day.visit.items_LK] != code).all() for day in days(drawn, wine, num_days=2))


def test_like_is_the_share_that_was_taken_of_what_had_this_score() -> None:
    shown, taken = np.full((1, 4), 1000, np.int32), np.array([[100, 100, 400, 300]], np.int32)
    found = learnt(lambda known: np.array([[0.0, 1.0, 2.0, 3.0]]), Known(shown, taken))
    expected = [101 / 1020, 101 / 1020, 401 / 1020, 401 / 1020]  # it never falls
    np.testing.assert_allclose(found.like(np.arange(4.0)), expected)
    np.testing.assert_allclose(found.unsure(np.array([0]), np.array([[2]], np.int32)), 1.25**0.5 / 1001**0.5)


def test_everybody_gone_is_no_error() -> None:
    drawn = replace(world(), preset=replace(WORLDS["shop"], leaving=1.0))
    told = days(replace(drawn, visit_U=np.ones(PEOPLE)), Strategy(), "chance", 12)
    assert not told[-1].crowd.there_U.any()
    assert len(told[-1].visit.people_L) == 0


def test_mistakes_are_told_before_anything_runs() -> None:
    drawn = world()
    with pytest.raises(SettingsError, match="All weights are 0"):
        days(drawn, Strategy(weights={"relevance": 0.0}))
    with pytest.raises(SettingsError, match="No product has category 'whine'. Did you mean 'wine'?"):
        days(drawn, Strategy(rules=(Exclude(column="category", value="whine"),)))
    with pytest.raises(SettingsError, match="there is no simulated world 'shopp'. Did you mean 'shop'?"):
        find_world("shopp")

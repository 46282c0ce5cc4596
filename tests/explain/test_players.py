"""Who the players are, how they are grouped and opened, and what a coalition of them stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import ExplanationError
from recengine.core.profiles import Profiles
from recengine.explain.game import game_of, games_of
from recengine.explain.players import Player, Players, actions_of, features_of, grouped
from recengine.models.two_tower import TwoTower

PAST = Profiles.new(
    [4, 2, 4, 7], now=9.0, times=[1.0, 2.0, 3.0, 4.0], features={"group": "north", "age": 30.0}
)
CATEGORIES = np.array([0, 0, 1, 1, 2, 2, 2, 2])


def codes(players: list[Player]) -> list[tuple[str, int, list[int]]]:
    return [(player.kind, player.code, player.events.tolist()) for player in players]


def test_all_events_with_one_item_are_one_player() -> None:
    assert codes(actions_of(PAST)) == [("action", 2, [1]), ("action", 4, [0, 2]), ("action", 7, [3])]
    assert actions_of(PAST.last(0)) == []


def test_the_least_telling_actions_are_grouped_by_category() -> None:
    actions = actions_of(Profiles.new(range(8), now=0.0))
    telling = np.array([9.0, 1, 8, 2, 3, 7, 4, 5])
    found = grouped(actions, telling, most=6, category_I=CATEGORIES)
    assert codes(
        found
    ) == [  # places for six: four tell most, and two groups for the rest of three categories
        *(("action", code, [code]) for code in (0, 2, 5, 7)),
        ("group", -1, [1, 3]),
        ("group", 2, [4, 6]),
    ]


def test_a_group_can_be_opened_and_so_can_an_action() -> None:
    actions, telling = actions_of(Profiles.new(range(8), now=0.0)), np.arange(8.0)
    found = grouped(actions, telling, most=6, category_I=CATEGORIES, expand={("group", 2)})
    assert [player.code for player in found if player.kind == "action"] == [4, 5, 6, 7]
    opened = grouped(actions_of(PAST), np.zeros(3), most=40, expand={("action", 4)})
    assert codes(opened) == [
        ("action", 2, [1]),
        ("action", 4, [0]),
        ("action", 4, [2]),
        ("action", 7, [3]),
    ]


@pytest.mark.parametrize("most", [1, 2, 5, 9, 20])
def test_there_are_never_more_players_than_asked_for_and_each_event_has_one(most: int) -> None:
    draw = np.random.default_rng(most)
    past = Profiles.new(draw.integers(0, 50, 200).tolist(), now=0.0)
    actions, category_I = actions_of(past), draw.integers(0, 12, 50)
    found = grouped(actions, draw.random(len(actions)), most=most, category_I=category_I)
    assert len(found) <= most
    np.testing.assert_array_equal(np.sort(np.concatenate([p.events for p in found])), np.arange(200))


def test_a_coalition_is_an_edited_profile() -> None:
    players = Players((*actions_of(PAST), Player("person", column="age")), PAST)
    people, hidden, _ = players.presence(np.array([[False, True, False, True], [True, False, True, False]]))
    assert [people.items[start:stop].tolist() for start, stop in ((0, 2), (2, 4))] == [[4, 4], [2, 7]]
    assert people.times.tolist() == [1.0, 3.0, 2.0, 4.0]
    assert people.features["group"].tolist() == ["north", "north"]
    pd.testing.assert_series_equal(people.features["age"], pd.Series([30.0, np.nan]), check_names=False)
    assert people.now.tolist() == [9.0, 9.0]
    assert hidden.shape == (2, 0)


def test_features_hide_what_they_are_of() -> None:
    of = (Player("item", column="price"), Player("other", column="taste"), Player("item", column="taste"))
    players = Players(of, PAST, ("taste", "price"))
    _, hidden, other = players.presence(np.array([[True, False, False], [False, True, True]]))
    assert hidden.tolist() == [[True, False], [False, True]]
    assert other.tolist() == [[True, False], [False, False]]


def test_only_what_is_known_and_read_plays(towers: TwoTower, two_tastes: Dataset) -> None:
    stranger = Profiles.new([1], now=0.0, features={"group": None, "age": 30.0, "shoe size": 43.0})
    found = [(player.kind, player.column) for player in features_of(towers, stranger, 3, 5)]
    columns = ["taste", "tags", "price", "title"]
    assert found == [
        ("person", "age"),
        *(("item", column) for column in columns),
        *(("other", column) for column in columns),
    ]


def test_games_of_several_items_have_the_same_past(towers: TwoTower, two_tastes: Dataset) -> None:
    past = Profiles.of(two_tastes, np.array([0]), 1e12)
    games = games_of(towers, past, [3, 4, 5], "ahead", best=np.array([3, 4, 5], np.int32), most=6)
    assert len({game.stage for game in games}) == 1
    assert [game.rivals.tolist() for game in games] == [[4, 5], [3, 5], [3, 4]]
    assert sum(bool(len(player.events)) for player in games[0].players) == 6
    assert replace(games[0], item=3).stage == games[1].stage


def test_one_game_keeps_its_most_telling_actions(towers: TwoTower, two_tastes: Dataset) -> None:
    """What weighs most among all players weighs most where the rest is grouped."""
    past = Profiles.of(two_tastes, np.array([0]), 1e12)
    whole = game_of(towers, past, 3)
    alone = np.eye(len(whole.players), dtype=bool)[: sum(p.kind == "action" for p in whole.players)]
    brought = np.abs(whole.value(alone) - whole.value(alone[:1] & False))
    kept = {player.code for player in game_of(towers, past, 3, most=8).players if player.kind == "action"}
    assert whole.players[int(brought.argmax())].code in kept


def test_an_item_without_rivals_is_ahead_of_nobody(towers: TwoTower) -> None:
    with pytest.raises(ExplanationError, match="no other item can be on this list"):
        game_of(towers, PAST, 3, "ahead")

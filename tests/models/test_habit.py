from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.columns import DAY
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models.habit import FLOOR, Habit, HabitConfig

DatasetOf = Callable[..., Dataset]
NOW = 100 * DAY


@pytest.fixture
def model(dataset_of: DatasetOf) -> Habit:
    """Popularity of items 0 to 3: three people, two, one, nobody."""
    events = [(0, 0, 0.0), (1, 0, 0.0), (2, 0, 0.0), (0, 1, 1.0), (1, 1, 1.0), (0, 2, 2.0)]
    return Habit(HabitConfig(half_life_days=10)).fit(dataset_of(events))


def test_own_events_fade_by_the_half_life_and_add_up(model: Habit) -> None:
    profile = Profiles.new([2, 2, 1], now=NOW, times=[NOW - 20 * DAY, NOW - 10 * DAY, NOW])
    own = np.array([0, 1, 1 / 2 + 1 / 4])
    popularity = 0.001 * np.array([1, 2 / 3, 1 / 3])
    np.testing.assert_allclose(model.score(profile), [np.log(own + popularity + FLOOR)], rtol=1e-5)


def test_weights_count_for_habits(model: Habit) -> None:
    profile = Profiles.new([1, 2], now=NOW, weights=[1.0, 5.0])
    assert model.top_k(profile, 2).items_UK.tolist() == [[2, 1]]


def test_often_lately_comes_before_once_and_what_is_new_follows_by_popularity(model: Habit) -> None:
    profile = Profiles.new([2, 1, 1], now=NOW)
    assert model.top_k(profile, 3).items_UK.tolist() == [[1, 2, 0]]


def test_equal_habits_are_told_apart_by_popularity(model: Habit) -> None:
    profile = Profiles.new([2, 1, 0], now=NOW)
    assert model.top_k(profile, 3).items_UK.tolist() == [[0, 1, 2]]


def test_without_a_history_it_is_popularity(model: Habit) -> None:
    assert model.top_k(Profiles.new([], now=NOW), 3).items_UK.tolist() == [[0, 1, 2]]


def test_the_same_history_later_has_faded(model: Habit) -> None:
    soon, late = (Profiles.new([2], now=NOW + days * DAY, times=[NOW]) for days in (0, 30))
    assert model.score(late)[0, 2] < model.score(soon)[0, 2]

from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.columns import DAY
from recengine.core.dataset import Dataset
from recengine.core.errors import SettingsError
from recengine.core.profiles import Profiles
from recengine.models.popularity import FLOOR, Popularity, PopularityConfig, faded_counts, fading

DatasetOf = Callable[..., Dataset]

# Item 0: one person three times, long ago. Item 1: two people, lately. Item 2: nobody but a last event.
EVENTS = [(0, 0, 0.0), (0, 0, 0.0), (0, 0, 0.0), (0, 1, 10 * DAY), (1, 1, 20 * DAY), (1, 2, 20 * DAY)]


def test_people_count_once_for_an_item_and_events_count_each(dataset_of: DatasetOf) -> None:
    data = dataset_of(EVENTS)
    assert faded_counts(data, counting="people").tolist() == [1, 2, 1]
    assert faded_counts(data, counting="events").tolist() == [3, 2, 1]


def test_an_event_counts_half_after_the_half_life(dataset_of: DatasetOf) -> None:
    data = dataset_of(EVENTS)
    np.testing.assert_allclose(faded_counts(data, 10.0, "events"), [3 / 4, 1 / 2 + 1, 1])
    assert fading(np.array([0.0, 28 * DAY]), 28.0).tolist() == [1, 0.5]


def test_a_person_is_as_old_as_their_last_event_with_the_item(dataset_of: DatasetOf) -> None:
    data = dataset_of([(0, 0, 0.0), (0, 0, 20 * DAY), (1, 1, 0.0), (0, 2, 20 * DAY)])
    np.testing.assert_allclose(faded_counts(data, 10.0), [1, 1 / 4, 1])


def test_events_count_by_their_weight_and_people_do_not(dataset_of: DatasetOf) -> None:
    data = dataset_of(EVENTS)
    weighted = data.interactions.frame.assign(weight=np.float32(5))
    heavy = data.with_interactions(type(data.interactions)(weighted), "heavier")
    assert faded_counts(heavy, counting="events").tolist() == [15, 10, 5]
    assert faded_counts(heavy, counting="people").tolist() == [1, 2, 1]


def test_scores_are_log_multiples_of_the_average_and_the_most_popular_comes_first(
    dataset_of: DatasetOf,
) -> None:
    model = Popularity(PopularityConfig()).fit(dataset_of(EVENTS))
    profiles = Profiles.new([0], now=30 * DAY)
    average = 4 / 3
    wanted = np.log([[1 / average + FLOOR, 2 / average + FLOOR, 1 / average + FLOOR]])
    np.testing.assert_allclose(model.score(profiles), wanted, rtol=1e-5)
    assert model.top_k(profiles, 3).items_UK.tolist() == [[1, 0, 2]]


def test_twice_the_data_is_the_same_popularity(dataset_of: DatasetOf) -> None:
    twice = [(user + 2 * copy, item, time) for copy in (0, 1) for user, item, time in EVENTS]
    once, doubled = (Popularity(PopularityConfig()).fit(dataset_of(events)) for events in (EVENTS, twice))
    np.testing.assert_allclose(once.score_I, doubled.score_I)


@pytest.mark.parametrize("days", [0, -1, "soon"])
def test_a_half_life_that_is_none_is_refused_in_words(days: object) -> None:
    with pytest.raises(SettingsError, match="half_life_days"):
        PopularityConfig.of({"half_life_days": days})

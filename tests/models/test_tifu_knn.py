from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recengine.core.columns import DAY
from recengine.core.dataset import Dataset
from recengine.core.errors import JobError
from recengine.core.profiles import Profiles
from recengine.models.tifu_knn import TifuKnn, TifuKnnConfig

DatasetOf = Callable[..., Dataset]
# Two people with opposite habits; the second one also had item 2, once and long ago.
EVENTS = [(1, 2, 0.0), (0, 0, DAY), (0, 0, 2 * DAY), (1, 1, DAY + 1), (1, 1, 2 * DAY + 1)]


def fitted(data: Dataset, **settings: object) -> TifuKnn:
    return TifuKnnConfig.of({"flattening": 1.0, "neighbours": 1} | settings).build().fit(data)


def own(model: TifuKnn, items: list[int], days: list[float]) -> np.ndarray:
    """The score of someone who has no neighbours' opinion mixed in."""
    return model.score(Profiles.new(items, now=100 * DAY, times=[day * DAY for day in days]))[0]


def test_decay_inside_a_group_and_between_groups_by_hand(dataset_of: DatasetOf) -> None:
    # Groups of two, counted from the last basket: {4, 3}, {2, 1}, {0}. Item 0 is in the baskets 4 and 1,
    # item 1 in 3 and 0, item 2 in 2. A basket counts .9 of the next, a group .5 of the next.
    model = fitted(dataset_of(EVENTS), own_share=1.0, group_size=2, basket_decay=0.9, group_decay=0.5)
    raw = np.array([1 / 2 + 0.5 * 0.9 / 2, 0.9 / 2 + 0.25 * 1, 0.5 * 1 / 2]) / 3
    wanted = raw / np.linalg.norm(raw)
    np.testing.assert_allclose(own(model, [1, 0, 2, 1, 0], [0, 1, 2, 3, 4]), wanted, rtol=1e-6)


def test_one_day_is_one_basket_and_an_item_is_in_it_once(dataset_of: DatasetOf) -> None:
    by_day = fitted(dataset_of(EVENTS), own_share=1.0, basket_decay=0.5)
    np.testing.assert_allclose(own(by_day, [0, 0, 1], [3, 3.2, 3.4]), [0.5**0.5, 0.5**0.5, 0], rtol=1e-6)
    by_moment = fitted(dataset_of(EVENTS), own_share=1.0, basket_decay=0.5, basket="moment")
    raw = np.array([1 / 4 + 1 / 2, 1, 0])
    wanted = raw / np.linalg.norm(raw)
    np.testing.assert_allclose(own(by_moment, [0, 0, 1], [3, 3.2, 3.4]), wanted, rtol=1e-6)


def test_data_without_a_calendar_have_a_basket_at_every_moment(dataset_of: DatasetOf) -> None:
    data = dataset_of(EVENTS)
    ordered = replace(data, about=replace(data.about, time_kind="order"))
    model = fitted(ordered, own_share=1.0, basket_decay=0.5)
    found = model.score(Profiles.new([0, 1], now=10, times=[1, 2]))
    np.testing.assert_allclose(found[0], np.array([0.5, 1, 0]) / np.hypot(0.5, 1), rtol=1e-6)


def test_neighbours_speak_for_what_the_person_never_had(dataset_of: DatasetOf) -> None:
    # Person 1 took item 2 in one basket and item 1 in two; nothing fades: their vector is (0, 2, 1) / sqrt 5.
    model = fitted(dataset_of(EVENTS), own_share=0.6, group_decay=1.0)
    wanted = 0.6 * np.array([0, 1, 0]) + 0.4 * np.array([0, 2, 1]) / 5**0.5
    np.testing.assert_allclose(own(model, [1], [5]), wanted, rtol=1e-6)


def test_neighbours_are_averaged_over_those_there_are(dataset_of: DatasetOf) -> None:
    alone = fitted(dataset_of(EVENTS), neighbours=1)
    asked_for_more = fitted(dataset_of(EVENTS), neighbours=2)  # nobody else has anything in common
    np.testing.assert_array_equal(own(alone, [1], [5]), own(asked_for_more, [1], [5]))


def test_flattening_brings_frequencies_closer(dataset_of: DatasetOf) -> None:
    model = fitted(dataset_of(EVENTS), own_share=1.0, group_decay=1.0, flattening=0.5)
    found = own(model, [0, 0, 0, 0, 1], [1, 2, 3, 4, 5])
    np.testing.assert_allclose(found, np.array([2, 1, 0]) / 5**0.5, rtol=1e-6)


def test_someone_without_a_past_gets_what_people_take_on_average(dataset_of: DatasetOf) -> None:
    model = fitted(dataset_of(EVENTS), group_decay=1.0)
    wanted = (np.array([1, 0, 0]) + np.array([0, 2, 1]) / 5**0.5) / 2
    np.testing.assert_allclose(own(model, [], []), wanted, rtol=1e-6)


def test_it_says_so_when_nothing_was_learnt() -> None:
    with pytest.raises(JobError, match="has learnt nothing yet"):
        TifuKnnConfig().build().score(Profiles.new([0], now=0))

from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import JobError
from recengine.core.profiles import Profiles
from recengine.models.item_knn import ItemKnn, ItemKnnConfig

DatasetOf = Callable[..., Dataset]
# Persons 0 and 1 have items 0 and 1, person 1 item 2 too, person 2 has item 2 twice.
EVENTS = [(0, 0, 0.0), (0, 1, 1.0), (1, 0, 2.0), (1, 1, 3.0), (1, 2, 4.0), (2, 2, 5.0), (2, 2, 6.0)]

COSINE = {"weighting": "binary", "shrinkage": 0.0, "target_exponent": 0.5, "person_exponent": 0.0}


def fitted(data: Dataset, **settings: object) -> ItemKnn:
    return ItemKnnConfig.of(COSINE | settings).build().fit(data)


def test_cosines_by_hand(dataset_of: DatasetOf) -> None:
    # All three items have two people: items 0 and 1 share both, item 2 shares one with each.
    model = fitted(dataset_of(EVENTS))
    np.testing.assert_allclose(model.weights.toarray(), [[0, 1, 0.5], [1, 0, 0.5], [0.5, 0.5, 0]], rtol=1e-6)
    np.testing.assert_allclose(model.score(Profiles.new([0, 2, 2], now=0)), [[0.5, 1.5, 0.5]], rtol=1e-6)


def test_shrinkage_is_added_to_the_product_of_lengths(dataset_of: DatasetOf) -> None:
    model = fitted(dataset_of(EVENTS), shrinkage=2.0)
    np.testing.assert_allclose(model.weights.toarray()[0], np.array([0, 2 / 4, 1 / 4]), rtol=1e-6)


def test_popular_items_are_damped_as_targets_and_people_by_what_they_chose(dataset_of: DatasetOf) -> None:
    # Item 0 and 1 now have three people, item 2 two. Person 1 chose three things and counts 3^-1, person 0
    # and 3 chose two and count 1/2. History 2 -> target 0: (1/3) / (3^.25 2^.75).
    data = dataset_of([*EVENTS, (3, 0, 7.0), (3, 1, 8.0)])
    weights_II = fitted(data, target_exponent=0.25, person_exponent=1.0).weights.toarray()
    np.testing.assert_allclose(weights_II[2, 0], (1 / 3) / (3**0.25 * 2**0.75), rtol=1e-6)
    np.testing.assert_allclose(weights_II[0, 2], (1 / 3) / (2**0.25 * 3**0.75), rtol=1e-6)
    np.testing.assert_allclose(weights_II[0, 1], (1 / 3 + 1 / 2 + 1 / 2) / 3, rtol=1e-6)


def test_only_the_nearest_neighbours_speak_for_an_item(dataset_of: DatasetOf) -> None:
    # Item 2 is as near to 0 as to 1: the lower code is kept. A column holds an item's neighbours.
    model = fitted(dataset_of(EVENTS), neighbours=1)
    wanted = np.array([[0, 1, 0.5], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(model.weights.toarray(), wanted, rtol=1e-6)


def test_repeats_enter_as_the_logarithm_of_one_plus_the_summed_weight(dataset_of: DatasetOf) -> None:
    model = fitted(dataset_of(EVENTS), weighting="log")
    once, twice = np.log(2), np.log(3)
    wanted = once**2 / (np.sqrt(2) * once * np.hypot(once, twice))
    np.testing.assert_allclose(model.weights.toarray()[0, 2], wanted, rtol=1e-6)


@pytest.mark.parametrize("neighbours", [3, 1000])
def test_equal_to_the_dense_arithmetic_on_known_data(two_tastes: Dataset, neighbours: int) -> None:
    x_UI = np.zeros((two_tastes.num_users, two_tastes.num_items))
    x_UI[two_tastes.interactions.column("user"), two_tastes.interactions.column("item")] = 1
    length_I = np.linalg.norm(x_UI, axis=0)
    alike_II = (x_UI.T @ x_UI) / (np.outer(length_I, length_I) + 10)
    np.fill_diagonal(alike_II, 0)
    dropped_II = np.argsort(-alike_II.astype(np.float32), axis=1, kind="stable")[:, neighbours:]
    np.put_along_axis(alike_II, dropped_II, 0, axis=1)
    model = fitted(two_tastes, shrinkage=10.0, neighbours=neighbours)
    np.testing.assert_allclose(model.weights.toarray(), alike_II.T, rtol=1e-6)


def test_it_says_so_when_nothing_was_learnt() -> None:
    with pytest.raises(JobError, match="has learnt nothing yet"):
        ItemKnnConfig().build().score(Profiles.new([0], now=0))

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM
from recengine.metrics import beyond

ALL_OF_4 = np.ones(4, bool)
ITEMS_UK = np.array([[0, 1], [0, NO_ITEM], [NO_ITEM, NO_ITEM]], np.int32)


def test_coverage_counts_what_is_on_anybodys_list_within_the_catalogue() -> None:
    assert beyond.coverage(ITEMS_UK, ALL_OF_4) == 2 / 4
    assert beyond.coverage(ITEMS_UK, np.array([True, False, True, True])) == 1 / 3
    assert np.isnan(beyond.coverage(ITEMS_UK, np.zeros(4, bool)))


def test_gini_is_0_when_all_items_are_shown_alike_and_near_1_when_one_has_all() -> None:
    assert beyond.gini(np.array([[0, 1], [2, 3]], np.int32), ALL_OF_4) == 0
    assert beyond.gini(np.array([[0], [0]], np.int32), ALL_OF_4) == 3 / 4  # 1 - 1/n
    # Exposures 0, 0, 1, 2: sum of all pairwise gaps is 2 * 9 = 18... over 2 * n^2 * mean = 2 * 16 * 3/4 = 24.
    assert beyond.gini(ITEMS_UK, ALL_OF_4) == pytest.approx(
        sum(abs(a - b) for a in (0, 0, 1, 2) for b in (0, 0, 1, 2)) / 24
    )
    assert np.isnan(beyond.gini(np.full((2, 2), NO_ITEM, np.int32), ALL_OF_4))


def test_novelty_is_bits_of_surprise_averaged_over_the_list() -> None:
    share_I = np.array([1 / 2, 1 / 8, 0, 1])
    np.testing.assert_allclose(beyond.novelty(ITEMS_UK, share_I), [(1 + 3) / 2, 1, np.nan])
    assert beyond.novelty(np.array([[2]], np.int32), share_I) == 4  # as if 1/16 had had it


def test_lists_twice_as_popular_as_histories_have_a_lift_of_1() -> None:
    share_I = np.array([0.4, 0.2, 0.1, 0.0])
    history = Ragged(np.array([0, 2, 3, 4]), np.array([1, 1, 1, 0], np.int32))
    only_0 = np.array([[0], [0], [NO_ITEM]], np.int32)
    assert beyond.popularity_lift(only_0, history, share_I) == pytest.approx(0.4 / 0.2 - 1)


def test_lift_leaves_out_people_without_a_history_and_is_nan_if_nobody_is_left() -> None:
    share_I = np.array([0.4, 0.2])
    history = Ragged(np.array([0, 0, 1]), np.array([1], np.int32))
    assert beyond.popularity_lift(np.array([[1], [0]], np.int32), history, share_I) == pytest.approx(1)
    nobody = Ragged(np.zeros(3, np.int64), np.zeros(0, np.int32))
    assert np.isnan(beyond.popularity_lift(np.array([[1], [0]], np.int32), nobody, share_I))


@given(st.integers(0, 1000))
def test_diversity_equals_the_mean_over_pairs_of_scikit_learns_cosine_distance(seed: int) -> None:
    from sklearn.metrics.pairwise import cosine_distances

    draw = np.random.default_rng(seed)
    vector_ID = draw.random((6, 4)) * (draw.random((6, 4)) < 0.6)
    length_I = np.linalg.norm(vector_ID, axis=1, keepdims=True)
    vector_ID = np.divide(vector_ID, length_I, out=np.zeros_like(vector_ID), where=length_I > 0)
    items = draw.permutation(6)[: draw.integers(2, 6)]
    row = np.full((1, 6), NO_ITEM, np.int32)
    row[0, : len(items)] = items
    pairs = np.triu_indices(len(items), 1)
    wanted = cosine_distances(vector_ID[items])[pairs].mean()
    found = beyond.intra_list_diversity(row, csr_array(vector_ID))
    np.testing.assert_allclose(found, [wanted], atol=1e-12)


def test_a_list_of_equals_has_a_diversity_of_0_and_not_a_hair_less() -> None:
    alike = csr_array(np.full((4, 3), 1 / np.sqrt(3)))  # whose squares come to a hair more than 1
    found = beyond.intra_list_diversity(np.array([[0, 1, 2, 3], [3, 1, 0, NO_ITEM]], np.int32), alike)
    assert (found >= 0).all()
    np.testing.assert_allclose(found, 0, atol=1e-12)


def test_a_list_of_fewer_than_two_items_has_no_diversity() -> None:
    found = beyond.intra_list_diversity(ITEMS_UK, csr_array(np.eye(4)))
    np.testing.assert_array_equal(found, [1, np.nan, np.nan])

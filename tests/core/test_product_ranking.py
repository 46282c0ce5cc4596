from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recengine.core import product_ranking
from recengine.core.columns import Repeats
from recengine.core.product_ranking import products, top_k_of_products
from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM, top_k


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of two people and three items, so that lists have to be carried from block to block."""
    monkeypatch.setattr(product_ranking, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(product_ranking, "ITEMS_AT_ONCE", 3)


def vectors(data: st.DataObject, count: int) -> np.ndarray:
    # Small whole numbers: their products are exact however they are summed, and ties are the rule.
    return data.draw(arrays(np.float32, (count, 2), elements=st.integers(-2, 2)))


@pytest.mark.usefixtures("small_blocks")
@given(
    st.integers(1, 5), st.integers(1, 11), st.integers(1, 12), st.sampled_from(get_args(Repeats)), st.data()
)
def test_equal_to_scoring_everything_and_sorting_it(
    people: int, items: int, k: int, repeats: Repeats, data: st.DataObject
) -> None:
    person_BD, item_ID = vectors(data, people), vectors(data, items)
    catalogue_I = data.draw(arrays(bool, items))
    had = [data.draw(st.lists(st.integers(0, items - 1), max_size=4)) for _ in range(people)]
    rows = np.repeat(np.arange(people), [len(one) for one in had])
    history = Ragged.of_rows(rows, np.concatenate(had).astype(np.int32), people)
    had_BI = np.zeros((people, items), bool)
    had_BI[rows, history.values] = True
    allowed_BI = {"both": True | had_BI, "new": ~had_BI, "again": had_BI}[repeats] & catalogue_I

    lists = top_k_of_products(person_BD, item_ID, k, had=history, repeats=repeats, catalogue_I=catalogue_I)
    wanted = top_k(person_BD @ item_ID.T, k, allowed_UI=allowed_BI)
    np.testing.assert_array_equal(lists.items_UK, wanted.items_UK)
    np.testing.assert_array_equal(lists.scores_UK, wanted.scores_UK)


@pytest.mark.parametrize(
    "scale", [1.0, -1.0]
)  # the best last or first: every list is full of changes, or none
def test_a_large_catalogue_equals_a_full_stable_sort(scale: float) -> None:
    draw = np.random.default_rng(0)
    length_I = np.linspace(1, 2, 2_000)
    item_ID = (draw.integers(0, 4, (2_000, 8)) * np.floor(scale * 4 * length_I)[:, None]).astype(np.float32)
    person_BD = draw.integers(0, 3, (600, 8)).astype(np.float32)
    nothing = Ragged(np.zeros(601, np.int64), np.zeros(0, np.int32))
    everything_I = np.ones(2_000, bool)
    lists = top_k_of_products(person_BD, item_ID, 20, had=nothing, repeats="both", catalogue_I=everything_I)
    order_BI = np.argsort(-(person_BD @ item_ID.T), axis=1, kind="stable")
    np.testing.assert_array_equal(lists.items_UK, order_BI[:, :20])


def test_nobody_and_nothing_to_offer() -> None:
    person_BD, item_ID = np.ones((2, 3), np.float32), np.ones((4, 3), np.float32)
    had = Ragged(np.array([0, 1, 1]), np.array([2], np.int32))
    nothing_I = np.zeros(4, bool)
    for repeats in get_args(Repeats):
        listed = top_k_of_products(person_BD, item_ID, 2, had=had, repeats=repeats, catalogue_I=nothing_I)
        assert (listed.items_UK == NO_ITEM).all()
    nobody = Ragged(np.zeros(1, np.int64), np.zeros(0, np.int32))
    listed = top_k_of_products(person_BD[:0], item_ID, 2, had=nobody, repeats="new", catalogue_I=~nothing_I)
    assert listed.items_UK.shape == (0, 2)


def test_single_pairs_have_the_product_of_their_vectors() -> None:
    person_BD, item_ID = (
        np.array([[1, 2], [3, 4]], np.float32),
        np.array([[1, 0], [1, 1], [2, 1]], np.float32),
    )
    assert products(person_BD, item_ID, np.array([1, 0, 1]), np.array([2, 1, 0])).tolist() == [10, 3, 3]

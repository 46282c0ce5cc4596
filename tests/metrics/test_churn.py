import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.ranking import NO_ITEM
from recengine.metrics.churn import jaccard, rank_biased_overlap, shared


def lists(*rows: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.array(rows, np.int32)


def test_by_hand() -> None:
    """Lists 1 2 3 and 2 1 4: nothing shared on top, two items from the second place on."""
    first, second = lists([1, 2, 3]), lists([2, 1, 4])
    np.testing.assert_array_equal(shared(first, second), [[0, 2, 2]])
    assert jaccard(first, second) == pytest.approx([2 / 4])
    by_hand = 0.1 * (0 + 0.9 * 1 + 0.81 * 2 / 3) + 2 / 3 * 0.9**3
    assert rank_biased_overlap(first, second) == pytest.approx([by_hand])


def test_equal_lists_agree_fully_however_short() -> None:
    one = lists([5, 3, 1], [5, 3, NO_ITEM], [5, NO_ITEM, NO_ITEM])
    np.testing.assert_allclose(rank_biased_overlap(one, one), 1)
    np.testing.assert_allclose(jaccard(one, one), 1)


def test_two_empty_lists_have_no_overlap_to_speak_of() -> None:
    none = lists([NO_ITEM, NO_ITEM])
    assert np.isnan(jaccard(none, none)[0])
    assert np.isnan(rank_biased_overlap(none, none)[0])
    assert rank_biased_overlap(none, lists([1, 2]))[0] == 0


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_overlap_is_between_0_and_1_and_the_same_both_ways(first: list[int], second: list[int]) -> None:
    one, two = lists(first[:5]), lists(second[:5])
    there, back = rank_biased_overlap(one, two)[0], rank_biased_overlap(two, one)[0]
    assert there == pytest.approx(back)
    assert -1e-12 <= there <= 1 + 1e-12


def test_a_change_on_top_counts_more() -> None:
    base = lists([1, 2, 3, 4])
    top, bottom = lists([9, 2, 3, 4]), lists([1, 2, 3, 9])
    assert rank_biased_overlap(base, top)[0] < rank_biased_overlap(base, bottom)[0]

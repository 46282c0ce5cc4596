import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recengine.core.ranking import NO_ITEM, Ranking, top_k


def everything(score_UI: np.ndarray) -> np.ndarray:
    return np.ones(score_UI.shape, bool)


def test_best_first_and_ties_go_to_the_lower_code() -> None:
    score_UI = np.array([[1.0, 3.0, 2.0, 3.0, 3.0]])
    ranking = top_k(score_UI, 4, allowed_UI=everything(score_UI))
    assert ranking.items_UK.tolist() == [[1, 3, 4, 2]]
    assert ranking.scores_UK.tolist() == [[3.0, 3.0, 3.0, 2.0]]


def test_a_tie_across_the_border_of_the_list_goes_to_the_lower_code_too() -> None:
    score_UI = np.array([[0.0, 7.0, 7.0, 9.0, 7.0]])
    assert top_k(score_UI, 2, allowed_UI=everything(score_UI)).items_UK.tolist() == [[3, 1]]


def test_what_is_not_allowed_never_appears_and_short_lists_are_filled_with_no_item() -> None:
    score_UI = np.array([[5.0, 4.0, 3.0], [1.0, 2.0, 3.0]])
    allowed_UI = np.array([[False, True, False], [False, False, False]])
    ranking = top_k(score_UI, 2, allowed_UI=allowed_UI)
    assert ranking.items_UK.tolist() == [[1, NO_ITEM], [NO_ITEM, NO_ITEM]]
    assert ranking.scores_UK.tolist() == [[4.0, -np.inf], [-np.inf, -np.inf]]


def test_a_list_longer_than_the_catalogue_ends_in_no_item() -> None:
    score_UI = np.array([[1.0, 2.0]])
    assert top_k(score_UI, 4, allowed_UI=everything(score_UI)).items_UK.tolist() == [[1, 0, NO_ITEM, NO_ITEM]]


# Few distinct scores, so that ties are the rule.
SCORES = arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=st.integers(0, 3))


@given(SCORES, st.integers(1, 14), st.data())
def test_equal_to_a_full_stable_sort(score_UI: np.ndarray, k: int, data: st.DataObject) -> None:
    allowed_UI = data.draw(arrays(bool, score_UI.shape))
    ranking = top_k(score_UI, k, allowed_UI=allowed_UI)
    for row, scores in enumerate(score_UI):
        wanted = [item for item in np.argsort(-scores, kind="stable") if allowed_UI[row, item]][:k]
        assert ranking.items_UK[row].tolist() == wanted + [NO_ITEM] * (k - len(wanted))


def test_items_and_scores_of_different_shape_are_no_ranking() -> None:
    with pytest.raises(ValueError, match=r"items \(1, 2\) and scores \(1, 3\) differ"):
        Ranking(np.zeros((1, 2), np.int32), np.zeros((1, 3), np.float32))


@pytest.mark.parametrize("distinct", [1, 3, 10_000])
@pytest.mark.parametrize("k", [1, 20])
def test_a_large_catalogue_is_cut_as_a_full_stable_sort_would(distinct: int, k: int) -> None:
    draw = np.random.default_rng(0)
    score_UI = draw.integers(distinct, size=(300, 1013)).astype(np.float32)
    allowed_UI = draw.random(score_UI.shape) < draw.choice([0.01, 0.9], size=(300, 1))
    ranking = top_k(score_UI, k, allowed_UI=allowed_UI)
    masked_UI = np.where(allowed_UI, score_UI, -np.inf)
    sorted_UK = np.argsort(-masked_UI, axis=1, kind="stable")[:, :k]
    best_UK = np.take_along_axis(masked_UI, sorted_UK, axis=1)
    np.testing.assert_array_equal(ranking.items_UK, np.where(best_UK > -np.inf, sorted_UK, NO_ITEM))
    np.testing.assert_array_equal(ranking.scores_UK, best_UK)

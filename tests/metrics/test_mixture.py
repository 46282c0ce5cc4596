import numpy as np
import pytest

from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM
from recengine.metrics.mixture import miscalibration, mixture

# Items 0 and 1 are of category 0, item 2 of category 1, item 3 of both, item 4 of none.
OF_ITEM = Ragged.of_rows(np.array([0, 1, 2, 3, 3]), np.array([0, 0, 1, 0, 1], np.int32), 5)


def measured(listed: list[int], past: list[int]) -> float:
    history = Ragged.of_rows(np.zeros(len(past), np.int64), np.array(past, np.int32), 1)
    return float(miscalibration(np.array([listed], np.int32), mixture(history, OF_ITEM, 2), OF_ITEM)[0])


def test_a_list_mixed_like_the_past_is_0_away_and_one_of_another_kind_by_the_formula() -> None:
    assert measured([0, 2], [0, 2]) == pytest.approx(0)
    # past (1/2, 1/2); list (1, 0), smoothed (.99 + .005, .005)
    assert measured([0, 1], [0, 2]) == pytest.approx(0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005))


def test_an_item_of_two_values_counts_by_halves_and_one_of_none_not_at_all() -> None:
    assert measured([3], [0, 2]) == pytest.approx(0)
    assert measured([0, 2, 4, NO_ITEM], [0, 2, 4]) == pytest.approx(0)


def test_nothing_is_said_of_a_past_of_which_nothing_is_known() -> None:
    assert np.isnan(measured([0], []))
    assert np.isnan(measured([0], [4]))

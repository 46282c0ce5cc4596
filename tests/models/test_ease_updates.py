import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, vstack

from recengine.core.columns import ITEM, USER, WEIGHT
from recengine.core.dataset import Dataset, Interactions
from recengine.core.errors import TrainingError
from recengine.models import ease_updates, event_matrix
from recengine.models.ease import Ease, EaseConfig, weights
from recengine.models.ease_updates import Change, Inverses, Solved, fit_operations

RIDGE = 20.0
EDITS = {
    "people left out": lambda frame: frame[frame[USER] % 7 > 0],
    "people who count twice": lambda frame: pd.concat(
        [frame, frame[frame[USER] < 5].assign(**{USER: lambda more: more[USER] + 400})]
    ),
    "items left out": lambda frame: frame[frame[ITEM] % 5 > 0],
    "people and items left out": lambda frame: frame[(frame[USER] > 9) & (frame[ITEM] > 3)],
    "some events that count more": lambda frame: frame.assign(
        **{WEIGHT: np.where((frame[USER] < 9) & (frame[ITEM] < 9), 3.0, 1.0)}
    ),
    "the last events left out": lambda frame: frame.iloc[:-8],
    "nothing": lambda frame: frame,
}


@pytest.fixture(scope="module", name="x_UI")
def events_of_two_tastes(two_tastes: Dataset) -> csr_array:
    return event_matrix.of_dataset(two_tastes, "log")


@pytest.mark.parametrize("edit", EDITS)
def test_what_follows_from_an_inverse_is_what_a_fit_finds(
    edit: str, two_tastes: Dataset, x_UI: csr_array
) -> None:
    frame = EDITS[edit](two_tastes.interactions.frame)
    rows, items = frame[USER].to_numpy(), frame[ITEM].to_numpy()
    shape = (max(two_tastes.num_users, rows.max() + 1), two_tastes.num_items)
    edited_UI = event_matrix._matrix(rows, items, frame[WEIGHT].to_numpy(), shape, "log")
    change = Change.between(x_UI, edited_UI)
    found, fitted = Solved.of(x_UI, RIDGE).changed(edited_UI, change), Solved.of(edited_UI, RIDGE)
    np.testing.assert_allclose(found.inverse_II, fitted.inverse_II, rtol=0, atol=1e-12)
    assert found.error() < 1e-12


def test_a_change_by_hand() -> None:
    old_UI = csr_array(np.array([[1.0, 0, 2], [0, 3, 0], [4, 0, 0]]))
    new_UI = csr_array(np.array([[1.0, 0, 0], [0, 3, 0], [5, 0, 0], [0, 6, 0]]))
    change = Change.between(old_UI, new_UI)
    assert change.emptied.tolist() == [2]  # the first person's other item is no change of that person then
    assert change.lost_RI.toarray().tolist() == [[4, 0, 0]]
    assert change.gained_RI.toarray().tolist() == [[5, 0, 0], [0, 6, 0]]


def test_fewer_changes_are_fewer_operations_and_many_are_more_than_a_fit(x_UI: csr_array) -> None:
    assert Change.between(x_UI, x_UI).operations() == 0
    few = Change.between(x_UI, vstack([x_UI, x_UI[:3]], format="csr"))
    all_of_them = Change.between(x_UI, x_UI[10:])
    assert 0 < few.operations() < fit_operations(x_UI) < all_of_them.operations()


def test_a_fit_is_taken_only_where_nothing_known_is_near(x_UI: csr_array) -> None:
    inverses, twice_UI = Inverses(), vstack([x_UI, x_UI[:2]], format="csr")
    asked = [(x_UI, RIDGE), (twice_UI, RIDGE), (x_UI * 2, RIDGE), (x_UI, 3 * RIDGE), (x_UI, RIDGE)]
    for matrix_UI, ridge in asked:
        found_II = inverses.weights(matrix_UI, ridge)
        np.testing.assert_allclose(found_II, weights(matrix_UI, ridge), rtol=1e-6, atol=1e-7)
    assert inverses.fits == 3  # the second follows from the first; the last is known


def test_what_was_begun_ahead_is_waited_for_and_not_done_again(x_UI: csr_array) -> None:
    inverses, other_UI = Inverses(), x_UI * 2
    inverses.ahead(other_UI, RIDGE)
    np.testing.assert_array_equal(inverses.weights(x_UI, RIDGE), weights(x_UI, RIDGE))
    np.testing.assert_array_equal(inverses.weights(other_UI, RIDGE), weights(other_UI, RIDGE))
    assert inverses.fits == 2


def test_what_fails_ahead_fails_where_it_is_asked_for(x_UI: csr_array) -> None:
    inverses = Inverses()
    inverses.ahead(x_UI, -1e9)
    with pytest.raises(TrainingError, match="not positive definite"):
        inverses.weights(x_UI, -1e9)


def test_what_has_become_inexact_is_fitted_instead(x_UI: csr_array, monkeypatch: pytest.MonkeyPatch) -> None:
    inverses = Inverses()
    inverses.weights(x_UI, RIDGE)
    monkeypatch.setattr(ease_updates, "MOST_ERROR", 0.0)
    inverses.weights(x_UI, RIDGE)
    assert inverses.fits == 2


def test_a_model_takes_the_shorter_way_and_is_the_same(two_tastes: Dataset) -> None:
    inverses, config = Inverses(), EaseConfig(regularisation=RIDGE)
    fewer = two_tastes.interactions.where(two_tastes.interactions.column(USER) != 3)
    edited = two_tastes.with_interactions(Interactions(fewer.frame), "one person left out")
    for data in (two_tastes, edited):
        model = Ease(config, inverses.weights).fit(data)
        np.testing.assert_allclose(model.weight_II, Ease(config).fit(data).weight_II, rtol=1e-6, atol=1e-7)
    assert inverses.fits == 1

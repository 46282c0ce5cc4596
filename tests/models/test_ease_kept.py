from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recengine.core.dataset import Dataset
from recengine.models import ease_kept, event_matrix
from recengine.models.ease import Solve, weights
from recengine.models.ease_kept import leaving, left_in
from recengine.models.ease_updates import Inverses, Solved

RIDGE = 20.0


@pytest.fixture(scope="module", name="x_UI")
def events_of_two_tastes(two_tastes: Dataset) -> csr_array:
    return event_matrix.of_dataset(two_tastes, "log")


def writing_to(folder: Path) -> Solve:
    def write(name: str, arrays: dict[str, NDArray[Any]]) -> None:
        np.savez(folder / name, allow_pickle=False, **arrays)

    return leaving(write)


def test_an_inverse_comes_back_from_its_file_as_it_was(x_UI: csr_array, tmp_path: Path) -> None:
    np.testing.assert_array_equal(writing_to(tmp_path)(x_UI, RIDGE), weights(x_UI, RIDGE))
    [found] = left_in(tmp_path)
    assert (found.regularisation, (found.x_UI - x_UI).nnz) == (RIDGE, 0)
    np.testing.assert_array_equal(found.solved().inverse_II, Solved.of(x_UI, RIDGE).inverse_II)


def test_the_same_fit_again_takes_the_place_of_the_first(x_UI: csr_array, tmp_path: Path) -> None:
    for ridge in (RIDGE, RIDGE, 2 * RIDGE):
        writing_to(tmp_path)(x_UI, ridge)
    assert len(left_in(tmp_path)) == 2


def test_an_edit_starts_from_what_was_left_and_another_setting_does_not(
    x_UI: csr_array, tmp_path: Path
) -> None:
    writing_to(tmp_path)(x_UI, RIDGE)
    inverses = Inverses()
    inverses.start_from(left_in(tmp_path))
    for ridge, fits in ((RIDGE, 0), (2 * RIDGE, 1)):
        found_II = inverses.weights(x_UI[:-2], ridge)
        np.testing.assert_allclose(found_II, weights(x_UI[:-2], ridge), rtol=1e-6, atol=1e-7)
        assert inverses.fits == fits


def test_a_long_catalogue_and_a_full_disk_leave_nothing_and_harm_nothing(
    x_UI: csr_array, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, arrays: dict[str, NDArray[Any]]) -> None:
        raise OSError("No space left on device")

    np.testing.assert_array_equal(leaving(refuse)(x_UI, RIDGE), weights(x_UI, RIDGE))
    monkeypatch.setattr(ease_kept, "MOST_ITEMS", x_UI.shape[1] - 1)
    writing_to(tmp_path)(x_UI, RIDGE)
    assert left_in(tmp_path) == []

import numpy as np
import pytest
from scipy.sparse import csr_array

from recengine.core.dataset import Dataset
from recengine.models import event_matrix
from recengine.models.gram import gram, item_weights, mirror


def test_the_gram_matrix_by_hand() -> None:
    x_UI = csr_array(np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 0.0]]))
    np.testing.assert_array_equal(gram(x_UI), [[1, 0, 0], [2, 13, 0], [0, 0, 0]])


def test_the_gram_matrix_is_the_product_below_the_diagonal_and_on_it(two_tastes: Dataset) -> None:
    x_UI = event_matrix.of_dataset(two_tastes, "log")
    np.testing.assert_array_equal(gram(x_UI), np.tril((x_UI.T @ x_UI).toarray()))


def test_weights_of_an_inverse_by_hand() -> None:
    lower_II = np.array([[2.0, 9.0], [1.0, 4.0]])  # what stands above the diagonal is no matter
    np.testing.assert_array_equal(item_weights(lower_II), [[0, -1 / 4], [-1 / 2, 0]])
    mirror(lower_II)
    np.testing.assert_array_equal(lower_II, [[2, 1], [1, 4]])


@pytest.mark.parametrize("stripe_bytes", [4, 4 * 100, 4 * 1000])
def test_a_product_in_stripes_is_the_product(stripe_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    x_BI = csr_array(draw.poisson(0.5, (300, 40)).astype(np.float32))
    weight_II = draw.normal(size=(40, 40)).astype(np.float32)
    monkeypatch.setattr(event_matrix, "STRIPE_BYTES", stripe_bytes)
    np.testing.assert_array_equal(event_matrix.product(x_BI, weight_II), x_BI @ weight_II)

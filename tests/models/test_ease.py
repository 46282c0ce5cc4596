from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.dataset import Dataset, Interactions
from recengine.core.errors import TrainingError
from recengine.core.profiles import Profiles
from recengine.models.ease import BYTES_PER_PAIR, GIB, Ease, EaseConfig, refuse_too_large

DatasetOf = Callable[..., Dataset]
# Persons 0 and 1 have items 0 and 1, person 2 has item 2 twice.
EVENTS = [(0, 0, 0.0), (0, 1, 1.0), (1, 0, 2.0), (1, 1, 3.0), (2, 2, 4.0), (2, 2, 5.0)]


def test_two_items_that_go_together_by_hand(dataset_of: DatasetOf) -> None:
    # G = [[2, 2], [2, 2]] plus 1 on the diagonal; its inverse is [[3, -2], [-2, 3]] / 5, so
    # B_01 = -(-2) / 3 = 2/3. Item 2 goes with nothing.
    model = Ease(EaseConfig(regularisation=1, weighting="binary")).fit(dataset_of(EVENTS))
    np.testing.assert_allclose(
        model.weight_II, [[0.0, 2 / 3, 0.0], [2 / 3, 0.0, 0.0], [0.0, 0.0, 0.0]], atol=1e-7
    )
    scores = model.score(Profiles.new([0, 0], now=0))
    np.testing.assert_allclose(scores, [[0, 2 / 3, 0]], atol=1e-7)


def test_repeats_enter_as_the_logarithm_of_one_plus_the_summed_weight(dataset_of: DatasetOf) -> None:
    data = dataset_of(EVENTS)
    model = Ease(EaseConfig(regularisation=1)).fit(data)
    log_2 = np.log(2)
    together = 2 * log_2**2 / (1 + 2 * log_2**2)  # as above, with G = 2 log(2)^2 everywhere
    np.testing.assert_allclose(model.weight_II[0, 1], together, rtol=1e-6)
    scores = model.score(Profiles.new([0, 0], now=0, weights=[1.0, 2.0]))
    np.testing.assert_allclose(scores[0, 1], np.log(1 + 3) * together, rtol=1e-6)


def test_equal_to_the_ridge_regression_of_each_item_on_the_others(two_tastes: Dataset) -> None:
    # EASE in other words (Steck 2019): column j solves a ridge regression of item j on all others.
    from sklearn.linear_model import Ridge

    x_UI = np.zeros((two_tastes.num_users, two_tastes.num_items))
    x_UI[two_tastes.interactions.column("user"), two_tastes.interactions.column("item")] = 1
    model = Ease(EaseConfig(regularisation=20, weighting="binary")).fit(two_tastes)
    for item in (0, 7):
        others = np.delete(np.arange(two_tastes.num_items), item)
        ridge = Ridge(alpha=20, fit_intercept=False, solver="cholesky").fit(x_UI[:, others], x_UI[:, item])
        np.testing.assert_allclose(model.weight_II[others, item], ridge.coef_, atol=1e-6)
        assert model.weight_II[item, item] == 0


def test_an_item_never_speaks_for_itself(two_tastes: Dataset) -> None:
    model = Ease(EaseConfig()).fit(two_tastes)
    assert (model.weight_II.diagonal() == 0).all()


def test_more_regularisation_means_smaller_weights(two_tastes: Dataset) -> None:
    loose, tight = (Ease(EaseConfig(regularisation=by)).fit(two_tastes) for by in (10.0, 1000.0))
    assert np.abs(tight.weight_II).sum() < np.abs(loose.weight_II).sum()


def test_a_catalogue_that_does_not_fit_is_refused_with_the_size_that_would() -> None:
    with pytest.raises(
        TrainingError, match=r"100,000 x 100,000.*11[12]\.\d GiB.*at most 9,4\d\d remain, or choose ials"
    ):
        refuse_too_large(100_000, GIB)
    refuse_too_large(9_000, GIB)
    assert BYTES_PER_PAIR * 9_000**2 < GIB


def test_events_without_effect_leave_no_trace(two_tastes: Dataset) -> None:
    order = np.random.default_rng(0).permutation(len(two_tastes.interactions))
    shuffled = Interactions.sorted(two_tastes.interactions.frame.iloc[order].assign(time=0.0))
    first, second = (
        Ease(EaseConfig()).fit(data)
        for data in (two_tastes, two_tastes.with_interactions(shuffled, "out of order"))
    )
    np.testing.assert_allclose(first.weight_II, second.weight_II, atol=1e-6)

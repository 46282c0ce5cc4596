"""Every influence is what leaving single people out shows (the jackknife)."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.metrics import beyond, classification, influence, ranking

Floats = NDArray[np.float64]
Kept = NDArray[np.bool_]
PEOPLE, ITEMS, K = 80, 60, 5
DRAW = np.random.default_rng(0)
WANTED = DRAW.random(ITEMS) ** 3
LISTS = np.array(
    [DRAW.choice(ITEMS, K, replace=False, p=WANTED / WANTED.sum()) for _ in range(PEOPLE)], np.int32
)
CATALOGUE = np.arange(ITEMS) < ITEMS - 5
SHARE = np.linspace(0.01, 0.9, ITEMS)
HISTORY = Ragged(np.arange(PEOPLE + 1) * 3, DRAW.integers(ITEMS, size=3 * PEOPLE).astype(np.int32))
BEFORE = SHARE[HISTORY.values].reshape(PEOPLE, 3).mean(axis=1)
ROWS = np.sort(DRAW.integers(PEOPLE, size=12 * PEOPLE))
SCORES = DRAW.normal(size=12 * PEOPLE) + 0.5 * DRAW.normal(size=PEOPLE)[ROWS]
LABELS = DRAW.random(12 * PEOPLE) < 1 / (1 + np.exp(1 - SCORES))
PROBABILITIES = np.round(1 / (1 + np.exp(0.8 - 0.7 * SCORES)), 2)  # with ties
CORRECTED = classification.prior_corrected(PROBABILITIES, 0.05)
STANDS_FOR = np.where(LABELS, 1.0, 20.0)
PRECISION, RECALL = DRAW.random((2, PEOPLE))


def without_each(metric: Callable[[Kept], float]) -> Floats:
    """What each person does to the metric, by leaving them out."""
    without = np.array([metric(np.arange(PEOPLE) != person) for person in range(PEOPLE)])
    return (PEOPLE - 1) * (without.mean() - without)


def agree(found: Floats, expected: Floats) -> None:
    assert found.mean() == pytest.approx(0, abs=1e-9)
    assert found.std() == pytest.approx(expected.std(), rel=0.05)
    assert np.corrcoef(found, expected)[0, 1] > 0.97


def test_coverage() -> None:
    expected = without_each(lambda kept: beyond.coverage(LISTS[kept], CATALOGUE))
    agree(influence.coverage(LISTS, CATALOGUE), expected)


def test_gini() -> None:
    expected = without_each(lambda kept: beyond.gini(LISTS[kept], CATALOGUE))
    agree(influence.gini(LISTS, CATALOGUE), expected)


def test_popularity_lift() -> None:
    def lift(kept: Kept) -> float:
        return beyond.popularity_lift(LISTS[kept], HISTORY.take(np.flatnonzero(kept)), SHARE)

    agree(influence.popularity_lift(LISTS, BEFORE, SHARE), without_each(lift))


def test_f1_of_means() -> None:
    def f1(kept: Kept) -> float:
        return ranking.f1_of_means(float(PRECISION[kept].mean()), float(RECALL[kept].mean()))

    agree(influence.f1_of_means(PRECISION, RECALL), without_each(f1))


LIKES = influence.likes(
    LABELS,
    PROBABILITIES,
    corrected_N=CORRECTED,
    stands_for_N=STANDS_FOR,
    row_N=ROWS,
    num_people=PEOPLE,
    threshold=0.5,
)


@pytest.mark.parametrize("name", ["accuracy", "precision", "recall", "f1", "roc_auc", "pr_auc", "log_loss"])
def test_metrics_of_likes(name: str) -> None:
    metric = getattr(classification, name)
    expected = without_each(lambda kept: metric(LABELS[kept[ROWS]], PROBABILITIES[kept[ROWS]]))
    agree(LIKES[name], expected)


def test_metrics_of_all_pairs() -> None:
    def log_loss(kept: Kept) -> float:
        pairs = kept[ROWS]
        return classification.log_loss(LABELS[pairs], CORRECTED[pairs], STANDS_FOR[pairs])

    agree(LIKES["log_loss_corrected"], without_each(log_loss))


def test_calibration_with_its_bins_as_they_are() -> None:
    """Bins move when people are left out, so the jackknife is near only where it moves few pairs."""
    expected = without_each(
        lambda kept: classification.calibration_error(LABELS[kept[ROWS]], PROBABILITIES[kept[ROWS]])
    )
    assert np.corrcoef(LIKES["calibration_error"], expected)[0, 1] > 0.7
    assert LIKES["calibration_error"].std() == pytest.approx(expected.std(), rel=0.4)


def test_nobody_contributes_where_nothing_happens() -> None:
    assert not influence.f1_of_means(np.zeros(3), np.zeros(3)).any()
    nobody = np.full((2, K), -1, np.int32)
    assert np.isnan(influence.gini(nobody, CATALOGUE)).all()
    assert np.isnan(influence.popularity_lift(nobody, np.full(2, np.nan), SHARE)).all()

"""Updates against full trainings, and against the objective they are said to bring down."""

from __future__ import annotations

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.models import event_matrix, model_config
from recengine.models.ials import Ials
from recengine.models.ials_updates import updated
from recengine.strategy.learning.learners import EaseLearner, NeuralLearner, learner_of


def parts(data: Dataset, events: int) -> Dataset:
    """The first so many events."""
    kept = np.arange(len(data.interactions)) < events
    return data.with_interactions(data.interactions.where(kept), f"first {events}")


@pytest.mark.parametrize("model", ["ease", "popularity", "item-knn"])
def test_exact_updates_end_where_a_full_training_would(model: str, two_tastes: Dataset) -> None:
    learner, count = learner_of(model_config(model)), len(two_tastes.interactions)
    learner.start(parts(two_tastes, count - 40))
    for events in (count - 25, count - 5, count):
        learner.update(parts(two_tastes, events))
    anew = learner_of(model_config(model))
    anew.start(two_tastes)
    assert learner.exact
    for name, array in anew.model.arrays().items():
        np.testing.assert_allclose(learner.model.arrays()[name], array, atol=1e-6)


def test_ease_takes_the_short_way_where_little_has_changed(two_tastes: Dataset) -> None:
    learner = learner_of(model_config("ease"))
    assert isinstance(learner, EaseLearner)
    before = parts(two_tastes, len(two_tastes.interactions) - 1)
    learner.start(before)
    short = learner._followed(event_matrix.of_dataset(two_tastes, "log"))
    assert short is not None
    assert short.error() < 1e-8


def objective(model: Ials, data: Dataset, person_UD: np.ndarray, item_ID: np.ndarray) -> float:
    """The loss of iALS written out in full: choices, everything unobserved, and what holds vectors down."""
    count_UI = model.counted(data)
    score_UI = (person_UD @ item_ID.T).astype(np.float64)
    known = count_UI.toarray()
    loss = (known * (1 - score_UI) ** 2).sum() + model.loss.unobserved * (score_UI**2).sum()
    held = model.loss.ridge(count_UI) @ (person_UD**2).sum(axis=1)
    return float(loss + held + model.loss.ridge(count_UI.T.tocsr()) @ (item_ID**2).sum(axis=1))


def test_ials_solves_touched_items_exactly_and_leaves_others(two_tastes: Dataset) -> None:
    """By the normal equations of the stated loss, in float64 and without any of the model's code."""
    config = model_config("ials", {"dims": 6, "epochs": 3})
    before = parts(two_tastes, len(two_tastes.interactions) - 8)
    model = Ials(config).fit(before)  # type: ignore[arg-type]  # of the shelf: an IalsConfig
    found = updated(model, before, two_tastes)
    new_UI, old_UI = model.counted(two_tastes).toarray(), model.counted(before).toarray()
    touched = np.flatnonzero((new_UI != old_UI).any(axis=0))
    person_UD = solved(
        new_UI, model.item_ID, model.loss.unobserved, model.loss.ridge(model.counted(two_tastes))
    )
    item_IU = model.counted(two_tastes).T.tocsr()
    item_ID = model.item_ID.astype(np.float64)
    anew_ID = solved(new_UI.T, person_UD, model.loss.unobserved, model.loss.ridge(item_IU))
    item_ID[touched] = anew_ID[touched]
    np.testing.assert_allclose(found.item_ID @ found.item_ID.T, item_ID @ item_ID.T, atol=2e-4)
    stood = objective(model, two_tastes, person_UD, model.item_ID)
    assert objective(model, two_tastes, person_UD, item_ID) < stood


def solved(count_NI: np.ndarray, column_ID: np.ndarray, unobserved: float, ridge_N: np.ndarray) -> np.ndarray:
    """Each row's least of the loss, given the columns."""
    column_ID = column_ID.astype(np.float64)
    gram_DD = unobserved * column_ID.T @ column_ID
    rows = []
    for count_I, ridge in zip(count_NI.astype(np.float64), ridge_N, strict=True):
        matrix_DD = gram_DD + (column_ID.T * count_I) @ column_ID + ridge * np.eye(column_ID.shape[1])
        rows.append(np.linalg.solve(matrix_DD, column_ID.T @ count_I))
    return np.array(rows)


def test_a_neural_update_asks_whoever_did_something_and_twice_as_many_others(two_tastes: Dataset) -> None:
    learner = learner_of(model_config("two-tower", {"dims": 4, "epochs": 1}))
    assert isinstance(learner, NeuralLearner)
    before = parts(two_tastes, len(two_tastes.interactions) - 3)
    learner.start(before)
    weights = learner.model.arrays()
    teachers = learner.teachers(two_tastes)
    active = set(two_tastes.interactions.frame["user"].tail(3))
    assert active <= set(teachers.tolist())
    assert len(teachers) == 3 * len(active)
    learner.update(two_tastes)
    assert any((weights[name] != array).any() for name, array in learner.model.arrays().items())

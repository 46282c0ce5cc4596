from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, TrainingError
from recengine.core.profiles import Profiles
from recengine.models.events import MONITORED, Epoch
from recengine.models.ials import Ials, IalsConfig

UNOBSERVED, HELD = 0.1, 0.05
SMALL: dict[str, Any] = {"dims": 8, "epochs": 4, "unobserved": UNOBSERVED, "regularisation": HELD}


def loss_of(model: Ials, data: Dataset, vectors: np.ndarray) -> float:
    """The loss as the paper writes it, without what holds the items down."""
    item_ID = model.item_ID.astype(float)
    chose_UI = np.zeros((data.num_users, data.num_items))
    chose_UI[data.interactions.column("user"), data.interactions.column("item")] = 1
    score_UI = vectors @ item_ID.T
    held = HELD * (chose_UI.sum(1) + UNOBSERVED * data.num_items) @ (vectors**2).sum(1)
    return float((chose_UI * (1 - score_UI) ** 2).sum() + UNOBSERVED * (score_UI**2).sum() + held)


def test_one_person_one_item_by_hand() -> None:
    # v = 2: (1 - 2x)^2 + .5 (2x)^2 + (1 + .5) x^2 is least where 15 x = 4.
    model = Ials(IalsConfig(dims=2, weighting="binary"))
    learnt = {"item_ID": np.array([[2.0, 0.0]], np.float32), "average_D": np.zeros(2, np.float32)}
    model.restore(learnt, {"loss": {"unobserved": 0.5, "regularisation": 1.0, "exponent": 1.0}})
    np.testing.assert_allclose(model.person_vectors(Profiles.new([0, 0], now=0)), [[4 / 15, 0]], rtol=1e-6)


def test_a_plain_event_counts_one_and_repeats_less_and_less() -> None:
    # With weight w: w (1 - 2x)^2 + .5 (2x)^2 + (w + .5) x^2 is least where (4 w + 2 + w + .5) x = 2 w.
    model = Ials(IalsConfig(dims=2, weighting="log"))
    learnt = {"item_ID": np.array([[2.0, 0.0]], np.float32), "average_D": np.zeros(2, np.float32)}
    model.restore(learnt, {"loss": {"unobserved": 0.5, "regularisation": 1.0, "exponent": 1.0}})
    for events, weight in ((1, 1.0), (3, 2.0)):
        found = model.person_vectors(Profiles.new([0] * events, now=0))
        np.testing.assert_allclose(found, [[2 * weight / (5 * weight + 2.5), 0]], rtol=1e-6)


def test_what_is_left_open_is_set_by_the_data(two_tastes: Dataset) -> None:
    # 20 choices each; .5 counts as much as 30 of 60 items; .065 of 20 held down by 50 in all.
    loss = IalsConfig.of({"unobserved": 0.5}).build().fit(two_tastes).meta()["loss"]
    assert loss == {"unobserved": 0.5, "regularisation": pytest.approx(0.065 * 20 / 50), "exponent": 1.0}
    assert (
        IalsConfig().build().fit(two_tastes).meta()["loss"]["unobserved"] == 1.0
    )  # 750 of 60, but 1 at most


def test_a_profile_is_folded_in_exactly(two_tastes: Dataset) -> None:
    model = IalsConfig.of(SMALL).build().fit(two_tastes)
    profiles = Profiles.of(two_tastes, np.arange(30), 1e12)
    vector_BD = model.person_vectors(profiles).astype(float)
    item_ID = model.item_ID.astype(float)
    for row in range(30):
        chosen_ED = item_ID[np.unique(profiles.history[row])]
        ridge = HELD * (len(chosen_ED) + UNOBSERVED * len(item_ID))
        matrix_DD = chosen_ED.T @ chosen_ED + UNOBSERVED * item_ID.T @ item_ID + ridge * np.eye(8)
        np.testing.assert_allclose(
            item_ID @ vector_BD[row], item_ID @ np.linalg.solve(matrix_DD, chosen_ED.sum(0)), atol=1e-5
        )


def test_few_steps_an_epoch_end_where_exact_solutions_end(two_tastes: Dataset) -> None:
    profiles = Profiles.of(two_tastes, np.arange(two_tastes.num_users), 1e12)
    losses = []
    for steps in (1, 2, 50):
        model = IalsConfig.of(SMALL | {"steps": steps, "epochs": 40}).build().fit(two_tastes)
        losses.append(loss_of(model, two_tastes, model.person_vectors(profiles).astype(float)))
    np.testing.assert_allclose(losses, losses[-1], rtol=1e-2)


def test_the_loss_falls_from_epoch_to_epoch(two_tastes: Dataset) -> None:
    events = IalsConfig.of(SMALL | {"epochs": 8}).build().training(two_tastes, seed=0)
    losses = [event.loss for event in events if isinstance(event, Epoch)]
    assert (np.diff(losses) < 0).all()


def test_a_resumed_training_ends_as_the_unbroken_one(two_tastes: Dataset, tmp_path: Path) -> None:
    path, config = tmp_path / "checkpoint", IalsConfig.of(SMALL)
    unbroken = config.build().fit(two_tastes, seed=3)
    broken = config.build()
    events = broken.training(two_tastes, seed=3)
    for _ in range(3):  # in the middle of the second epoch
        next(events)
    broken.checkpoint(path)
    resumed = config.build()
    left = [event for event in resumed.training(two_tastes, seed=3, resume=path) if isinstance(event, Epoch)]
    assert [event.number for event in left] == [2, 3, 4]
    np.testing.assert_array_equal(resumed.item_ID, unbroken.item_ID)
    np.testing.assert_array_equal(resumed.average_D, unbroken.average_D)


def test_a_checkpoint_of_another_training_is_refused(two_tastes: Dataset, tmp_path: Path) -> None:
    path, model = tmp_path / "checkpoint", IalsConfig.of(SMALL).build()
    events = model.training(two_tastes, seed=3)
    next(events)
    model.checkpoint(path)
    for other, seed in ((IalsConfig.of(SMALL), 4), (IalsConfig.of(SMALL | {"dims": 4}), 3)):
        with pytest.raises(TrainingError, match="does not fit this training.*Start the run anew"):
            next(other.build().training(two_tastes, seed=seed, resume=path))
    path.write_bytes(b"nonsense")
    with pytest.raises(TrainingError, match="does not fit this training"):
        next(IalsConfig.of(SMALL).build().training(two_tastes, seed=3, resume=path))


def test_the_best_epoch_on_validation_is_kept(two_tastes: Dataset) -> None:
    measures = iter([0.1, 0.3, 0.2, 0.1])
    model = IalsConfig.of(SMALL | {"patience": 2}).build()
    events = list(model.training(two_tastes, validate=lambda _: {MONITORED: next(measures)}))
    assert [event.best for event in events if isinstance(event, Epoch)] == [True, True, False, False]
    early = IalsConfig.of(SMALL | {"epochs": 2}).build().fit(two_tastes)
    np.testing.assert_array_equal(model.item_ID, early.item_ID)


def test_threads_change_nothing(two_tastes: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[np.ndarray] = []
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        found.append(IalsConfig.of(SMALL).build().fit(two_tastes).item_ID)
    np.testing.assert_array_equal(found[0], found[1])


def test_someone_of_whom_nothing_is_known_is_the_average_person(two_tastes: Dataset) -> None:
    model = IalsConfig.of(SMALL).build().fit(two_tastes)
    np.testing.assert_allclose(
        model.score(Profiles.new([], now=0)), [model.item_ID @ model.average_D], atol=1e-6
    )


def test_nothing_to_learn_from_is_said(two_tastes: Dataset) -> None:
    none = two_tastes.interactions.where(np.zeros(len(two_tastes.interactions), bool))
    with pytest.raises(DataError, match="has no events to learn from"):
        IalsConfig().build().fit(two_tastes.with_interactions(none, "none"))

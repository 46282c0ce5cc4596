"""Lists selected on the device equal those of numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recengine.core.columns import Repeats
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM, top_k
from recengine.models.base import allowed
from recengine.models.device_ranking import best_of
from recengine.models.events import Epoch
from recengine.models.lstm import LstmConfig


@pytest.mark.parametrize("repeats", ["both", "new", "again"])
@pytest.mark.parametrize("k", [5, 100])
def test_the_same_lists_as_numpy_makes(two_tastes: Dataset, repeats: Repeats, k: int) -> None:
    profiles = Profiles.of(two_tastes, np.arange(20), 1e12)
    draw = np.random.default_rng(0)
    score_BI = draw.permuted(np.tile(np.arange(two_tastes.num_items, dtype=np.float32), (20, 1)), axis=1)
    catalogue_I = draw.random(two_tastes.num_items) < 0.8
    ours = best_of(torch.from_numpy(score_BI), k, profiles, repeats, torch.from_numpy(catalogue_I))
    mask_BI = allowed(profiles, two_tastes.num_items, repeats, catalogue_I)
    expected = top_k(score_BI, k, allowed_UI=mask_BI)
    np.testing.assert_array_equal(ours.items_UK, expected.items_UK)
    np.testing.assert_array_equal(ours.scores_UK, expected.scores_UK)
    assert k == 5 or (ours.items_UK[:, -1] == NO_ITEM).all()


def test_ties_inside_a_list_go_to_the_lower_code(two_tastes: Dataset) -> None:
    profiles = Profiles.of(two_tastes, np.arange(2), 1e12)
    everything = torch.ones(two_tastes.num_items, dtype=torch.bool)
    tied = best_of(torch.zeros(2, two_tastes.num_items), two_tastes.num_items, profiles, "both", everything)
    np.testing.assert_array_equal(tied.items_UK[0], np.arange(two_tastes.num_items))


@pytest.mark.parametrize("loss", ["bce", "softmax"])
def test_training_in_bfloat16_learns_too(two_tastes: Dataset, loss: str) -> None:
    settings = {"precision": "bfloat16", "loss": loss, "repeats": "on", "epochs": 4, "dims": 8}
    epochs = [
        event.loss
        for event in LstmConfig.of(settings).build().training(two_tastes, seed=0)
        if isinstance(event, Epoch)
    ]
    assert np.isfinite(epochs).all()
    assert epochs[-1] < epochs[0]

"""What a network reads of profiles: the state after each person's last event, and that one alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from recengine.core.columns import TIME
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models import MODELS, model_config
from recengine.models.neural import NeuralRecommender
from recengine.models.reading import Histories

HISTORY = 8


@pytest.fixture(scope="module", params=["sasrec", "hstu", "lstm", "two-tower"])
def model(request: pytest.FixtureRequest, two_tastes: Dataset) -> NeuralRecommender[Any]:
    settings = MODELS[request.param].preset("quick") | {"epochs": 1, "history": HISTORY}
    made = model_config(request.param, settings).build().fit(two_tastes)
    assert isinstance(made, NeuralRecommender)
    return made


@pytest.mark.parametrize("longest", [0, 1, 5, HISTORY])
def test_scoring_reads_what_all_positions_read_at_the_last(
    model: NeuralRecommender[Any], two_tastes: Dataset, longest: int
) -> None:
    moment = float(np.quantile(two_tastes.interactions.column(TIME), 0.3))
    profiles = Profiles.of(two_tastes, np.arange(two_tastes.num_users), moment).last(longest)
    assert len(set(profiles.lengths)) > 1 or longest < 2
    with torch.inference_mode():
        network, content_ID = model._trained, model._contents()
        read = Histories.of(
            profiles, longest=HISTORY, day_s=model._day_s, num_items=model.num_items, device="cpu"
        )
        all_BTX = network.read(
            content_ID, read.items_BT, read.gains_BT, read.gap_BT, read.wait_BT, read.known_BT
        )
        last_BX = all_BTX[torch.arange(len(profiles)), read.last_B]
        torch.testing.assert_close(read.read(network, content_ID), last_BX, rtol=1e-6, atol=1e-6)

import os

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.edits import Edits
from recengine.core.split import SplitConfig
from recengine.models.ease import EaseConfig
from recengine.models.popularity import Popularity, PopularityConfig
from recengine.services import what_if_fast
from recengine.services.runs import run_folder
from recengine.services.starts import INVERSES
from recengine.services.training import split_of
from recengine.services.what_if_fast import Kin
from tests.services.conftest import Shop


@pytest.mark.parametrize(
    ("cores", "free_bytes"), [(2, 10**9), (2, 0), (1, 10**9)], ids=["both", "memory", "core"]
)
def test_models_of_one_kin_are_those_they_would_have_been_alone(
    cores: int, free_bytes: int, two_tastes: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(what_if_fast, "available_bytes", lambda: free_bytes)
    kin, config = Kin(), EaseConfig()
    for share in (0.1, 0.2):
        split = SplitConfig(test_share=share).build(two_tastes)
        for data in (split.train, split.before_test):
            found = kin.build(config, split).fit(data).arrays()["weight_II"]
            alone = config.build().fit(data).weight_II
            np.testing.assert_allclose(found, alone, rtol=1e-6, atol=1e-7)


def test_models_that_have_nothing_to_share_are_built_as_ever(two_tastes: Dataset) -> None:
    split = SplitConfig().build(two_tastes)
    assert isinstance(Kin().build(PopularityConfig(), split), Popularity)


def test_a_training_leaves_what_its_what_ifs_start_from(shop: Shop) -> None:
    run = shop.runs["ease"]
    kin, split = Kin(), split_of(shop.ws, run.id)
    kin.start_from(shop.ws, run.id)
    edited = split.edited(Edits.of(["drop people where id = u3"]).named(split.before_test), "kept")
    model = kin.build(EaseConfig(), edited).fit(edited.before_test)
    alone = EaseConfig().build().fit(edited.before_test)
    np.testing.assert_allclose(model.arrays()["weight_II"], alone.weight_II, rtol=1e-6, atol=1e-7)
    assert kin._inverses.fits == 0
    assert len(list((run_folder(shop.ws, run.id) / INVERSES).iterdir())) == 2

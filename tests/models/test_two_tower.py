"""The two towers: histories as bags, and items and people known by their features alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from recengine.core.columns import DAY, ITEM, TIME
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.data.encoders import Encoder
from recengine.models import MODELS, model_config
from recengine.models.bag_problem import BagProblem
from recengine.models.event_log import EventLog
from recengine.models.feature_embedding import FeatureTensors, Foretelling
from recengine.models.pool_reader import AttentionPool
from recengine.models.two_tower import TwoTower, TwoTowerConfig

NEURAL = [name for name, config in MODELS.items() if config.family == "neural"]


def prepared(data: Dataset, **settings: object) -> tuple[TwoTower, BagProblem]:
    model = TwoTowerConfig.of({"dims": 8, "targets": "any", **settings}).build()
    problem = model._prepare(data, seed=0, device="cpu").problem
    assert isinstance(problem, BagProblem)
    return model, problem


def test_shuffling_keeps_every_persons_events() -> None:
    log = EventLog(
        torch.tensor([0, 3, 3, 7]), torch.arange(7), torch.arange(7).double(), torch.ones(7) * torch.arange(7)
    )
    first, second = (log.shuffled(torch.Generator().manual_seed(seed)) for seed in (0, 1))
    for mixed in (first, second):
        assert sorted(mixed.items[:3].tolist()) == [0, 1, 2]
        assert sorted(mixed.items[3:].tolist()) == [3, 4, 5, 6]
        assert torch.equal(mixed.items.float(), mixed.gains)
    assert first.items.tolist() != second.items.tolist()


def test_a_target_is_never_in_its_own_input_nor_among_the_rivals(two_tastes: Dataset) -> None:
    """Also where somebody had an item twice, once on each side of the cut."""
    twice = pd.concat([two_tastes.interactions.frame] * 2)
    data = two_tastes.with_interactions(two_tastes.interactions.sorted(twice), "twice")
    _, problem = prepared(data, negatives=0)
    problem.begin_epoch(torch.Generator().manual_seed(0))
    asked = problem._ask(problem.windows, problem.batches[0], torch.Generator().manual_seed(0), 1)
    assert asked is not None
    _, before = problem._past(asked.moments, asked.rate_P, asked.salt)
    seen = torch.zeros(len(asked.moments), data.num_items, dtype=torch.bool)
    seen[before // data.num_items, before % data.num_items] = True
    candidates = problem._candidates(asked, torch.Generator().manual_seed(0))
    had = [
        set(two_tastes.interactions.frame[ITEM][two_tastes.interactions.frame["user"] == person])
        for person in asked.moments.people.tolist()
    ]
    for moment, items in enumerate(had):
        told = items - set(seen[moment].nonzero().squeeze(1).tolist())
        assert int((candidates.new_moment_N == moment).sum()) == len(told)
        assert set((~candidates.drawn_ok_PM[moment]).nonzero().squeeze(1).tolist()) == items
    assert not len(candidates.past_R)


def test_times_have_no_say_where_any_item_is_told_from_all_others(two_tastes: Dataset) -> None:
    model = TwoTowerConfig.of({"dims": 8, "epochs": 2, "targets": "any"}).build().fit(two_tastes)
    old, new = (
        model.score(Profiles.new([3, 5, 8], now=1e9, times=times))
        for times in ([1e9 - 900 * DAY, 1e9 - 30 * DAY, 1e9 - 1.0], [1e9 - 3.0, 1e9 - 2.0, 1e9 - 1.0])
    )
    np.testing.assert_allclose(old, new, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "targets"), [("given", "any"), ("random", "any"), ("temporal", "following")]
)
def test_the_exam_decides_what_is_told_from_what(kind: str, targets: str) -> None:
    assert TwoTowerConfig().for_exam(kind).targets == targets
    assert TwoTowerConfig.of({"targets": "any"}).for_exam(kind).targets == "any"


def test_attention_without_preferences_is_the_mean() -> None:
    pool = AttentionPool(2)
    with torch.no_grad():
        pool.values.weight.copy_(torch.eye(2))
        for weight in pool.strength.parameters():
            weight.zero_()
    events_BTD = torch.tensor([[[2.0, 0.0], [4.0, 6.0]]])
    none = torch.zeros(1, 2)
    torch.testing.assert_close(pool(events_BTD, none, none), torch.tensor([[[2.0, 0.0], [3.0, 3.0]]]))


def test_with_a_temperature_no_product_exceeds_its_inverse(two_tastes: Dataset) -> None:
    model, problem = prepared(two_tastes, temperature=0.25, loss="bsl")
    problem.network.eval()
    score = model.score(Profiles.of(two_tastes, np.arange(20), 1e12))
    assert np.abs(score).max() <= 4.0 + 1e-4
    assert np.abs(score).max() > 0.1


def test_features_foretell_a_vector_by_ridge_regression() -> None:
    """Two reds at (1, 0) and (3, 0), two blues at (0, -2): their mean is (1, -1), and with a penalty of one
    one-hot weight the way from it is 2 / (2 + 1/2 + 1/2) of what it would be without."""
    items = pd.DataFrame({"colour": ["red", "red", "blue", "blue", "red", None]})
    encoded = Encoder.fit(items[:4], {"colour": "categorical"}).transform(items)
    vectors = torch.tensor([[1.0, 0], [3, 0], [0, -2], [0, -2], [9, 9], [9, 9]])
    known = np.array([True] * 4 + [False] * 2)
    features = FeatureTensors.of(encoded, "cpu")
    expected = Foretelling.of(features, sum(encoded.sizes), known, vectors).vectors(features)
    torch.testing.assert_close(
        expected[4:], torch.tensor([[1 + 2 / 3, -1 + 2 / 3], [1.0, -1.0]]), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("name", NEURAL)
def test_an_item_nobody_had_goes_to_those_whom_its_features_suit(name: str, two_tastes: Dataset) -> None:
    """The last sweet and the last salty item are kept from training; chance puts half the people right."""
    late = [two_tastes.num_items - 2, two_tastes.num_items - 1]
    kept = ~np.isin(two_tastes.interactions.column(ITEM), late)
    data = two_tastes.with_interactions(two_tastes.interactions.where(kept), "without the last two")
    profiles = Profiles.of(data, np.arange(data.num_users), float(data.interactions.column(TIME)[-1]) + DAY)
    sizes = {"epochs": 8, "dims": 16, "history": 64}
    model = model_config(name, MODELS[name].presets["quick"] | sizes).build().fit(data, seed=0)
    assert model.described_items().all()
    score = model.score(profiles)
    right = (score[:, late[0]] > score[:, late[1]]) == (np.arange(data.num_users) % 2 == 0)
    assert right.mean() > 0.75
    bare = replace(data, items=replace(data.items, kinds={}))
    model = (
        model_config(name, MODELS[name].presets["quick"] | sizes | {"epochs": 1}).build().fit(bare, seed=0)
    )
    assert not model.described_items().any()
    unknown = model.score(profiles)[:, late]
    np.testing.assert_allclose(unknown[:, 0], unknown[:, 1], atol=1e-5)  # no chance vector sets them apart

"""On a GPU the same models learn, score and list as on the CPU, in less memory than naive code takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models import MODELS, load_model, model_config
from recengine.models.base import Candidates
from recengine.models.cross_entropy import cross_entropy
from recengine.models.events import Epoch

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine"),
]
NEURAL = [name for name, config in MODELS.items() if config.family == "neural"]
SMALL = {"epochs": 4, "dims": 16, "patience": 0}


@pytest.fixture
def profiles(two_tastes: Dataset) -> Profiles:
    return Profiles.of(two_tastes, np.arange(20), float(two_tastes.interactions.column("time")[-1]))


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_model_learns_there_and_scores_alike_on_both(
    name: str, precision: str, two_tastes: Dataset, profiles: Profiles, tmp_path: Path
) -> None:
    model = model_config(name, {**SMALL, "precision": precision}).build()
    losses = [
        event.loss for event in model.training(two_tastes, seed=0, device="cuda") if isinstance(event, Epoch)
    ]
    assert losses[-1] < losses[0]
    there = model.score(profiles)
    model.save(tmp_path, name)
    here = load_model(tmp_path).score(profiles)
    np.testing.assert_allclose(here, there, atol=2e-2)
    items, hidden = np.array([3, 3, 5], np.int32), np.eye(3, len(model.item_columns), dtype=bool)
    np.testing.assert_allclose(
        load_model(tmp_path).score_candidates(profiles, Candidates(items, hidden)),
        model.score_candidates(profiles, Candidates(items, hidden)),
        atol=2e-2,
    )
    lists = model.top_k(profiles, 5, repeats="new").items_UK
    expected = load_model(tmp_path, "cuda").top_k(profiles, 5, repeats="new").items_UK
    np.testing.assert_array_equal(lists, expected)


@pytest.mark.parametrize("name", NEURAL)
def test_a_training_goes_on_from_its_checkpoint(name: str, two_tastes: Dataset, tmp_path: Path) -> None:
    first = model_config(name, SMALL).build()
    for event in first.training(two_tastes, seed=0, device="cuda"):
        if isinstance(event, Epoch) and event.number == 2:
            first.checkpoint(tmp_path / "a.ckpt")
            break
    second: Any = model_config(name, SMALL).build()
    events = list(second.training(two_tastes, seed=0, device="cuda", resume=tmp_path / "a.ckpt"))
    assert [event.number for event in events if isinstance(event, Epoch)] == [3, 4]


def test_the_logits_of_half_a_million_items_never_exist_at_once() -> None:
    rows, items, dims = 16_384, 500_000, 64
    state = torch.randn(rows, dims, device="cuda", requires_grad=True)
    content = torch.randn(items, dims, device="cuda", requires_grad=True)
    target = torch.randint(items, (rows,), device="cuda")
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    with torch.autocast("cuda", torch.bfloat16):
        loss = cross_entropy(state, content, None, target)
    torch.autograd.backward(loss)
    taken = torch.cuda.max_memory_allocated() - before
    assert torch.isfinite(loss)
    assert taken < 0.25 * rows * items * 2  # of the logits alone, in bfloat16

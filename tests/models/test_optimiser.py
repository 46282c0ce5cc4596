"""Adam by rows: its arithmetic by hand, its memory counted, and when it is taken."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.models import model_config
from recengine.models.base import Recommender
from recengine.models.events import Epoch, Note
from recengine.models.optimiser import Optimisers, RowWiseAdam, too_large_for_adam

TINY_GIB = 1e-6


def test_two_steps_by_hand() -> None:
    table = nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    adam = RowWiseAdam([{"params": [table], "weight_decay": 0.5}], 0.1, memory=0.9, epsilon=0.0)
    table.grad = torch.tensor([[3.0, 1.0], [0.0, 0.0]])
    table.grad[1, 0] = 2.0
    adam.step()
    # Row 1: mean square (9 + 1) / 2 = 5, corrected for its short memory 5 again. Decay first: times .95.
    root = math.sqrt(5)
    expected = [[0.95 - 0.1 * 3 / root, 1.9 - 0.1 / root], [2.85 - 0.1 * 2 / math.sqrt(2), 3.8]]
    np.testing.assert_allclose(table.detach(), expected, rtol=1e-6)
    table.grad = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    adam.step()
    # Now (.9 x .1 x 5 + .1 x 1) / (1 - .81); the row without a gradient only decays.
    root = math.sqrt((0.9 * 0.1 * 5 + 0.1) / (1 - 0.81))
    np.testing.assert_allclose(table.detach()[0], 0.95 * np.array(expected[0]) - 0.1 / root, rtol=1e-6)
    np.testing.assert_allclose(table.detach()[1], 0.95 * np.array(expected[1]), rtol=1e-6)


def test_it_keeps_one_number_a_row() -> None:
    table, other = nn.Parameter(torch.ones(50, 8)), nn.Parameter(torch.ones(3))
    both = Optimisers([{"params": [other]}, {"params": [table], "row_wise": True}], 0.1)
    (table.sum() + other.sum()).backward()  # type: ignore[no-untyped-call]
    both.step()
    adam, rows = both.state_dict()
    assert sum(part.numel() for part in rows["state"][0].values()) == 50 + 1
    assert sum(part.numel() for part in adam["state"][0].values()) == 2 * 3 + 1


def test_a_checkpoint_of_the_other_kind_is_none() -> None:
    table = nn.Parameter(torch.ones(5, 2))
    plain = Optimisers([{"params": [table]}], 0.1)
    mixed = Optimisers(
        [{"params": [nn.Parameter(torch.ones(2))]}, {"params": [table], "row_wise": True}], 0.1
    )
    with pytest.raises(ValueError, match="zip"):
        mixed.load_state_dict(plain.state_dict())


def test_the_budget_decides_and_the_note_has_the_numbers() -> None:
    table = torch.zeros(2**20, 64)  # 1/4 GiB: 1 GiB with Adam
    assert too_large_for_adam(table, 1.0) is None
    note = too_large_for_adam(table, 0.9)
    assert note is not None
    assert "1,048,576 items" in note.text
    assert "would take 1 GiB where 0.9 GiB are allowed" in note.text
    assert "(0.504 GiB in all)" in note.text
    assert too_large_for_adam(torch.zeros(10, 2), 0.0) is None  # there is that much room on any machine


def _trained(model: Recommender, data: Dataset) -> tuple[list[str], list[float]]:  # type: ignore[type-arg]
    events = list(model.training(data, seed=0))
    notes = [event.text for event in events if isinstance(event, Note)]
    return notes, [event.loss for event in events if isinstance(event, Epoch)]


@pytest.mark.parametrize("start", ["svd", "random"])
def test_a_model_past_its_budget_says_so_and_still_learns(two_tastes: Dataset, start: str) -> None:
    settings = {"epochs": 6, "dims": 8, "start": start}
    usual, _ = _trained(model_config("lstm", settings).build(), two_tastes)
    assert usual == []
    notes, losses = _trained(model_config("lstm", {**settings, "memory_gib": TINY_GIB}).build(), two_tastes)
    assert len(notes) == 1
    assert losses[-1] < losses[0]


def test_a_run_by_rows_goes_on_bit_for_bit(two_tastes: Dataset, tmp_path: Path) -> None:
    config = model_config("lstm", {"epochs": 3, "dims": 8, "memory_gib": TINY_GIB})
    profiles = Profiles.of(two_tastes, np.arange(4), 1e9)
    unbroken = config.build().fit(two_tastes, seed=0).score(profiles)
    first, again = config.build(), config.build()
    for event in first.training(two_tastes, seed=0):
        if isinstance(event, Epoch) and event.number == 2:
            first.checkpoint(tmp_path / "a.ckpt")
            break
    list(again.training(two_tastes, seed=0, resume=tmp_path / "a.ckpt"))
    np.testing.assert_array_equal(again.score(profiles), unbroken)

"""What a history says about an item coming again, by hand."""

import math

import pytest
import torch

from recengine.models.repeats import NUM_FEATURES, pairs_of


def test_counts_ages_and_gaps_by_hand() -> None:
    # Moment 0 had item 3 thirty, twenty and ten days ago and item 5 today; moment 1 had item 3 a week ago.
    pairs = pairs_of(
        torch.tensor([0, 0, 0, 0, 1]),
        torch.tensor([3, 3, 5, 3, 3]),
        torch.tensor([30.0, 20.0, 0.0, 10.0, 7.0]),
        num_moments=2,
        num_items=10,
    )
    assert list(zip(pairs.moments.tolist(), pairs.items.tolist(), strict=True)) == [(0, 3), (0, 5), (1, 3)]
    assert pairs.features_RF.shape == (3, NUM_FEATURES)
    regular, today, week = pairs.features_RF
    assert regular[3] == pytest.approx(math.log(4))  # three times
    assert regular[4] == pytest.approx(math.log(11) / 4)  # last ten days ago
    assert regular[5] == pytest.approx(math.log(31) / 4)  # first thirty days ago
    assert regular[6] == pytest.approx(math.log(11) / 4)  # every ten days
    assert regular[8] == pytest.approx(10 / 11 / 2)  # nearly due
    assert today[0] == pytest.approx(math.log(5))  # nothing has faded yet
    assert today[6] == today[8] == 0  # once is no rhythm
    assert week[0] == pytest.approx(math.log1p(4 * 0.5))  # half-life of seven days
    assert week[9] == pytest.approx(math.log(2) / 6)  # one event in all


def test_no_past_gives_no_pairs() -> None:
    nothing = torch.zeros(0, dtype=torch.int64)
    assert len(pairs_of(nothing, nothing, torch.zeros(0), 3, 10).moments) == 0

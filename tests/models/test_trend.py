"""Popularity at a moment counts only what was before it."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import torch

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset, Entities, Interactions
from recengine.models.trend import Trend


@pytest.fixture
def trend() -> Trend:
    """Item 0 on days 0 to 9, item 1 on days 90 to 99."""
    days = [*range(10), *range(90, 100)]
    frame = pd.DataFrame({USER: 0, ITEM: [0] * 10 + [1] * 10, TIME: [d * DAY for d in days], WEIGHT: 1.0})
    data = Dataset("t", Interactions.sorted(frame), Entities.bare(["u"]), Entities.bare(["a", "b"]), "t")
    trend = Trend.of(data, DAY)
    with torch.no_grad():
        trend.weights.copy_(torch.tensor([1.0, 0.0]))  # the recent share alone
    return trend


def test_the_recent_share_by_hand(trend: Trend) -> None:
    now = torch.tensor([100.0], dtype=torch.float64)
    recent = trend.all_items(now)[0]
    # Ten of ten recent events are item 1's; each item is credited with half an event.
    assert recent[0].item() == pytest.approx(math.log(0.5 * 2 / 11), abs=1e-5)
    assert recent[1].item() == pytest.approx(math.log(10.5 * 2 / 11), abs=1e-5)


def test_single_pairs_and_whole_catalogues_agree(trend: Trend) -> None:
    now = torch.tensor([5.0, 95.0, 5.0, 400.0, -3.0], dtype=torch.float64)
    everything = trend.all_items(now)
    singles = trend(now, torch.tensor([0, 1, 1, 1, 0]))
    assert torch.equal(singles, everything[torch.arange(5), torch.tensor([0, 1, 1, 1, 0])])
    assert torch.equal(trend.all_items(now, torch.tensor([1])), everything[:, 1:])


def test_the_day_under_way_is_not_known_yet(trend: Trend) -> None:
    morning, evening = torch.tensor([90.01]).double(), torch.tensor([90.99]).double()
    assert torch.equal(trend.all_items(morning), trend.all_items(evening))
    assert trend.all_items(evening)[0, 1] == trend.all_items(evening)[0, 0]  # nothing in the last 28 days


def test_long_after_the_data_the_last_known_days_count(trend: Trend) -> None:
    later = trend.all_items(torch.tensor([500.0]).double())
    assert torch.equal(later, trend.all_items(torch.tensor([100.0]).double()))

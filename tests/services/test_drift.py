"""Drift: found where lists have become worse, with when, from what and to what."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recengine.services.drift import Drift, cuts, drift_of


def lists(first: float, then: float, seed: int = 0) -> Drift:
    """1,500 lists of which one share earns something, and 1,500 of which another does, one an hour."""
    draw = np.random.default_rng(seed)
    hit = np.r_[draw.random(1500) < first, draw.random(1500) < then].astype(np.float64)
    at = pd.Series(pd.date_range("2026-01-01", periods=3000, freq="h", tz="UTC"))
    return drift_of(hit, at, "lists that earned something")


def test_a_fall_is_found_and_a_full_training_proposed() -> None:
    found = lists(0.30, 0.15)
    assert found.found
    assert found.before == pytest.approx(0.30, abs=0.03)
    assert found.after == pytest.approx(0.15, abs=0.05)
    changed = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=1500)
    assert found.at is not None
    assert abs(found.at - changed) < pd.Timedelta(hours=100)
    assert "Worse, in lists that earned something: 0.290 before 04 Mar 2026" in found.sentence
    assert found.sentence.endswith("Train again in full.")
    assert len(cuts(found.curve["hit"].to_numpy())[0]) == 1
    assert found.as_dict()["lists"] == len(found.curve) == 3000


def test_a_rise_is_said_and_proposes_nothing() -> None:
    found = lists(0.15, 0.30)
    assert not found.found
    assert found.sentence.startswith("Better")


def test_where_nothing_changes_hardly_any_alarm_is_raised() -> None:
    assert sum(lists(0.25, 0.25, seed).found for seed in range(10)) <= 1
    nothing = drift_of(np.zeros(0), pd.Series([], dtype="datetime64[ns, UTC]"), "lists")
    assert not nothing.found
    assert nothing.as_dict()["before"] is None

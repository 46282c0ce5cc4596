"""Models of two groups with two tastes, fitted once for all tests of explanations."""

from __future__ import annotations

from typing import Any

import pytest

from recengine.core.dataset import Dataset
from recengine.models import model_config
from recengine.models.base import Recommender


@pytest.fixture(scope="session")
def towers(two_tastes: Dataset) -> Recommender[Any]:
    """A neural network that reads features; trained briefly."""
    return model_config("two-tower", {"epochs": 3, "dims": 8, "learning_rate": 0.01}).build().fit(two_tastes)


@pytest.fixture(scope="session")
def ease(two_tastes: Dataset) -> Recommender[Any]:
    """A linear model of the past alone."""
    return model_config("ease").build().fit(two_tastes)

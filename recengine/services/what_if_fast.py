"""Trainings in one process that differ by an edit: what one has solved shortens the way of the next."""

from __future__ import annotations

from typing import Any

from recengine.models.base import ModelConfig, Recommender
from recengine.models.ease import Ease, EaseConfig
from recengine.models.ease_updates import Inverses


class Kin:
    """Builds models that share what they solve; each is the one it would have been alone."""

    def __init__(self) -> None:
        self._inverses = Inverses()

    def build(self, settings: ModelConfig) -> Recommender[Any]:
        """The model of these settings, not fitted yet."""
        if isinstance(settings, EaseConfig):
            return Ease(settings, self._inverses.weights)
        return settings.build()

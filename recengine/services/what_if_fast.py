"""Trainings in one process that differ by an edit: what one has solved shortens the way of the next."""

from __future__ import annotations

import os
from typing import Any

from recengine.core.split import Split
from recengine.models import event_matrix
from recengine.models.base import ModelConfig, Recommender
from recengine.models.ease import BYTES_PER_PAIR, Ease, EaseConfig, available_bytes
from recengine.models.ease_kept import left_in
from recengine.models.ease_updates import Inverses
from recengine.services.runs import run_folder
from recengine.services.starts import INVERSES
from recengine.services.workspace import Workspace

MATRICES = 3  # times what a fit takes: both fits at once, and the inverses that are kept


class Kin:
    """Builds models that share what they solve; each is the one it would have been alone."""

    def __init__(self) -> None:
        self._inverses = Inverses()
        self._begun: Split | None = None

    def start_from(self, ws: Workspace, run_id: str) -> None:
        """What the training of this run has left is a way to the models of its edits."""
        self._inverses.start_from(left_in(run_folder(ws, run_id) / INVERSES))

    def build(self, settings: ModelConfig, split: Split) -> Recommender[Any]:
        """The model of these settings, not fitted yet."""
        if not isinstance(settings, EaseConfig):
            return settings.build()
        if split is not self._begun and (os.cpu_count() or 1) > 1 and _both_fit(split):
            self._begun = split
            x_UI = event_matrix.of_dataset(split.before_test, settings.weighting)
            self._inverses.ahead(x_UI, settings.regularisation)
        return Ease(settings, self._inverses.weights)


def _both_fit(split: Split) -> bool:
    """Whether there is memory for both fits of a run at once."""
    return MATRICES * BYTES_PER_PAIR * split.before_test.num_items**2 < available_bytes()

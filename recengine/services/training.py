"""Train a model to its end and let it sit the test: fit, save, measure, keep."""

from __future__ import annotations

from collections.abc import Callable

from recengine.models.events import Event
from recengine.services.runs import Run, TrainSpec
from recengine.services.workspace import Workspace


def train(ws: Workspace, spec: TrainSpec, *, on_event: Callable[[Event], None] | None = None) -> Run:
    """Train in this process, from start to measured result.

    Raises:
        RecengineError: settings or data do not fit, or training had to stop; the run keeps the reason.
    """
    raise NotImplementedError

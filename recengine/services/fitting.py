"""One fit as a job does it: heard, written down now and then, ended where somebody asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recengine.core.dataset import Dataset
from recengine.models.base import ModelConfig, Recommender
from recengine.models.events import Epoch, Event, Note, Validate
from recengine.services.checkpoint import Checkpoint
from recengine.services.keyboard import ctrl_c_noted
from recengine.services.recorder import Phase, Recorder, in_words
from recengine.services.search import Candidate

Told = Event | Candidate  # what a listener hears of
CHECKPOINT_SHARE = 0.05  # most of the time that writing checkpoints may take


@dataclass(frozen=True)
class Fitting:
    """How the fits of a job are done.

    Attributes:
        on_event: told of every event, beside the recorder.
        checkpoint_s: seconds between checkpoints; so much work a kill can cost.
    """

    recorder: Recorder
    on_event: Callable[[Told], None]
    seed: int
    device: str
    checkpoint_s: float

    def fit(
        self,
        model: Recommender[Any],
        data: Dataset,
        phase: Phase,
        checkpoint: Checkpoint,
        *,
        validate: Validate | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Fit, going on from the checkpoint if there is one; False where it was `enough` before the end.

        Raises:
            Interrupted: the run was asked to pause or stop; the checkpoint has what was done so far.
            RecengineError: it cannot be done; the message is for the user.
        """
        due_at = time.monotonic() + self.checkpoint_s
        events = model.training(
            data, seed=self.seed, device=self.device, validate=validate, resume=checkpoint.resumed(phase)
        )
        with ctrl_c_noted() as ctrl_c:
            for event in events:
                phase.hear(event)
                self.on_event(event)
                if ctrl_c():
                    self.recorder.want = "stop"
                if self.recorder.want != "run":
                    checkpoint.write(model, phase)
                    self.recorder.obey()
                if enough():
                    return False
                if time.monotonic() >= due_at:
                    seconds = checkpoint.write(model, phase)
                    due_at = time.monotonic() + max(self.checkpoint_s, seconds / CHECKPOINT_SHARE)
        self.recorder.flush()
        return True


def line_of(told: Told) -> str:
    """What is worth a line of a log, in words; "" for a sign of life."""
    match told:
        case Epoch():
            return in_words(told)
        case Note():
            return told.text
        case Candidate():
            return told.as_line()
    return ""


def refits(settings: ModelConfig) -> bool:
    """Whether a run fits once more, on all events before the test; always where there are no epochs."""
    return not settings.build().iterative or bool(getattr(settings, "refit", False))


def num_fits(settings: ModelConfig) -> int:
    """How many fits a run takes."""
    return 2 if refits(settings) else 1

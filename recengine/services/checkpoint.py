"""Where a fit writes down where it stands: the model's own file, and beside it what the run knows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from recengine.models.base import Recommender
from recengine.services.files import read_json, write_json
from recengine.services.recorder import Phase


class Checkpoint:
    """One fit's checkpoint. Models learnt in one go write none, and start again."""

    def __init__(self, folder: Path, *, refit: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._model = folder / ("refit.ckpt" if refit else "search.ckpt")
        self._phase = self._model.with_suffix(".ckpt.json")

    @property
    def exists(self) -> bool:
        """Whether there is something to go on from."""
        return self._model.exists()

    def write(self, model: Recommender[Any], phase: Phase) -> float:
        """Write both, each atomically; the seconds that took.

        The run's part goes first: killed in between, the model repeats passes that the run has
        counted, which changes nothing; the other way round a pass would be missing.
        """
        began = time.monotonic()
        write_json(self._phase, phase.state())
        model.checkpoint(self._model)
        return time.monotonic() - began

    def resumed(self, phase: Phase) -> Path | None:
        """The file from which the model goes on, the phase brought to the same point; None at the start."""
        if not self.exists:
            return None
        phase.go_on(read_json(self._phase))
        return self._model

    def remove(self) -> None:
        """Both are of no use once the model is saved."""
        for path in (self._model, self._phase):
            path.unlink(missing_ok=True)

"""One candidate of a search while it is tried: how it is judged, and what is told meanwhile."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recengine.models.base import ModelConfig, Recommender
from recengine.models.events import MONITORED, Epoch, Event, Note
from recengine.services.files import replacing
from recengine.services.fitting import Fitting
from recengine.services.recorder import Phase
from recengine.services.search import Candidate, Search

if TYPE_CHECKING:
    from recengine.services.evaluation import PersonValidate

CHOSEN = 0.75  # share of the progress bar that choosing takes
TRIAL = "trial-"  # begins the names of the points of candidates


def points_of(place: int) -> str:
    """What the names of a candidate's points begin with."""
    return f"{TRIAL}{place}:"


class Judged:
    """Measures a model as it learns and keeps, person by person, how it did after its best pass."""

    def __init__(self, judge: PersonValidate, path: Path, *, go_on: bool) -> None:
        self._judge, self._path = judge, path
        self.best = np.load(path, allow_pickle=False) if go_on and path.exists() else None

    def __call__(self, model: Recommender[Any]) -> dict[str, float]:
        found = self._judge(model)
        own_U = found[MONITORED]
        if self.best is None or own_U.mean() > self.best.mean():
            self.best = own_U
            with replacing(self._path) as draft:
                np.save(draft, own_U, allow_pickle=False)
        return {metric: float(value_U.mean()) for metric, value_U in found.items()}


def scored(one: Candidate, ndcg_U: NDArray[np.float64], best_pass: int) -> Candidate:
    """The candidate with its mean NDCG@10 and interval, from what each person got after the best pass."""
    from recengine.metrics.intervals import bootstrap

    interval = bootstrap(ndcg_U)
    return replace(one, epochs=best_pass, value=interval.mean, low=interval.low, high=interval.high)


class TrialPhase(Phase):
    """One candidate's fit, told as a part of the search."""

    def __init__(
        self, fitting: Fitting, search: Search, one: Candidate, settings: ModelConfig, began: float
    ) -> None:
        passes = int(getattr(settings, "epochs", 1))
        super().__init__(
            fitting.recorder, (0.0, CHOSEN), passes=passes, prefix=points_of(len(search.candidates))
        )
        self._search, self._one, self._began = search, one, began
        fitting.recorder.stage("training", self._said())
        self._tell(0.0)

    def hear(self, event: Event) -> None:
        """Take in one event; what a model that may not win has to say is not the run's."""
        if not isinstance(event, Note):
            super().hear(event)

    def _said(self) -> str:
        best = self._search.leader
        so_far = f"; best so far: {best.title} with NDCG@10 {best.score:.3f}" if best else ""
        passes = f", pass {self.epochs + 1} of {self._passes}" if self._passes > 1 else ""
        return f"trying {self._one.title} ({self._one.choice}{passes}){so_far}"

    def _tell(self, share: float, *, per_second: float = math.nan, eta_s: float | None = None) -> None:
        used_s = self._search.used_s + time.monotonic() - self._began
        left_s = max(0.0, self._search.budget_s - used_s)
        super()._tell(min(1.0, used_s / self._search.budget_s), per_second=per_second, eta_s=left_s)

    def _finish_pass(self, epoch: Epoch) -> None:
        self._recorder.note(self._said())

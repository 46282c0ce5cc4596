"""The state of things in one sentence, a few tiles and one real person."""

from __future__ import annotations

from dataclasses import dataclass

from recengine.services.datasets import DatasetCard
from recengine.services.jobs import JobView
from recengine.services.people import PersonView
from recengine.services.recommend import RecommendationList
from recengine.services.runs import Run
from recengine.services.workspace import Workspace

FIRST_MODELS = ("popularity", "habit", "ease", "lstm")


@dataclass(frozen=True)
class Tile:
    """One number against the better baseline.

    Attributes:
        help: the metric's definition in one sentence.
        lift: relative difference to the baseline (0.1 = 10 % higher); NaN where there is none.
        good: whether the difference is an improvement; None where it is no real difference.
        verdict: the difference in words, with its interval.
    """

    label: str
    metric: str
    value: float
    baseline: str
    baseline_value: float
    lift: float
    good: bool | None
    verdict: str
    help: str


@dataclass(frozen=True)
class Overview:
    """What the landing page shows.

    Attributes:
        state: "empty" (nothing yet), "preparing" (first jobs under way, no result yet), "ready".
        sentence: the state in one sentence.
        data_as_of: time of the newest event, in seconds as in core; None where there are no data.
        trained_at: seconds since 1970.
        best: the run the tiles speak of.
        jobs: those under way, or ended without success since the last success.
        progress: of all jobs of the first visit together, 0 to 1.
    """

    state: str
    sentence: str
    dataset: DatasetCard | None
    data_as_of: float | None
    trained_at: float | None
    best: Run | None
    tiles: list[Tile]
    person: PersonView | None
    recommendations: RecommendationList | None
    jobs: list[JobView]
    progress: float


def overview(ws: Workspace, dataset: str | None = None, *, person: str | None = None) -> Overview:
    """The state of one dataset (by default the one trained on last); person: whose list to show."""
    raise NotImplementedError


def ensure_first_models(ws: Workspace) -> list[Run]:
    """On an empty workspace, queue the sample's first models (quick presets); else do nothing."""
    raise NotImplementedError

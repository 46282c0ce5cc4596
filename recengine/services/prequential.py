"""Prequential evaluation: day by day, each way of learning is tested on the day, then learns from it.

(Dawid, JRSS A 1984; Gama, Sebastiao & Rodrigues, Machine Learning 2013.) Every day those who did something
are asked just before their day begins, of items that somebody had by then. All ways see people's histories
up to that moment; they differ in how their models are kept up to date.

W ways, N lists, D days, K places.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import DAY, TIME, Repeats
from recengine.core.config import Config
from recengine.core.dataset import Dataset, Interactions, digest
from recengine.core.errors import DataError, SettingsError, did_you_mean
from recengine.core.profiles import Profiles
from recengine.core.split import SplitConfig
from recengine.core.task import known, task_of
from recengine.models import model_config
from recengine.models.base import ModelConfig
from recengine.services import tasks
from recengine.services.datasets import dataset_card, prepare
from recengine.services.days import Days, kept_days
from recengine.services.prequential_words import Prequential as Prequential
from recengine.services.prequential_words import result_of
from recengine.services.questions import ask
from recengine.services.workspace import Workspace
from recengine.strategy.learning.learners import Learner, learner_of

Way = Literal["incremental", "nightly", "frozen", "popularity"]
WAYS: dict[str, str] = {
    "incremental": "{model}, updated every night",
    "nightly": "{model}, trained anew every night",
    "frozen": "{model}, never updated",
    "popularity": "Popularity, counted anew every night",
}
KIND = "prequential"
K = 10
VERSION = 1  # raise it when something here changes what a day gives
Progress = Callable[[float, float, str], None]


class Asked(Config):
    """What is compared, and over which days."""

    dataset: str
    fingerprint: str = ""
    model: str = "ease"
    settings: dict[str, Any] = Field(default_factory=dict)
    days: int = Field(default=60, ge=2, le=3660, description="The last so many days of the data.")
    ways: tuple[Way, ...] = ("incremental", "nightly", "frozen", "popularity")
    people: int = Field(default=500, ge=1, description="At most so many are asked a day, drawn by chance.")
    repeats: Repeats | None = None
    seed: int = Field(default=0, ge=0)

    def model_settings(self) -> ModelConfig:
        """The settings of the model that is compared."""
        return model_config(self.model, self.settings)


def ask_for_prequential(ws: Workspace, dataset: str, **asked: Any) -> tasks.Task:
    """Have it worked out in the background; the task's result is for `Prequential.of_dict`.

    The same asked again after a stop or a kill goes on with the first day that is missing.

    Args:
        asked: fields of `Asked`.

    Raises:
        SettingsError, NotFoundError, DataError: as `checked`.
    """
    spec = checked(ws, Asked.of({"dataset": dataset, **asked}))
    return tasks.submit(ws, KIND, about=dataset, spec=spec.model_dump(mode="json"))


def work(ws: Workspace, spec: dict[str, Any], report: Progress) -> dict[str, Any]:
    """`prequential` as a task."""
    return prequential(ws, Asked.of(spec), progress=report).as_dict()


def checked(ws: Workspace, asked: Asked) -> Asked:
    """The same about exactly the data of today.

    Raises:
        SettingsError: no such model or setting, or nothing to compare.
        NotFoundError: no such dataset.
        DataError: it has no times, or the days asked for are all there are.
    """
    card = dataset_card(ws, asked.dataset, asked.fingerprint or None)
    if card.about.time_kind == "order":
        raise DataError(f"dataset '{asked.dataset}' has no times, so there are no days to go through.")
    if len(set(asked.ways)) < 2:
        raise SettingsError(f"at least two ways are compared. {did_you_mean('', WAYS)}")
    asked.model_settings()
    return asked.model_copy(update={"fingerprint": card.fingerprint})


def prequential(
    ws: Workspace, asked: Asked, *, progress: Progress = lambda done, total, message: None
) -> Prequential:
    """Go through the days; what was done of them before is taken over.

    Raises:
        SettingsError, NotFoundError, DataError: as `checked`.
    """
    asked = checked(ws, asked)
    dataset = prepare(ws, asked.dataset, asked.fingerprint)
    race = Race(asked, dataset)
    days = kept_days(_folder(ws, asked), race.days)
    for day in days.missing():
        done = len(race.days) - len(days.missing())
        progress(done, len(race.days), f"{np.datetime64(day, 'D')}: asking, then learning")
        days.keep(day, race.go_through(day, days))
    progress(len(race.days), len(race.days), "")
    return result_of(asked.model_dump(mode="json"), dataset.about, race.titles, days, K)


def _folder(ws: Workspace, asked: Asked) -> Path:
    return ws.root / KIND / digest(VERSION, asked.model_dump_json(exclude={"dataset"}))


class Race:
    """All ways on the same days.

    Attributes:
        days: those of the period on which something happened, as days since 1970.
    """

    def __init__(self, asked: Asked, dataset: Dataset) -> None:
        self.asked, self.dataset = asked, dataset
        self._day_E = np.floor(dataset.interactions.column(TIME) / DAY).astype(np.int64)
        last = int(self._day_E[-1])
        self.days = [int(day) for day in np.unique(self._day_E) if day > last - asked.days]
        if self._day_E[0] >= self.days[0]:
            raise DataError(
                f"the last {asked.days} days are all there are of '{dataset.name}'; ask for fewer, so that "
                "something is left to learn from beforehand."
            )
        self._settings: dict[str, ModelConfig] = {
            way: model_config("popularity") if way == "popularity" else asked.model_settings()
            for way in asked.ways
        }
        self._repeats = asked.repeats or dataset.about.repeats
        self._learners: dict[str, Learner[Any]] = {}

    @property
    def titles(self) -> dict[str, str]:
        """What to call each way."""
        return {way: WAYS[way].format(model=self._settings[way].title) for way in self.asked.ways}

    def go_through(self, day: int, days: Days) -> dict[str, NDArray[Any]]:
        """Learn from all before the day, then be tested on it; one row a list, ways side by side.

        Arrays: person (N,), ndcg and hit (W, N), update_s (W,).
        """
        before = self._before(day)
        update_s = [self._bring_up(way, before, day, days) for way in self.asked.ways]
        people, profiles, targets = self._exam(before, day)
        found: dict[str, list[NDArray[np.float64]]] = {"ndcg": [], "hit": []}
        for way in self.asked.ways:
            for name, value_N in self._tested(self._learners[way], before, profiles, targets).items():
                found[name].append(value_N)
        return {
            "person": people,
            "ndcg": np.stack(found["ndcg"]),
            "hit": np.stack(found["hit"]),
            "update_s": np.array(update_s),
        }

    def _before(self, day: int) -> Dataset:
        past = self.dataset.interactions.where(self._day_E < day)
        return self.dataset.with_interactions(past, f"before day {day}")

    def _bring_up(self, way: str, before: Dataset, day: int, days: Days) -> float:
        """Have a way know what it knows on the morning of that day; the seconds that took."""
        began = perf_counter()
        learner = self._learners.get(way)
        if way == "frozen":
            if learner is None:
                self._start(way, self._before(self.days[0]))
                return perf_counter() - began
            return 0.0
        if learner is None:
            learner = self._start(way, before, days if way == "incremental" else None)
        elif way == "incremental":
            learner.update(before)
        else:
            learner.start(before)
        seconds = perf_counter() - began
        if way == "incremental" and not learner.exact:
            days.keep_model(day, learner.model, self.asked.model)
        return seconds

    def _start(self, way: str, before: Dataset, days: Days | None = None) -> Learner[Any]:
        """The first training, or what an interrupted comparison has left of a model that is not exact."""
        learner = learner_of(self._settings[way], self.asked.seed)
        kept = None if days is None or learner.exact else days.last_model()
        if kept is None:
            learner.start(before)
        else:
            learner.take(kept[1], self._before(kept[0]))
            learner.update(before)
        self._learners[way] = learner
        return learner

    def _exam(self, before: Dataset, day: int) -> tuple[NDArray[np.int32], Profiles, Any]:
        """Who is asked, as they stood before the day, and what they chose on it."""
        today = Interactions(self.dataset.interactions.frame[self._day_E == day].reset_index(drop=True))
        task = task_of(before, today, SplitConfig(kind="temporal"))
        question = ask(task, self._repeats)
        chosen = np.arange(len(question.places))
        if len(chosen) > self.asked.people:
            draw = np.random.default_rng((self.asked.seed, day))
            chosen = np.sort(draw.choice(chosen, self.asked.people, replace=False))
        places = question.places[chosen]
        return task.people[places], task.profiles.take(places), question.targets.take(chosen)

    def _tested(
        self, learner: Learner[Any], before: Dataset, profiles: Profiles, targets: Any
    ) -> dict[str, NDArray[np.float64]]:
        from recengine.metrics import ranking

        learnt_I = known(learner.data, "item", before.num_items) | learner.model.described_items()
        listed = learner.model.top_k(profiles, K, repeats=self._repeats, catalogue_I=learnt_I)
        hits_NK = ranking.hits(listed.items_UK, targets)
        return {
            "ndcg": ranking.ndcg(hits_NK, targets.lengths),
            "hit": ranking.hit_rate(hits_NK, targets.lengths),
        }

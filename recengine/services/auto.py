"""Auto: tries the models on the shelf within a time budget and chooses one, judged on the validation alone.

What was tried is kept with the run, one candidate after the other, so a search that was paused or killed
goes on from there. The winner is then trained as any run is, and sits the test as the only one.
"""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recengine.core.dataset import Dataset
from recengine.core.errors import RecengineError, TrainingError
from recengine.core.split import Split
from recengine.models.base import ModelConfig, Recommender
from recengine.services.checkpoint import Checkpoint
from recengine.services.estimates import Pace
from recengine.services.files import read_json, remove_folder, write_json
from recengine.services.fitting import Fitting
from recengine.services.recorder import COUNT, Interrupted
from recengine.services.recovery import error_in_words
from recengine.services.rounds import next_candidate, settings_of, waiting
from recengine.services.runs import BUDGET_S, Run, get_run, run_folder
from recengine.services.search import Candidate, Search, decided, in_words
from recengine.services.store import Store
from recengine.services.trial import TRIAL, Judged, TrialPhase, points_of, scored
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.evaluation import PersonValidate

# So many times too long may a fit seem that is begun all the same: it is cut short where it is.
UNSURE = 3.0  # by a model never timed here
EARLY = 2.0  # by one that learns pass by pass, and often needs fewer than it may take
MOST_TIMES = 3  # that one candidate is begun; where its process dies each time, memory is too small for it


def choose_model(ws: Workspace, run: Run, dataset: Dataset, split: Split, fitting: Fitting) -> Run:
    """The run, settled on the model that does best on the validation.

    Raises:
        TrainingError: nobody to judge on, or not one model could be trained.
        Interrupted: it was asked to pause or stop; what was tried so far is kept.
    """
    from recengine.services.evaluation import person_validator

    judge = person_validator(split, run.spec.repeats)
    if judge is None:
        raise TrainingError(
            "nobody is left in the validation to judge models on. Choose another split or question, or name "
            "the model to be trained."
        )
    trials = _Trials(ws, run, dataset, split, fitting, judge)
    trials.try_all()
    return trials.choose()


class _Trials:
    """The search of one run: what it has tried, and the time it has left."""

    def __init__(
        self,
        ws: Workspace,
        run: Run,
        dataset: Dataset,
        split: Split,
        fitting: Fitting,
        judge: PersonValidate,
    ) -> None:
        self._ws, self._run, self._dataset, self._split = ws, run, dataset, split
        self._fitting, self._judge, self._size = fitting, judge, dataset.size
        self._search = run.search or Search(budget_s=run.spec.budget_s or float(BUDGET_S))
        self._pace = Pace.measured(ws)
        for one in self._search.candidates:
            self._learn_pace(one)

    def try_all(self) -> None:
        """Try candidates until there are no more, or none fits into the time that is left."""
        passed_over: list[Candidate] = []
        while one := next_candidate([*self._search.candidates, *passed_over], self._size):
            why_not = self._why_not(one)
            if not why_not:
                self._try(one)
            elif one.round == 1:
                self._keep(replace(one, note=why_not))
            else:
                passed_over.append(one)
        if self._search.leader is None:
            told = " ".join(f"{one.as_line()}." for one in self._search.candidates)
            raise TrainingError(f"not one model could be trained on these data. {told}")

    def _why_not(self, one: Candidate) -> str:
        """Why it is of no use to try this one, in words; "" where it is."""
        settings = settings_of(one, self._size)
        if obstacle := settings.obstacle(self._size):
            return obstacle
        if self._search.times_begun >= MOST_TIMES:
            return "its process ended without a word each time, as if the memory had run out"
        expected = self._pace.one_fit(one.model, settings, self._size)
        longer = UNSURE if not expected.measured else EARLY if _has_passes(settings) else 1.0
        if expected.seconds / longer <= self._most_s(one):
            return ""
        left = in_words(self._search.left_s)
        return f"it would take about {in_words(expected.seconds)}, with {left} left"

    def _most_s(self, one: Candidate) -> float:
        """How long it may take, so that the winner's last fit, which takes about as long again, is still
        possible; and in the first round so that the models after it get their look too.
        """
        left_s, leader = self._search.left_s, self._search.leader
        if leader is None:
            return math.inf
        most_s = min(left_s / 2, left_s - leader.seconds)
        if one.round > 1 or not _has_passes(settings_of(one, self._size)):
            return most_s  # (what is learnt in one go cannot be cut short)
        return min(most_s, left_s / waiting(self._search.candidates))

    def _try(self, one: Candidate) -> None:
        began, earlier = time.monotonic(), self._search
        self._search = earlier.beginning()
        self._write()
        try:
            done = self._fitted(one, began)
        except (Interrupted, KeyboardInterrupt):
            self._search = earlier.interrupted(time.monotonic() - began)
            self._write()
            raise
        except Exception as error:
            done = replace(one, note=error_in_words(error))
        seconds = time.monotonic() - began
        self._search = replace(earlier, used_s=earlier.used_s + seconds)
        self._keep(replace(done, seconds=seconds + earlier.begun_s))

    def _fitted(self, one: Candidate, began: float) -> Candidate:
        """The candidate with its score, after a fit on the training part."""
        settings = settings_of(one, self._size)
        model = settings.for_exam(self._split.settings.kind).build()
        checkpoint = Checkpoint(self._folder, refit=False)
        judged = Judged(self._judge, self._folder / "ndcg.npy", go_on=checkpoint.exists)
        phase = TrialPhase(self._fitting, self._search, one, settings, began)
        most_s = self._most_s(one)
        complete = self._fitting.fit(
            model,
            self._split.train,
            phase,
            checkpoint,
            validate=judged,
            enough=lambda: time.monotonic() - began > most_s,
        )
        checkpoint.remove()
        if judged.best is None:
            return replace(one, note="not one pass was done in the time that was left")
        done = scored(one, judged.best, phase.best)
        if not complete:
            return replace(done, note=f"cut short after pass {phase.epochs}, for want of time")
        if self._search.leader is None or done.score > self._search.leader.score:
            self._calibrate(model)
        return done

    def _calibrate(self, model: Recommender[Any]) -> None:
        """Learn how the scores of what leads become probabilities, should it win."""
        from recengine.services.evaluation import calibrate

        with suppress(RecengineError):  # nobody to learn it from: no P(like)
            found = calibrate(model, self._split, repeats=self._run.spec.repeats, device=self._fitting.device)
            write_json(self._folder / "calibrator.json", found.to_dict())

    def _keep(self, one: Candidate) -> None:
        """Enter what came of a candidate, and tell it."""
        self._search = self._search.having(one)
        self._learn_pace(one)
        self._write()
        self._fitting.on_event(one)

    def _learn_pace(self, one: Candidate) -> None:
        if one.has_score and not one.note:
            settings = settings_of(one, self._size)
            self._pace = self._pace.having(one.model, settings, self._size, one.seconds)

    def _write(self) -> None:
        result = json.dumps({"search": self._search.as_dict()})
        with Store(self._ws).writing() as db:
            db.execute("UPDATE runs SET result = ? WHERE id = ?", (result, self._run.id))

    @property
    def _folder(self) -> Path:
        """Where the candidate under way keeps what it needs."""
        return self._folder_of(len(self._search.candidates))

    def _folder_of(self, place: int) -> Path:
        return run_folder(self._ws, self._run.id) / "search" / str(place)

    def choose(self) -> Run:
        """Settle the run on the winner; where its trial has learnt enough, only the last fit is left."""
        ndcg_CU = {
            place: np.load(self._folder_of(place) / "ndcg.npy", allow_pickle=False)
            for place in self._search.scored
        }
        self._search = decided(self._search, ndcg_CU)
        assert self._search.winner is not None
        place, folder = self._search.winner, run_folder(self._ws, self._run.id)
        won = self._search.candidates[place]
        if (calibrator := read_json(self._folder_of(place) / "calibrator.json")) is not None:
            write_json(folder / "calibrator.json", calibrator)
            write_json(folder / "searched.json", {"best": won.epochs, "epochs": won.epochs})
        self._settle(won, place if calibrator is not None else None)
        remove_folder(folder / "search")
        return get_run(self._ws, self._run.id)

    def _settle(self, won: Candidate, curve_of: int | None) -> None:
        """Enter the winner as the run's model; `curve_of`: the trial whose curve is the run's from now on."""
        settings = {**won.settings, **_last_fit(settings_of(won, self._size), won)}
        chosen = {"model": won.model, "preset": won.preset, "settings": settings, "budget_s": None}
        about, given = self._dataset.about, self._dataset.given_test is not None
        spec = self._run.spec.model_copy(update=chosen).for_data(about, self._size, has_given_test=given)
        result, run_id = json.dumps({"search": self._search.as_dict()}), self._run.id
        with Store(self._ws).writing() as db:
            db.execute(
                "UPDATE runs SET spec = ?, result = ? WHERE id = ?", (spec.model_dump_json(), result, run_id)
            )
            if curve_of is not None:
                prefix = points_of(curve_of)
                db.execute(
                    "UPDATE OR REPLACE points SET name = substr(name, ?) WHERE run_id = ? AND name GLOB ?",
                    (len(prefix) + 1, run_id, f"{prefix}*"),
                )
            db.execute("DELETE FROM points WHERE run_id = ? AND name GLOB ?", (run_id, f"{TRIAL}*"))
            passes = db.execute("SELECT max(epoch) FROM points WHERE run_id = ?", (run_id,)).fetchone()[0]
            db.execute(COUNT, (passes or 0, run_id))


def _has_passes(settings: ModelConfig) -> bool:
    return "epochs" in type(settings).model_fields


def _last_fit(settings: ModelConfig, won: Candidate) -> dict[str, Any]:
    """What the winner's run needs beside its settings: a fit on all events, no more passes than it had."""
    changed: dict[str, Any] = {"refit": True} if settings.model_dump().get("refit") is False else {}
    if won.note and _has_passes(settings):  # it was cut short
        changed["epochs"] = won.epochs
    return changed

"""Tests: a model's lists against what people went on to choose, with the baselines beside it.

U people of the question, K places of the list, I items, N person-item pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import ITEM, Repeats
from recengine.core.dataset import About, Dataset
from recengine.core.errors import DataError
from recengine.core.profiles import Profiles
from recengine.core.ranking import Ranking
from recengine.core.split import Split, Task
from recengine.metrics import metric_of, ranking
from recengine.metrics.classification import Calibrator, fit_calibrator
from recengine.models import model_config
from recengine.models.base import Recommender
from recengine.models.events import Validate
from recengine.services.measuring import Yardstick, measure
from recengine.services.questions import (
    PURCHASE_CLASSIFICATION,
    LikeConfig,
    Pairs,
    Question,
    ask,
    sample_pairs,
)
from recengine.services.report import LABEL, PERSON, PROBABILITY, ROW, STANDS_FOR, PLike, Report

TaskName = Literal["test", "validation"]
Model = Recommender[Any]

KS = (5, 10, 20)
VALIDATION_PEOPLE = 2_000  # at most so many are asked after each epoch
VALIDATION_METRICS = ("ndcg", "precision", "recall", "f1")

__all__ = [
    "BASELINES",
    "PURCHASE_CLASSIFICATION",
    "LikeConfig",
    "PLike",
    "Report",
    "baseline_reports",
    "calibrate",
    "evaluate",
    "validator",
]


def evaluate(
    model: Model,
    split: Split,
    *,
    task: TaskName = "test",
    ks: Sequence[int] = KS,
    repeats: Repeats | None = None,
    like: LikeConfig = PURCHASE_CLASSIFICATION,
    calibrator: Calibrator | None = None,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Let the model sit the test, over the full catalogue, in blocks of bounded memory.

    Args:
        model: fitted on `split.before_test` for the test, on `split.train` for the validation.
        repeats: which question; by default what the dataset says of itself. "new" leaves what
            people had out of lists and of targets, "again" leaves out all else.
        calibrator: from `calibrate`; if None it is fitted here with this model on the
            validation, which flatters a model that has learnt from the validation.
        progress: called with people done and people in all.

    Raises:
        DataError: nobody is left to ask.
    """
    started = perf_counter()
    model = model.to(device)
    exam = sitting_of(split, task, repeats)
    if calibrator is None:
        calibrator = _calibrator_if_any(model, split, exam.question.repeats, like)
    pairs = sample_pairs(exam.question, exam.past, exam.catalogue_I, like)
    questions = _questions(exam.task, exam.question)
    lists, score_N = _sit(model, exam, max(ks), [each.repeats for each in questions], pairs, progress)
    yardstick = Yardstick.of(exam.before, exam.catalogue_I)
    per_person, metrics = measure(lists[0], exam.question, exam.past, ks, yardstick)
    halves: dict[str, dict[str, float]] = {
        half.repeats: _half(listed, half, exam.past, ks, yardstick)
        for half, listed in zip(questions[1:], lists[1:], strict=True)
    }
    plike = None if calibrator is None else _plike(pairs, score_N, calibrator, like)
    people = exam.task.people[exam.question.places]
    return Report(
        metrics=metrics | (plike.metrics if plike else {}),
        per_person=pd.DataFrame({PERSON: people} | per_person),
        task=task,
        repeats=exam.question.repeats,
        ks=tuple(ks),
        num_people=len(people),
        num_left_out=len(exam.task) - len(people),
        num_cold_people=exam.task.num_cold_people,
        num_cold_targets=exam.task.num_cold_targets,
        pairs_digest=exam.question.pairs_digest,
        halves=halves,
        plike=plike,
        items_UK=lists[0].items_UK,
        seconds=perf_counter() - started,
    )


def calibrate(
    model: Model,
    split: Split,
    *,
    repeats: Repeats | None = None,
    like: LikeConfig = PURCHASE_CLASSIFICATION,
    device: str = "cpu",
) -> Calibrator:
    """What turns this kind of model's score into P(like), learnt on the validation.

    Args:
        model: fitted on `split.train`, so that the validation is news to it.

    Raises:
        DataError: the validation has nobody to ask.
    """
    exam = sitting_of(split, "validation", repeats)
    pairs = sample_pairs(exam.question, exam.past, exam.catalogue_I, like)
    _, score_N = _sit(model.to(device), exam, 1, [exam.question.repeats], pairs, None)
    return fit_calibrator(pairs.label_N, score_N)


def _calibrator_if_any(model: Model, split: Split, repeats: Repeats, like: LikeConfig) -> Calibrator | None:
    """The calibrator, or None where the validation has nobody to ask."""
    try:
        return calibrate(model, split, repeats=repeats, like=like)
    except DataError:
        return None


def validator(split: Split, repeats: Repeats | None = None, *, seed: int = 0, k: int = 10) -> Validate | None:
    """What training asks after each epoch: NDCG, precision, recall and F1 on the validation.

    At most VALIDATION_PEOPLE, the same ones every time. None where there is nobody to ask.
    """
    measured = person_validator(split, repeats, seed=seed, k=k)
    if measured is None:
        return None
    return lambda model: {key: float(value_U.mean()) for key, value_U in measured(model).items()}


PersonValidate = Callable[[Model], dict[str, NDArray[np.float64]]]


def person_validator(
    split: Split,
    repeats: Repeats | None = None,
    *,
    task: TaskName = "validation",
    seed: int = 0,
    k: int = 10,
) -> PersonValidate | None:
    """The same, person by person, shape (U,) each; for intervals. Of the test, everyone is asked."""
    try:
        exam = sitting_of(split, task, repeats)
    except DataError:
        return None
    count = len(exam.question.places)
    chosen = np.arange(count)
    if task == "validation" and count > VALIDATION_PEOPLE:
        draw = np.random.default_rng(seed)
        chosen = np.sort(draw.choice(count, VALIDATION_PEOPLE, replace=False))
    keys = [f"{name}@{k}" for name in VALIDATION_METRICS]
    profiles, targets = exam.profiles.take(chosen), exam.question.targets.take(chosen)

    def validate(model: Model) -> dict[str, NDArray[np.float64]]:
        listed = model.top_k(profiles, k, repeats=exam.question.repeats, catalogue_I=exam.listed(model))
        hits_UK = ranking.hits(listed.items_UK, targets)
        return {key: metric_of(key).function(hits_UK, targets.lengths) for key in keys}

    return validate


@dataclass(frozen=True)
class Baseline:
    """A rule of one line that stands beside every model.

    Attributes:
        fits: whether it makes sense for data like these under this question.
    """

    model: str
    settings: dict[str, Any]
    fits: Callable[[About, Repeats], bool]


BASELINES: dict[str, Baseline] = {
    "popularity": Baseline("popularity", {}, lambda about, repeats: True),
    "popularity-28d": Baseline(
        "popularity", {"half_life_days": 28}, lambda about, repeats: about.time_kind != "order"
    ),
    "habit": Baseline("habit", {}, lambda about, repeats: repeats != "new"),
    "random": Baseline("random", {}, lambda about, repeats: True),
}


def baseline_reports(
    split: Split,
    *,
    task: TaskName = "test",
    ks: Sequence[int] = KS,
    repeats: Repeats | None = None,
    like: LikeConfig = PURCHASE_CLASSIFICATION,
    seed: int = 0,
) -> dict[str, Report]:
    """The same test for every baseline that makes sense here, each fitted and calibrated afresh."""
    about = split.train.about
    asked = about.repeats if repeats is None else repeats
    reports = {}
    for name, baseline in BASELINES.items():
        if not baseline.fits(about, asked):
            continue
        model = model_config(baseline.model, baseline.settings).build().fit(split.train, seed=seed)
        calibrator = _calibrator_if_any(model, split, asked, like)
        if task == "test":
            model = model.fit(split.before_test, seed=seed)
        reports[name] = evaluate(
            model, split, task=task, ks=ks, repeats=asked, like=like, calibrator=calibrator
        )
    return reports


@dataclass(frozen=True)
class Sitting:
    """A question, the profiles of its people, and what was known before.

    Attributes:
        profiles: what the model sees of the people; past: what they really did.
        catalogue_I: items the question is about; learnt_I: those that the model learnt of.
    """

    task: Task
    before: Dataset
    question: Question
    profiles: Profiles
    past: Profiles
    catalogue_I: NDArray[np.bool_]
    learnt_I: NDArray[np.bool_]

    def listed(self, model: Model) -> NDArray[np.bool_]:
        """Items the model may list: those it learnt of, or places by their features."""
        forgotten_I = self.catalogue_I & ~self.learnt_I
        if not forgotten_I.any():
            return self.catalogue_I
        return self.catalogue_I & (self.learnt_I | model.described_items())


def sitting_of(split: Split, name: TaskName, repeats: Repeats | None) -> Sitting:
    """The test is that of the data before edits; the validation is drawn from what is learnt from."""
    if name == "test":
        task, before, seen = split.unedited.test, split.asked, split.test.profiles
        learnt_I = split.catalogue_I
    else:
        task, before, seen = split.validation, split.train, split.validation.profiles
        learnt_I = _known(before)
    repeats = before.about.repeats if repeats is None else repeats
    question = ask(task, repeats)
    if len(question.places) == 0:
        other = {"new": "again or both", "again": "new or both", "both": "another split"}[repeats]
        raise DataError(
            f"the {name} has {len(task):,} people, and none of them has a target for the question "
            f"'{repeats}'. Ask for {other}."
        )
    past, places = task.profiles.take(question.places), question.places
    profiles = past if seen is task.profiles else seen.take(places)
    return Sitting(task, before, question, profiles, past, _known(before), learnt_I)


def _known(before: Dataset) -> NDArray[np.bool_]:
    """Items that somebody had, shape (I,)."""
    return np.bincount(before.interactions.column(ITEM), minlength=before.num_items) > 0


def _questions(task: Task, main: Question) -> list[Question]:
    """The question itself, then its halves where it has any."""
    if main.repeats != "both":
        return [main]
    return [main, ask(task, "new"), ask(task, "again")]


def _sit(
    model: Model,
    exam: Sitting,
    k: int,
    questions: list[Repeats],
    pairs: Pairs,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Ranking], NDArray[np.float32]]:
    """Everyone's lists, question by question, and the score of every pair; each block scored once."""
    parts: list[list[Ranking]] = []
    scores, listed_I = [], exam.listed(model)
    for where, block in exam.profiles.blocks(model.people_per_block):
        low, high = np.searchsorted(pairs.rows, [where.start, where.stop])
        lists, score = model.examine(
            block,
            k,
            questions,
            catalogue_I=listed_I,
            rows=pairs.rows[low:high] - where.start,
            items=pairs.items[low:high],
        )
        parts.append(lists)
        scores.append(score)
        if progress is not None:
            progress(where.stop, len(exam.profiles))
    together = [
        Ranking(
            np.concatenate([part.items_UK for part in of_question]),
            np.concatenate([part.scores_UK for part in of_question]),
        )
        for of_question in zip(*parts, strict=True)
    ]
    return together, np.concatenate(scores)


def _half(
    lists: Ranking, half: Question, profiles: Profiles, ks: Sequence[int], yardstick: Yardstick
) -> dict[str, float]:
    """The metrics of one half, over the people who have a target in it; none if there are none."""
    if len(half.places) == 0:
        return {"num_people": 0}
    own = Ranking(lists.items_UK[half.places], lists.scores_UK[half.places])
    _, metrics = measure(own, half, profiles.take(half.places), ks, yardstick)
    return metrics | {"num_people": len(half.places)}


def _plike(pairs: Pairs, score_N: NDArray[np.float32], calibrator: Calibrator, settings: LikeConfig) -> PLike:
    frame = pd.DataFrame(
        {
            LABEL: pairs.label_N,
            PROBABILITY: calibrator.probability(score_N),
            STANDS_FOR: pairs.weight_N,
            ROW: pairs.rows.astype(np.int32),
        }
    )
    return PLike(
        pairs=frame,
        calibrator=calibrator,
        sampling_rate=pairs.sampling_rate,
        negatives_per_positive=settings.negatives_per_positive,
        threshold=settings.threshold,
    )

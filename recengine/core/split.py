"""Splits: what a model may learn from, and the exams it sits afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import ITEM, TIME
from recengine.core.config import Config
from recengine.core.dataset import Dataset, Interactions
from recengine.core.errors import DataError, EditError
from recengine.core.profiles import Profiles
from recengine.core.task import MOMENT as MOMENT
from recengine.core.task import Task as Task
from recengine.core.task import known, task_of

if TYPE_CHECKING:
    from recengine.core.edits import Edits

Histories = Literal["kept", "edited"]
Part = NDArray[np.int8]
TRAIN, VALIDATION, TEST = 0, 1, 2
PART = "part"  # a column that edits carry along: which part an event is in
FEW = 0.1  # of its share: a part that an edit leaves less of is cut anew


@dataclass(frozen=True)
class Split:
    """The three parts of a dataset.

    Attributes:
        train: what models are fitted on while settings and epochs are being chosen.
        before_test: train and validation together, for the last fit before the test.
        catalogue_I: True for items that may be recommended (seen before the test).
        part_E: TRAIN or VALIDATION for each event of before_test.
        base: the split as it was before edits; None where nothing was edited.
        cut_anew: whether training and validation had to be cut anew after edits.
    """

    settings: SplitConfig
    train: Dataset
    before_test: Dataset
    validation: Task
    test: Task
    catalogue_I: NDArray[np.bool_]
    part_E: Part
    base: Split | None = None
    cut_anew: bool = False

    @property
    def unedited(self) -> Split:
        """The split whose exam is sat: without the edits, if there are any."""
        return self if self.base is None else self.base

    @property
    def asked(self) -> Dataset:
        """What the exam is drawn up from, and its lists held against: all before the test, unedited."""
        return self.unedited.before_test

    def edited(self, edits: Edits, histories: Histories = "kept") -> Split:
        """The same exam after learning from other data: same people, moments and targets.

        An event keeps its part, unless hardly anything is left of training or validation; then both are
        cut anew from what is left, by the split's own rule.

        Args:
            histories: "kept": the model sees people as they were. "edited": as though what was edited
                away had never been there. What an edit reads otherwise (weights) holds in both.

        Raises:
            EditError: an edit does not fit the data, or leaves nothing to learn from.
        """
        marked = _marked(self.before_test, self.part_E)
        data = edits.apply(marked)
        if data is marked:
            return self
        if not len(data.interactions):
            raise EditError(f"{edits.sentence(data.about)}, there is nothing to learn from. Leave out less.")
        part = data.interactions.column(PART)
        if cut_anew := _hardly_left(part, self.part_E):
            part = _cut_anew(self.settings, data)
        if not (part == TRAIN).any():
            raise EditError(
                f"{edits.sentence(data.about)}, too little is left to learn from. Leave out less."
            )
        data = _unmarked(data)
        read = data if histories == "edited" else edits.encode(self.before_test)
        test = self.test
        if read is not self.before_test:
            test = replace(test, profiles=Profiles.of(read, test.people, test.profiles.now))
        train = data.with_interactions(data.interactions.where(part == TRAIN), "train")
        return Split(
            settings=self.settings,
            train=train,
            before_test=data,
            validation=task_of(train, data.interactions.where(part == VALIDATION), self.settings),
            test=test,
            catalogue_I=known(data, ITEM, data.num_items),
            part_E=part,
            base=self.unedited,
            cut_anew=cut_anew,
        )


class SplitConfig(Config):
    """How the past is cut into training, validation and test."""

    kind: Literal["temporal", "leave-last-out", "random", "given"] = Field(
        default="temporal",
        description="temporal: everyone is asked about the same last stretch of time. leave-last-out: "
        "each person's last event is the test. random: events drawn by chance. given: the test file "
        "that came with the data.",
    )
    test_share: float = Field(
        default=0.1, gt=0, lt=0.9, description="Share of the events held out for the test."
    )
    validation_share: float = Field(
        default=0.1, gt=0, lt=0.9, description="Share of the rest held out for choosing epochs and settings."
    )
    seed: int = Field(default=0, ge=0, description="Which draw, for the random kind.")
    asked: Literal["before", "then"] = Field(
        default="before",
        description="When people are asked, for the leave-last-out kind. before: just after their last known "
        "event. then: at the time of the event that was left out, which gives part of the answer away to a "
        "model that reads times; only to repeat published figures that do so.",
    )

    def build(self, dataset: Dataset) -> Split:
        """Cut the dataset.

        Raises:
            DataError: a part would be empty, times are missing, or no split came with the data.
        """
        part = _CUTS[self.kind](self, dataset)
        if self.kind == "given":
            return _split(self, dataset, part, dataset.given_test)
        return _split(self, dataset, part, None)


def _temporal(settings: SplitConfig, dataset: Dataset) -> Part:
    """Global cuts in time: no event of a later part is older than one of an earlier part."""
    times = dataset.interactions.column(TIME)
    test_at = np.quantile(times, 1 - settings.test_share, method="higher")
    rest = times[times < test_at]
    if len(rest) == 0:
        raise DataError(
            f"all {len(times):,} events carry (nearly) the same time, so there is no 'before' and 'after'. "
            "Choose the random split, or map the column that holds the time."
        )
    validation_at = np.quantile(rest, 1 - settings.validation_share, method="higher")
    return (np.int8(TRAIN) + (times >= validation_at) + (times >= test_at)).astype(np.int8)


def _leave_last_out(settings: SplitConfig, dataset: Dataset) -> Part:
    """Each person's last event is the test, the one before it the validation; file order for ties."""
    events = dataset.interactions
    offsets = events.offsets_by_user(dataset.num_users)
    lengths = np.diff(offsets)
    part = np.zeros(len(events), np.int8)
    part[events.order_by_user[offsets[1:][lengths >= 2] - 1]] = TEST
    part[events.order_by_user[offsets[1:][lengths >= 3] - 2]] = VALIDATION
    return part


def _random(settings: SplitConfig, dataset: Dataset) -> Part:
    """Every event drawn on its own; a reproduction mode, the future leaks into training."""
    draw = np.random.default_rng(settings.seed).random(len(dataset.interactions))
    test = draw < settings.test_share
    validation = ~test & (draw < settings.test_share + (1 - settings.test_share) * settings.validation_share)
    return (TEST * test + VALIDATION * validation).astype(np.int8)


def _given(settings: SplitConfig, dataset: Dataset) -> Part:
    """The test is the file that came along; validation is drawn from the rest and said so."""
    if dataset.given_test is None:
        raise DataError(
            f"dataset '{dataset.name}' came without a test file, so there is no given split. "
            "Import it again with --test FILE, or choose the temporal split."
        )
    return _drawn(settings, dataset)


def _drawn(settings: SplitConfig, dataset: Dataset) -> Part:
    draw = np.random.default_rng(settings.seed).random(len(dataset.interactions))
    return np.where(draw < settings.validation_share, VALIDATION, TRAIN).astype(np.int8)


_CUTS = {
    "temporal": _temporal,
    "leave-last-out": _leave_last_out,
    "random": _random,
    "given": _given,
}


def _split(settings: SplitConfig, dataset: Dataset, part: Part, given_test: Interactions | None) -> Split:
    events = dataset.interactions
    cut = settings.model_dump_json()
    train = dataset.with_interactions(events.where(part == TRAIN), f"train {cut}")
    before_test = dataset.with_interactions(events.where(part <= VALIDATION), f"before test {cut}")
    test_events = given_test if given_test is not None else events.where(part == TEST)
    for name, count in (("training", len(train.interactions)), ("test", len(test_events))):
        if count == 0:
            raise DataError(
                f"the {settings.kind} split of {len(events):,} events leaves no {name} event. "
                "Give it more data, or other shares."
            )
    return Split(
        settings=settings,
        train=train,
        before_test=before_test,
        validation=task_of(train, events.where(part == VALIDATION), settings),
        test=task_of(before_test, test_events, settings),
        catalogue_I=known(before_test, ITEM, dataset.num_items),
        part_E=part[part <= VALIDATION],
    )


def _marked(data: Dataset, part: Part) -> Dataset:
    """The data with each event's part beside it, so that edits carry it along."""
    frame = data.interactions.frame.assign(**{PART: part})
    return replace(data, interactions=replace(data.interactions, frame=frame))


def _unmarked(data: Dataset) -> Dataset:
    return replace(
        data, interactions=replace(data.interactions, frame=data.interactions.frame.drop(columns=PART))
    )


def _hardly_left(left: Part, before: Part) -> bool:
    """Whether training or validation lost nearly all of its share of the events."""
    return any(np.mean(left == kind) < FEW * np.mean(before == kind) for kind in (TRAIN, VALIDATION))


def _cut_anew(settings: SplitConfig, data: Dataset) -> Part:
    """Training and validation from all there is before the test, by the split's own rule."""
    if settings.kind == "temporal":
        times = data.interactions.column(TIME)
        at = np.quantile(times, 1 - settings.validation_share, method="higher")
        return (TRAIN + (times >= at)).astype(np.int8)
    if settings.kind == "leave-last-out":
        return np.where(_leave_last_out(settings, data) == TEST, VALIDATION, TRAIN).astype(np.int8)
    return _drawn(settings, data)

"""The trainings that a verdict is about: pairs with equal seeds that sat the same exam, read once.

Shapes: S seeds, U people asked, M measures, K places of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.errors import SettingsError
from recengine.core.profiles import Profiles
from recengine.core.ragged import Ragged
from recengine.core.split import Split, Task
from recengine.metrics.two_level import NO_LOTS, Floats, SeedNoise, TwoLevel, two_level
from recengine.services.datasets import prepare
from recengine.services.files import replacing
from recengine.services.questions import ask
from recengine.services.report import PERSON, Report
from recengine.services.runs import Run, get_run, load_run_model, run_folder, run_report
from recengine.services.training import split_of
from recengine.services.verdict_seeds import draws_no_lots, noise_of, seed_groups
from recengine.services.workspace import Workspace

Measure = Callable[[Report], Floats]  # values of one training, shape (U, M); NaN where it has none


@dataclass(frozen=True, eq=False)
class Changed:
    """What an edit does to M measures, each shape (M,).

    Attributes:
        base, edited: means over people and seeds.
        change: edited minus base, with its intervals.
    """

    base: Floats
    edited: Floats
    change: TwoLevel


@dataclass(frozen=True, eq=False)
class Arms:
    """Both sides of a what-if, seed by seed.

    Attributes:
        base, edited: runs in the order of their seeds; as many on both sides.
        base_reports, edited_reports: theirs.
        others: groups of reports of equal trainings but for the seed, on the same data and exam; what they
            show of the seeds counts where this what-if cannot tell, or only roughly.
        split: what the base learnt from; exam: what both sides were asked, which no edit changes.
    """

    ws: Workspace
    base: tuple[Run, ...]
    edited: tuple[Run, ...]
    base_reports: tuple[Report, ...]
    edited_reports: tuple[Report, ...]
    others: tuple[tuple[Report, ...], ...]
    dataset: Dataset
    split: Split

    @classmethod
    def of(cls, ws: Workspace, base_ids: Sequence[str], edited_ids: Sequence[str]) -> Arms:
        """Read them.

        Raises:
            SettingsError: they are not finished, not of one exam, or not in pairs of equal seeds.
            NotFoundError: no such run.
        """
        base, edited = (_in_order(ws, ids) for ids in (base_ids, edited_ids))
        _check(base, edited)
        if draws_no_lots(base[0]) and draws_no_lots(edited[0]):
            base, edited = base[:1], edited[:1]
        first = base[0]
        return cls(
            ws=ws,
            base=base,
            edited=edited,
            base_reports=tuple(_with_lists(ws, run) for run in base),
            edited_reports=tuple(_with_lists(ws, run) for run in edited),
            others=() if draws_no_lots(first) else _others(ws, {*base_ids, *edited_ids}, first),
            dataset=prepare(ws, first.spec.dataset, first.dataset_fingerprint),
            split=split_of(ws, first.id),
        )

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(run.spec.seed for run in self.base)

    @property
    def draws_lots(self) -> bool:
        """Whether another seed gives another model."""
        return not (draws_no_lots(self.base[0]) and draws_no_lots(self.edited[0]))

    @property
    def exam(self) -> Task:
        return self.split.unedited.test

    @property
    def people(self) -> NDArray[np.int64]:
        """User codes of the people asked, shape (U,)."""
        return self.base_reports[0].per_person[PERSON].to_numpy()

    @cached_property
    def targets(self) -> Ragged:
        """What the people asked went on to choose, one row each."""
        return ask(self.exam, self.base_reports[0].repeats).targets

    @cached_property
    def profiles(self) -> Profiles:
        """The people asked, as they really stood when they were asked."""
        return self.exam.profiles.take(ask(self.exam, self.base_reports[0].repeats).places)

    def changed(self, measure: Measure) -> Changed:
        """What the edit does to these measures, told from chance."""
        base_SUM, edited_SUM = (
            np.stack([measure(report) for report in reports])
            for reports in (self.base_reports, self.edited_reports)
        )
        known_SUM = ~np.isnan(base_SUM + edited_SUM)
        base_M, edited_M = (_means(x_SUM, known_SUM, axis=(0, 1)) for x_SUM in (base_SUM, edited_SUM))
        return Changed(base_M, edited_M, two_level(edited_SUM - base_SUM, noise=self.noise(measure)))

    def noise(self, measure: Measure) -> SeedNoise | None:
        """What is known of the seeds from other runs; None where nothing is."""
        if not self.draws_lots:
            return NO_LOTS
        groups = [np.stack([measure(report) for report in group]) for group in self.others]
        return noise_of([_means(x_GUM, ~np.isnan(x_GUM), axis=1) for x_GUM in groups])


def _means(x_SUM: Floats, known_SUM: NDArray[np.bool_], axis: int | tuple[int, int]) -> Floats:
    """Means along the axes; NaN where nobody has a value."""
    total = np.where(known_SUM, x_SUM, 0.0).sum(axis=axis)
    count = known_SUM.sum(axis=axis)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _in_order(ws: Workspace, run_ids: Sequence[str]) -> tuple[Run, ...]:
    runs = [get_run(ws, run_id) for run_id in run_ids]
    return tuple(sorted(runs, key=lambda run: run.spec.seed))


def _check(base: tuple[Run, ...], edited: tuple[Run, ...]) -> None:
    for run in (*base, *edited):
        if not run.finished or run.exam is None:
            raise SettingsError(f"run '{run.id}' is {run.status}; a verdict takes finished runs.")
    keys = {run.exam.key for run in (*base, *edited) if run.exam}
    if len(keys) != 1:
        raise SettingsError(
            "these runs sat different tests, so their figures cannot be held against each other: "
            + ", ".join(f"{run.id} ({run.exam.key if run.exam else ''})" for run in (*base, *edited))
            + ". Choose runs of one table on the Compare page."
        )
    seeds = [[run.spec.seed for run in side] for side in (base, edited)]
    if not base or seeds[0] != seeds[1] or len(set(seeds[0])) != len(seeds[0]):
        raise SettingsError(
            f"a verdict takes pairs of runs with equal seeds; found the seeds {seeds[0]} without the edit "
            f"and {seeds[1]} with it."
        )


def _with_lists(ws: Workspace, run: Run) -> Report:
    """A run's report; the lists of one from before they were kept are made now, and kept."""
    report = run_report(ws, run.id)
    if report.items_UK is not None:
        return report
    model, split = load_run_model(ws, run.id), split_of(ws, run.id)
    question = ask(split.unedited.test, report.repeats)
    ranking = model.top_k(
        split.test.profiles.take(question.places),
        max(report.ks),
        repeats=report.repeats,
        catalogue_I=split.catalogue_I,
    )
    with replacing(run_folder(ws, run.id) / "report" / "lists.npy") as draft:
        np.save(draft, ranking.items_UK, allow_pickle=False)
    return replace(report, items_UK=ranking.items_UK)


def _others(ws: Workspace, own: set[str], first: Run) -> tuple[tuple[Report, ...], ...]:
    """Reports of trainings like these, in groups that differ in nothing but the seed."""
    reports = [[run_report(ws, run.id) for run in group] for group in seed_groups(ws, first, own)]
    listed = [tuple(report for report in group if report.items_UK is not None) for group in reports]
    return tuple(group for group in listed if len(group) > 1)

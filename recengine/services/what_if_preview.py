"""What a what-if would leave to learn from, how long it would take and what it could find, before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.columns import USER
from recengine.core.dataset import About, Dataset, DataSize
from recengine.core.edits import Edits
from recengine.core.split import Histories, Split
from recengine.core.words import many, plural
from recengine.models import MODELS
from recengine.services.datasets import prepare
from recengine.services.estimates import Estimate, Pace
from recengine.services.runs import Run, get_run
from recengine.services.training import split_for
from recengine.services.verdict_power import detectable_effect
from recengine.services.what_if_arms import planned, standing
from recengine.services.what_if_edits import edited_spec
from recengine.services.what_if_store import Ask
from recengine.services.workspace import Workspace

ROWS = ("part", "before", "after")


@dataclass(frozen=True)
class Preview:
    """A what-if before it is run.

    Attributes:
        sentence: what is otherwise, in words.
        texts: the edits as they are kept.
        rows: part, before, after: how many events, people and items are learnt from, and how many of the
            people that the test asks.
        notes: what its reader should know, a sentence each.
        seconds: how long the trainings will take that are not there yet.
        num_trainings: how many those are.
        detectable: the smallest change of NDCG@10 that would be found four times in five, as a share of
            what the run has; None where nothing can be said.
    """

    sentence: str
    texts: tuple[str, ...]
    rows: pd.DataFrame
    notes: tuple[str, ...]
    seconds: Estimate
    num_trainings: int
    detectable: float | None

    def frame(self) -> pd.DataFrame:
        """The rows, for tables and exports."""
        return self.rows

    def as_dict(self) -> dict[str, Any]:
        """The preview as plain JSON values, as `--json` prints it."""
        return {
            "sentence": self.sentence,
            "edits": list(self.texts),
            "rows": self.rows.to_dict(orient="records"),
            "notes": list(self.notes),
            "seconds": asdict(self.seconds),
            "num_trainings": self.num_trainings,
            "detectable": self.detectable,
        }


def preview(
    ws: Workspace, run_id: str, texts: Sequence[str], *, seeds: int = 1, histories: Histories = "kept"
) -> Preview:
    """What these edits of a run's data and settings would leave, cost and show. Nothing is run.

    Raises:
        NotFoundError, JobError: no such run, or it is not done.
        EditError, SettingsError: the edits make no sense for it.
    """
    run, spec = get_run(ws, run_id), edited_spec(ws, run_id, texts, histories=histories)
    dataset = prepare(ws, run.spec.dataset, run.dataset_fingerprint)
    before, after = split_for(run.spec, dataset), split_for(spec, dataset)
    edits = Edits.of(texts, dataset.about).named(before.unedited.before_test)
    seeds = 1 if MODELS[spec.model].deterministic else seeds
    seconds, num_trainings = _cost(ws, Ask(run.id, edits.texts, seeds, histories), before, after)
    return Preview(
        sentence=edits.sentence(dataset.about),
        texts=edits.texts,
        rows=_rows(before, after, dataset.about),
        notes=tuple(_notes(run, edits, before, after, seeds, histories)),
        seconds=seconds,
        num_trainings=num_trainings,
        detectable=detectable_effect(ws, run.id, seeds=seeds),
    )


def _rows(before: Split, after: Split, about: About) -> pd.DataFrame:
    people, items = many(about.person), many(about.item)
    named = {
        "events to learn from": [len(split.before_test.interactions) for split in (before, after)],
        f"{people} to learn from": [_num_people(split.before_test) for split in (before, after)],
        f"{items} to learn of": [int(split.catalogue_I.sum()) for split in (before, after)],
        f"{people} in the test": [len(split.unedited.test) for split in (before, after)],
        f"{people} in the test, learnt from": [int(_learnt(split).sum()) for split in (before, after)],
    }
    return pd.DataFrame([[part, *counts] for part, counts in named.items()], columns=list(ROWS))


def _num_people(data: Dataset) -> int:
    return len(np.unique(data.interactions.column(USER)))


def _learnt(split: Split) -> np.ndarray:
    """True for each person of the test who is learnt from."""
    return np.isin(split.unedited.test.people, split.before_test.interactions.column(USER))


def _cost(ws: Workspace, ask: Ask, before: Split, after: Split) -> tuple[Estimate, int]:
    """How long the trainings take that are not there yet, and how many they are."""
    pace, sizes = Pace.measured(ws), {"base": _size(before), "edited": _size(after)}
    missing = [arm for arm in planned(ws, ask) if standing(ws, arm) is None]
    each = [pace.training(arm.spec.model, arm.spec.model_settings(), sizes[arm.side]) for arm in missing]
    return Estimate(sum(one.seconds for one in each), all(one.measured for one in each)), len(missing)


def _size(split: Split) -> DataSize:
    return split.before_test.size


def _notes(
    run: Run, edits: Edits, before: Split, after: Split, seeds: int, histories: Histories
) -> Iterator[str]:
    about = after.before_test.about
    people, title = many(about.person), MODELS[run.spec.model].title
    if edits.of_data and histories == "kept":
        yield f"The test stays as it is: the same {people}, asked with all they did."
    elif edits.of_data:
        yield f"The test asks the same {people}, as though what is left out had never been there."
    for edit in edits.edits:
        yield from edit.unknowns(after.asked)
    if gone := int((before.catalogue_I & ~after.catalogue_I).sum()):
        by_features = MODELS[run.spec.model].family == "neural" and after.before_test.items.kinds
        then = "would know them by their features alone" if by_features else "could not list them any more"
        yield f"{plural(gone, about.item)} would have no event left: {title} {then}."
    if copies := after.before_test.num_users - before.before_test.num_users:
        yield f"{plural(copies, about.person)} would be copies of others, which is how people are weighed."
    if after.cut_anew and not before.cut_anew:
        yield (
            "Hardly anything would be left to choose the number of passes on, so that part is cut anew from "
            "what is left."
        )
    if MODELS[run.spec.model].deterministic:
        yield f"{title} draws no lots: trained again, it comes out the same. One pair of trainings is enough."
    elif seeds == 1:
        yield (
            f"{title} draws lots when it is trained. One pair of trainings can hardly tell an effect from "
            "them; three or more can."
        )

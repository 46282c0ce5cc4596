"""Day by day: what is asked, that interruptions change nothing, and that a taste that turns is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, SettingsError
from recengine.services import tasks_queue
from recengine.services.prequential import Asked, Prequential, prequential, work
from recengine.services.workspace import Workspace

DAY = 86400.0
Put = Callable[[Workspace, Dataset], str]
Build = Callable[[list[tuple[int, int, float]]], Dataset]


@pytest.fixture
def turning(dataset_of: Build) -> Dataset:
    """40 people take three of five items a day; after day 24 all turn to five others."""
    draw, events = np.random.default_rng(0), []
    for day in range(30):
        shelf = np.arange(5) + (5 if day > 24 else 0)
        for person in range(40):
            for place, item in enumerate(draw.choice(shelf, 3, replace=False).tolist()):
                events.append((person, item, 1e9 // DAY * DAY + day * DAY + 3600.0 + place + person))
    return dataset_of(events)


def asked(name: str, **changed: object) -> Asked:
    return Asked.of({"dataset": name, "days": 9, "repeats": "both", **changed})


def test_who_goes_on_learning_beats_the_frozen_model_once_tastes_turn(
    ws: Workspace, turning: Dataset, put: Put
) -> None:
    found = prequential(ws, asked(put(ws, turning)))
    of = found.ways.set_index("way")
    assert of.loc["incremental", "verdict"] == "better"
    assert of.loc["frozen", "regret"] > 0
    assert of.loc["frozen", "verdict"] == ""
    same = found.days.pivot_table(index="day", columns="way", values="ndcg")
    np.testing.assert_allclose(same["incremental"], same["nightly"])
    assert "made the same lists throughout" in " ".join(found.notes)
    assert len(same) == 8  # on the day of the turn all items are new, so nobody can be asked
    by_hand = (same[found.best] - same["frozen"]) * found.days.groupby("day")["lists"].first()
    assert by_hand.sum() == pytest.approx(of.loc["frozen", "regret"])
    again = Prequential.of_dict(found.as_dict())
    pd.testing.assert_frame_equal(again.ways, found.ways)


def test_a_comparison_that_was_interrupted_ends_the_same(ws: Workspace, turning: Dataset, put: Put) -> None:
    spec = asked(
        put(ws, turning), model="ials", settings={"dims": 4, "epochs": 2}, ways=("incremental", "frozen")
    )

    def stopped(done: float, total: float, message: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prequential(ws, spec, progress=stopped)
    told: list[float] = []
    whole = prequential(ws, spec, progress=lambda done, total, message: told.append(done))
    assert told[0] == 4
    anew = prequential(ws, spec.model_copy(update={"dataset": put(ws, turning)}))
    np.testing.assert_allclose(whole.ways["ndcg"], anew.ways["ndcg"])


def test_wrong_questions_are_answered_in_words(ws: Workspace, turning: Dataset, put: Put) -> None:
    name = put(ws, turning)
    with pytest.raises(DataError, match="the last 30 days are all there are"):
        prequential(ws, asked(name, days=30))
    with pytest.raises(SettingsError, match="at least two ways"):
        prequential(ws, asked(name, ways=("frozen",)))
    with pytest.raises(SettingsError, match="there is no model 'eese'"):
        prequential(ws, asked(name, model="eese"))


def test_it_is_a_task(ws: Workspace, turning: Dataset, put: Put) -> None:
    spec = asked(put(ws, turning), days=2, ways=("popularity", "frozen")).model_dump(mode="json")
    assert tasks_queue.enter(ws, "prequential", "by hand", spec) == "prequential-1"
    found = Prequential.of_dict(work(ws, spec, lambda done, total, message: None))
    assert found.days["day"].nunique() == 2

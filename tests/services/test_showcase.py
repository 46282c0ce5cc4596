import shutil
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pandas as pd

from recengine.core.dataset import Dataset
from recengine.services import datasets, runs
from recengine.services.overview import overview
from recengine.services.people import person_view
from recengine.services.recommend import example_person, recommend
from recengine.services.runs import TrainSpec
from recengine.services.showcase import kept_showcase
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

Put = Callable[[Workspace, Dataset], str]


def same(kept: Any, fresh: Any) -> None:
    """Field by field, tables cell by cell."""
    for field in fields(fresh):
        mine, other = getattr(kept, field.name), getattr(fresh, field.name)
        if isinstance(other, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, other, check_dtype=False)
        else:
            assert (tuple(mine) if isinstance(other, tuple) else mine) == other


def test_one_person_is_kept_with_the_run_as_they_are(shop: Shop, two_tastes: Dataset) -> None:
    run_id, person = shop.runs["ease"].id, example_person(two_tastes)
    kept = kept_showcase(shop.ws, run_id)
    assert kept is not None
    same(kept.person, person_view(shop.ws, "two tastes", person))
    same(kept.offered, recommend(shop.ws, run_id, person))


def test_the_landing_page_reads_neither_data_nor_model(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="ease"))
    before = overview(ws)
    for folder in (ws.datasets / run.dataset_fingerprint, ws.runs / run.id / "model"):
        shutil.rmtree(folder)
        datasets._datasets.forget(folder)
        runs._models.forget((folder, "cpu"))
    after = overview(ws)
    assert after.person is not None
    assert before.person is not None
    assert after.person.id == before.person.id == example_person(two_tastes)
    assert after.sentence == before.sentence


def test_a_run_that_kept_nobody_is_given_someone(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="popularity"))
    shutil.rmtree(ws.runs / run.id / "showcase")
    found = overview(ws)
    assert found.person is not None
    assert found.person.id == example_person(two_tastes)
    assert kept_showcase(ws, run.id) is not None

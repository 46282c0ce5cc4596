"""Workspaces for the pages: one with data and trained models that tests only read, and one to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from recengine.core.dataset import Dataset
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.services import queue
from recengine.services.datasets import keep
from recengine.services.processes import ProcessId
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace


def put(ws: Workspace, dataset: Dataset) -> str:
    """Keep a dataset as if it had been imported; its name."""
    count = len(dataset.interactions)
    return keep(ws, Imported(dataset, CleaningReport(count, count, ()), check(dataset))).name


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, two_tastes: Dataset) -> Workspace:
    """The dataset "two tastes" with a finished run of popularity and of EASE. To be read only."""
    ws = Workspace(tmp_path_factory.mktemp("trained"))
    name = put(ws, two_tastes)
    for model in ("popularity", "ease"):
        train(ws, TrainSpec(dataset=name, model=model))
    return ws


@pytest.fixture
def reading(trained: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Pages open the trained workspace."""
    monkeypatch.setenv("RECENGINE_HOME", str(trained.root))
    return trained


@pytest.fixture
def ws(home: Path, two_tastes: Dataset) -> Workspace:
    """A workspace of the test's own with data and nothing trained; its queue is worked by nobody.

    (This process takes the dispatcher's place, so pages start none.)
    """
    workspace = Workspace(home)
    put(workspace, two_tastes)
    assert queue.become_dispatcher(workspace, ProcessId.me())
    return workspace

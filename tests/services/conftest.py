"""Workspaces for the services: an empty one a test, and one with trained models that tests only read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from recengine.core.dataset import Dataset
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.data.synthetic import two_tastes
from recengine.services.datasets import keep
from recengine.services.runs import Run, TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace; what still runs in it when the test ends is ended."""
    workspace = Workspace(tmp_path / "home")
    yield workspace
    for process in psutil.process_iter():
        if str(workspace.root) in " ".join(_command(process)) and process.pid != os.getpid():
            process.kill()


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


@pytest.fixture(scope="session")
def put() -> Callable[[Workspace, Dataset], str]:
    """Keeps a dataset in a workspace as if it had been imported; its name."""

    def put(workspace: Workspace, dataset: Dataset) -> str:
        count = len(dataset.interactions)
        return keep(workspace, Imported(dataset, CleaningReport(count, count, ()), check(dataset))).name

    return put


@dataclass(frozen=True)
class Shop:
    """A workspace with the dataset "two tastes" and a finished run of each closed-form model."""

    ws: Workspace
    runs: dict[str, Run]


@pytest.fixture(scope="session")
def shop(
    tmp_path_factory: pytest.TempPathFactory, two_tastes: Dataset, put: Callable[[Workspace, Dataset], str]
) -> Shop:
    """To be read only."""
    workspace = Workspace(tmp_path_factory.mktemp("shop"))
    name = put(workspace, two_tastes)
    models = ("popularity", "habit", "ease")
    return Shop(
        workspace, {model: train(workspace, TrainSpec(dataset=name, model=model)) for model in models}
    )


@pytest.fixture(scope="session")
def small_market(tmp_path_factory: pytest.TempPathFactory, put: Callable[[Workspace, Dataset], str]) -> Path:
    """Where EASE has learnt two tastes of 40 people; to be copied."""
    workspace = Workspace(tmp_path_factory.mktemp("market"))
    train(workspace, TrainSpec(dataset=put(workspace, two_tastes(num_users=40)), model="ease"))
    return workspace.root


@pytest.fixture
def market(small_market: Path, ws: Workspace) -> Workspace:
    """Its own copy for each test, to save strategies in; the run is "ease-1", the data are "two tastes"."""
    shutil.copytree(small_market, ws.root)
    return ws


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits for something another process does, looking 20 times a second; fails after two minutes."""

    def until(true: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + 120
        while not true():
            assert time.monotonic() < give_up_at, "it did not happen within two minutes"
            time.sleep(0.05)

    return until

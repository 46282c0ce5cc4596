"""Workspaces for the pages: one with data and trained models that tests only read, and one to change."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.core.dataset import Dataset
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.services import dispatcher, queue, tasks_worker
from recengine.services.datasets import keep
from recengine.services.processes import ProcessId
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace

ROOT = Path(__file__).parents[2]


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


@pytest.fixture(autouse=True)
def tasks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page begins as a task is done in this process before the page goes on."""

    def start_task(ws: Workspace, taken: queue.Claim, secret: str = "") -> None:
        tasks_worker.work(ws, taken, secret)

    monkeypatch.setattr(dispatcher, "start_task", start_task)


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


@pytest.fixture(scope="session")
def opened() -> Callable[..., AppTest]:
    """Opens a page such as "2_Train": `opened(page, tab={"data.tabs": "Cleaning"}, dataset="x")`.

    What is named beyond `tab` is the address's query.
    """

    def opened(page: str, tab: dict[str, str] | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
        app.query_params.update(query)
        for key, label in (tab or {}).items():
            app.session_state[key] = label
        app.run()
        assert not app.exception, app.exception[0].value
        return app

    return opened


@pytest.fixture(scope="session")
def said() -> Callable[[AppTest], str]:
    """All that a page says in text and HTML, without its markup."""

    def said(app: AppTest) -> str:
        parts = [block.proto.body for block in app.get("html")]
        parts += [element.value for kind in (app.markdown, app.caption) for element in kind]
        words = " ".join(unescape(re.sub(r"<[^>]+>", " ", part)) for part in parts)
        return " ".join(words.replace("\\", "").split())

    return said


@pytest.fixture(scope="session")
def charts() -> Callable[[AppTest], list[str]]:
    """What screen readers are told of a page's charts, one after the other."""

    def charts(app: AppTest) -> list[str]:
        found: list[Any] = list(app.get("plotly_chart"))
        return [element.proto.alt for element in found]

    return charts


@pytest.fixture(scope="session")
def table() -> Callable[[AppTest, str], pd.DataFrame]:
    """The table on a page that screen readers are told of in words beginning like this."""

    def table(app: AppTest, alt: str) -> pd.DataFrame:
        return next(shown.value for shown in app.dataframe if shown.proto.alt.startswith(alt))

    return table

"""Whatever is killed at whatever moment, the workspace is whole afterwards and work can go on."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recengine.services import jobs
from recengine.services.datasets import list_datasets, load_dataset
from recengine.services.runs import TrainSpec, list_runs, load_run_model, run_report
from recengine.services.workspace import Workspace
from tests.browser.app import end_jobs, environment, until

SMALL = ("--set", "epochs=3", "--set", "dims=8", "--set", "history=16")
STATES = {"queued", "running", "paused", "done", "failed", "stopped", "lost"}


@pytest.fixture
def ws(filled: Path, tmp_path: Path) -> Iterator[Workspace]:
    home = Path(shutil.copytree(filled, tmp_path / "home"))
    yield Workspace(home)
    end_jobs(home)


def assert_whole(ws: Workspace) -> None:
    """Everything that is shown can be opened, nothing claims to run that does not."""
    with closing(sqlite3.connect(ws.database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for card in list_datasets(ws):
        assert len(load_dataset(ws, card.name).interactions) == card.num_interactions
    jobs.recover(ws)
    for run in list_runs(ws):
        assert run.status in STATES - {"running"}, f"{run.id} claims to run"
        if run.status == "done":
            load_run_model(ws, run.id)
            assert run_report(ws, run.id).metrics["ndcg@10"] == run.metrics["ndcg@10"]


def started(ws: Workspace, *words: str) -> subprocess.Popen[bytes]:
    """A command of ours, on its way."""
    with (ws.root.parent / "killed.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "recengine.cli", *words], env=environment(ws.root), stdout=log, stderr=log
        )


def test_kills_at_random_moments_leave_a_whole_workspace(ws: Workspace, shop_files: dict[str, Path]) -> None:
    """An import, a training in the foreground and one in the background, killed together, three times."""
    chance = random.Random(7)
    for number in range(3):
        work = [
            started(ws, "import", str(shop_files["events"]), "--name", f"again-{number}"),
            started(ws, "train", "--dataset", "shop", "--model", "lstm", *SMALL),
        ]
        jobs.submit(ws, TrainSpec(dataset="shop", model=("ease", "popularity")[number % 2]))
        time.sleep(chance.uniform(0.5, 6.0))  # the random moment
        end_jobs(ws.root)
        for process in work:
            process.kill()
            process.wait()
        assert_whole(ws)
    for job in jobs.jobs(ws):
        if job.can_resume:
            jobs.resume(ws, job.run_id)
    jobs.ensure_dispatcher(ws)
    until(lambda: not any(job.active for job in jobs.jobs(ws)), "what was interrupted to end", limit_s=200)
    assert_whole(ws)
    assert {run.id: run.error for run in list_runs(ws) if run.status != "done"} == {}

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
from recengine.services.runs import TrainSpec, get_run, list_runs, load_run_model, points, run_report
from recengine.services.workspace import Workspace
from tests.browser.app import end_jobs, environment, jobs_of, until

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
    """Imports, trainings in the foreground and in the background, killed eight times."""
    chance = random.Random(7)
    for number in range(8):
        work = [
            started(ws, "import", str(shop_files["events"]), "--name", f"again-{number}"),
            started(ws, "train", "--dataset", "shop", "--model", ("lstm", "ease")[number % 2]),
        ]
        jobs.submit(ws, TrainSpec(dataset="shop", model=("popularity", "lstm")[number % 2]))
        time.sleep(chance.uniform(0.3, 5.0))  # the random moment
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
    assert {run.status for run in list_runs(ws)} == {"done"}


def test_a_run_killed_again_and_again_ends_with_the_result_of_an_unbroken_one(ws: Workspace) -> None:
    spec = TrainSpec(dataset="shop", model="lstm", seed=3, settings={"epochs": 12, "patience": 12})
    unbroken, broken = jobs.submit(ws, spec), jobs.submit(ws, spec)
    for epoch in (2, 5, 8):
        wait_for_epoch(ws, broken.id, epoch)
        for worker in jobs_of(ws.root, "worker"):
            if broken.id in worker.cmdline():
                worker.kill()
        wait_until_noticed(ws, broken.id)
        if jobs.job(ws, broken.id).can_resume:
            jobs.resume(ws, broken.id)
    until(lambda: not any(job.active for job in jobs.jobs(ws)), "both runs to end", limit_s=120)
    first, second = get_run(ws, unbroken.id), get_run(ws, broken.id)
    assert (first.status, second.status) == ("done", "done")
    assert first.metrics == second.metrics


def wait_for_epoch(ws: Workspace, run_id: str, epoch: int) -> None:
    def reached() -> bool:
        return (points(ws, run_id)["name"] == "loss").sum() >= epoch or not jobs.job(ws, run_id).active

    until(reached, f"epoch {epoch}")


def wait_until_noticed(ws: Workspace, run_id: str) -> None:
    """The dispatcher sees a dead worker by itself."""
    until(lambda: jobs.job(ws, run_id).status != "running", "the dead worker to be noticed")

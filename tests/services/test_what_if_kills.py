"""What-ifs in real processes, killed in the middle: what is finished stays, the rest comes out the same."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from recengine.core.dataset import Dataset
from recengine.data.synthetic import two_tastes
from recengine.services import jobs
from recengine.services.processes import ProcessId
from recengine.services.runs import TrainSpec, delete_run, get_run, list_runs
from recengine.services.store import Store
from recengine.services.training import train
from recengine.services.what_if import Ask, WhatIf, resume_here, submit, what_if
from recengine.services.workspace import Workspace

Until = Callable[[Callable[[], bool]], None]
Put = Callable[[Workspace, Dataset], str]
NORTH = "drop people where group = north"
SMALL = {"epochs": 8, "dims": 8, "history": 8, "batch": 8, "negatives": 8, "patience": 0}
LSTM = TrainSpec(dataset="two tastes", model="lstm", settings=SMALL, device="cpu")
WORKER = (
    "SELECT pid, pid_started FROM jobs JOIN runs ON id = run_id WHERE status = 'running' AND pid IS NOT NULL"
)
COORDINATOR = "SELECT pid, pid_started FROM tasks WHERE status = 'running' AND pid IS NOT NULL"
DISPATCHER = "SELECT pid, pid_started FROM dispatcher"


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, put: Put) -> Workspace:
    """A workspace with both arms, trained in one go: lstm-1 and, edited, lstm-2."""
    workspace = Workspace(tmp_path_factory.mktemp("unbroken"))
    put(workspace, two_tastes(num_users=60))
    train(workspace, LSTM)
    train(workspace, LSTM.model_copy(update={"edits": (NORTH,)}))
    return workspace


@pytest.fixture
def filled(unbroken: Workspace, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The same without the edited arm; its jobs write a checkpoint at every sign of life."""
    monkeypatch.setenv("RECENGINE_CHECKPOINT_S", "0")
    shutil.copytree(unbroken.root, ws.root)
    delete_run(ws, "lstm-2")
    return ws


def kill(ws: Workspace, query: str, until: Until) -> None:
    """Kill -9 for the process that does this; comes back once it is gone."""
    found: list[ProcessId] = []

    def there() -> bool:
        with Store(ws).reading() as db:
            found[:] = [ProcessId(*row) for row in db.execute(query)]
        return bool(found) and found[0].alive

    until(there)
    os.kill(found[0].pid, signal.SIGKILL)
    until(lambda: not found[0].alive)


def learning(ws: Workspace, run_id: str) -> bool:
    """Whether a run has got somewhere that a kill should not cost."""
    return (ws.runs / run_id / "search.ckpt").exists()


def weights(ws: Workspace, run_id: str) -> bytes:
    return (ws.runs / run_id / "model" / "weights.safetensors").read_bytes()


def is_the_unbroken(ws: Workspace, done: WhatIf, unbroken: Workspace) -> None:
    """Its edited arm is bit for bit the run that nobody killed."""
    assert done.status == "done", done.message
    assert done.verdict is not None
    assert done.run_ids("edited") == ["lstm-3"]
    assert weights(ws, "lstm-3") == weights(unbroken, "lstm-2")
    assert get_run(ws, "lstm-3").metrics == get_run(unbroken, "lstm-2").metrics


@pytest.mark.slow
def test_worker_coordinator_and_dispatcher_killed_in_the_background(
    filled: Workspace, unbroken: Workspace, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trainings outlive those who wait for them; one whose worker was killed is taken up with its set."""
    monkeypatch.setenv("RECENGINE_CHEAP_S", "0")  # so that the arm is queued
    asked = submit(filled, [Ask("lstm-1", (NORTH,))]).what_ifs[0].id
    until(lambda: learning(filled, "lstm-3"))
    kill(filled, DISPATCHER, until)
    kill(filled, COORDINATOR, until)
    assert what_if(filled, asked).active  # whoever looks has it taken up again
    assert get_run(filled, "lstm-3").status in ("running", "done")
    kill(filled, WORKER, until)

    def over() -> bool:
        jobs.ensure_dispatcher(filled)
        return not what_if(filled, asked).active

    until(over)
    is_the_unbroken(filled, what_if(filled, asked), unbroken)
    assert len(list_runs(filled)) == 2


@pytest.mark.slow
def test_killed_where_it_is_asked_it_is_lost_and_goes_on(
    filled: Workspace, unbroken: Workspace, until: Until
) -> None:
    command = [sys.executable, "-m", "recengine.cli", "what-if", "lstm-1", "--edit", NORTH, "--seeds", "1"]
    environment = {**os.environ, "RECENGINE_HOME": str(filled.root)}
    asking = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until(lambda: learning(filled, "lstm-3"))
    asking.kill()
    asking.wait()
    assert what_if(filled, "what-if-1").status == "lost"
    assert get_run(filled, "lstm-3").status == "lost"
    (done,) = resume_here(filled, "what-if-1")
    is_the_unbroken(filled, done, unbroken)

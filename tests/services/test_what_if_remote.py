"""Trainings elsewhere: without a cluster, then on a real Ray head with a worker killed in the middle."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import JobError, SettingsError
from recengine.data.synthetic import two_tastes
from recengine.services import what_if_ray
from recengine.services.runs import TrainSpec, delete_run, get_run, list_runs, points, run_report
from recengine.services.training import begin, train
from recengine.services.what_if import Ask, do, stop, what_if, what_if_set
from recengine.services.what_if_remote import Told, carry_out, hear_progress, order, parcel, take_in
from recengine.services.workspace import Workspace

Put = Callable[[Workspace, Dataset], str]
Until = Callable[[Callable[[], bool]], None]
NORTH, SOUTH = (f"drop people where group = {group}" for group in ("north", "south"))
SMALL = {"epochs": 3, "dims": 8, "history": 8, "batch": 8, "negatives": 8, "patience": 0}
LSTM = TrainSpec(dataset="two tastes", model="lstm", settings=SMALL, device="cpu")
EDITED = LSTM.model_copy(update={"edits": (NORTH,)})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, put: Put) -> Workspace:
    """A workspace with both arms, trained here: lstm-1 and, edited, lstm-2."""
    workspace = Workspace(tmp_path_factory.mktemp("whole"))
    put(workspace, two_tastes(num_users=40))
    train(workspace, LSTM)
    train(workspace, EDITED)
    return workspace


@pytest.fixture
def filled(whole: Workspace, ws: Workspace) -> Workspace:
    """The same without the edited arm."""
    shutil.copytree(whole.root, ws.root)
    delete_run(ws, "lstm-2")
    return ws


def weights(ws: Workspace, run_id: str) -> bytes:
    return (ws.runs / run_id / "model" / "weights.safetensors").read_bytes()


def is_the_same(ws: Workspace, run_id: str, whole: Workspace) -> None:
    """The run that came back is bit for bit the one that was trained here, and all of it is here."""
    came, here = get_run(ws, run_id), get_run(whole, "lstm-2")
    assert came.status == "done", came.error
    assert weights(ws, run_id) == weights(whole, "lstm-2")
    assert (came.metrics, came.exam, came.epochs, came.spec) == (
        *(here.metrics, here.exam, here.epochs),
        here.spec,
    )
    assert run_report(ws, run_id).per_person.equals(run_report(whole, "lstm-2").per_person)
    assert set(points(ws, run_id)["name"]) == set(points(whole, "lstm-2")["name"])
    assert not list(ws.root.glob(".*"))


def test_a_training_elsewhere_comes_back_as_the_run_it_was_ordered_for(
    filled: Workspace, whole: Workspace
) -> None:
    """Even the baselines of the exam, where they are not here."""
    claim = begin(filled, EDITED)
    data, told = parcel(filled, get_run(filled, "lstm-1")), list[Told]()
    shutil.rmtree(filled.baselines)
    outcome = carry_out(order(filled, claim.id), data, told.append)
    assert told[-1]["stage"] == "training"
    hear_progress(filled, claim.id, told[-1])
    take_in(filled, claim, outcome)
    is_the_same(filled, "lstm-3", whole)
    assert filled.baselines.exists()


def test_what_fails_elsewhere_says_why_here(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = begin(filled, EDITED)
    ordered, data = order(filled, claim.id), parcel(filled, get_run(filled, "lstm-1"))
    outcome = carry_out(ordered.replace(NORTH, "drop people where group = nowhere"), data, lambda told: None)
    assert "nowhere" in outcome["error"]
    take_in(filled, claim, outcome)
    assert get_run(filled, claim.id).status == "failed"
    assert "nowhere" in get_run(filled, claim.id).error
    monkeypatch.setattr("recengine.__version__", "0.0.1")
    assert (
        "the cluster has recengine 0.0.1, and this machine"
        in (carry_out(ordered, data, lambda told: None)["error"])
    )


def test_without_ray_it_is_said_what_to_install(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if_ray, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install 'recengine\[cluster\]'"):
        do(filled, [Ask("lstm-1", (NORTH,))], crew="cluster")
    assert len(list_runs(filled)) == 1


def _command(process: psutil.Process) -> str:
    """What a process was started with; nothing of one that has ended meanwhile."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def without_ray() -> None:
    """Skip, or fail where CI is set: the tests' own installation brings Ray."""
    give_up = pytest.fail if os.environ.get("CI") else pytest.skip
    give_up("ray is not installed; pip install 'recengine[dev]'")


@dataclass(frozen=True)
class Head:
    """A Ray head in processes of its own; `environment` has the token it wants."""

    address: str
    pid: int
    environment: dict[str, str]

    def training(self) -> list[int]:
        """The pids of its workers that train now."""
        found = psutil.Process(self.pid).children(recursive=True)
        return [one.pid for one in found if "ray::_there" in _command(one)]


@pytest.fixture(scope="module")
def head() -> Iterator[Head]:
    """One with two places."""
    if find_spec("ray") is None:
        without_ray()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="ray-"))  # sockets need a short path
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--num-cpus", "2"),
        *("--port", str(port), "--include-dashboard", "false", "--object-store-memory", str(100 * 2**20)),
        *("--temp-dir", str(folder), "--disable-usage-stats"),
    ]
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    environment = {**os.environ, **token, "OMP_NUM_THREADS": "1"}
    started = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert started.stdout is not None
    assert any("Ray runtime started" in line for line in started.stdout)
    yield Head(f"127.0.0.1:{port}", started.pid, environment)
    for process in [*psutil.Process(started.pid).children(recursive=True), psutil.Process(started.pid)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    started.wait()
    started.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)


ASKED = """
import sys
from pathlib import Path
from recengine.services.what_if import Ask, do
from recengine.services.workspace import Workspace
home, address, *edits = sys.argv[1:]
found = do(Workspace(Path(home)), [Ask("lstm-1", (edit,)) for edit in edits], crew="cluster", address=address)
print([one.status for one in found])
"""


@pytest.mark.slow
def test_a_set_is_trained_on_a_cluster_though_a_worker_is_killed_and_one_is_stopped(
    filled: Workspace, whole: Workspace, head: Head, until: Until
) -> None:
    """Three what-ifs at once; the first worker seen is killed, the last what-if stopped before its turn."""
    command = [sys.executable, "-c", ASKED, str(filled.root), head.address, NORTH, SOUTH, "drop last 3 days"]
    asking = subprocess.Popen(command, env=head.environment, stdout=subprocess.PIPE, text=True)
    until(lambda: bool(head.training()))
    os.kill(head.training()[0], signal.SIGKILL)
    stop(filled, "what-if-3")
    assert what_if(filled, "what-if-1").active
    printed, _ = asking.communicate(timeout=200)
    assert printed.splitlines()[-1] == "['done', 'done', 'stopped']"  # above it Ray tells of the kill
    (edited,) = what_if(filled, "what-if-1").run_ids("edited")
    is_the_same(filled, edited, whole)
    (stopped,) = what_if(filled, "what-if-3").run_ids("edited")
    assert get_run(filled, stopped).status == "stopped"


@pytest.mark.slow
def test_where_no_cluster_answers_it_is_said(filled: Workspace) -> None:
    if find_spec("ray") is None:
        without_ray()
    with pytest.raises(JobError, match="no Ray cluster answers at '127.0.0.1:1'. Start one with"):
        do(filled, [Ask("lstm-1", (NORTH,))], crew="cluster", address="127.0.0.1:1")
    (failed,) = what_if_set(filled, "set-1").what_ifs
    assert "no Ray cluster answers" in failed.message
    assert failed.can_resume

"""Contests: the same task for us and for each peer, each in its own process and environment, on one thread.

A contestant is a script in peers/ that reads a task (JSON) from its input and ends by printing its result
(JSON). Peers are installed by the suite itself, on first use, into environments of their own in the user's
cache folder, because what they need does not go together with what we need.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import digest
from recengine.core.errors import RecengineError
from recengine.core.ragged import Ragged
from recengine.metrics import metric_of
from recengine.metrics.ranking import hits

SCRIPTS = Path(__file__).parent / "peers"
TOP = Path(__file__).parents[2]  # of the checkout
READY = "ready"  # marks an environment whose installation came to its end
LIMIT_S = 60 * 60  # a contestant that takes longer is given up
THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"),
    *("POLARS_MAX_THREADS", "LK_NUM_THREADS", "LK_NUM_BACKEND_THREADS"),
)


@dataclass(frozen=True)
class Peer:
    """A library others would use instead.

    Attributes:
        installs: what pip is told, one call after the other; torch first, so that nothing else
            chooses its build.
    """

    title: str
    script: str
    installs: tuple[tuple[str, ...], ...]


TORCH = ("torch==2.13.0",)
PEERS = {
    "implicit": Peer(
        "implicit 0.7.3", "run_implicit.py", (("implicit==0.7.3", "numpy==2.4.6", "scipy==1.17.1"),)
    ),
    "recbole": Peer(
        "RecBole 1.2.1",
        "run_recbole.py",
        (TORCH, ("recbole==1.2.1", "numpy==1.26.4", "pandas==2.3.3", "scipy==1.17.1", "setuptools==80.9.0")),
    ),
    "rectools": Peer(
        "RecTools 0.19", "run_rectools.py", (TORCH, ("rectools[torch]==0.19.0", "numpy==1.26.4"))
    ),
    "lenskit": Peer("LensKit 2025.8", "run_lenskit.py", (TORCH, ("lenskit==2025.8.1", "numpy==2.4.6"))),
}


class AbsentError(RecengineError):
    """A contestant could not be installed or did not finish; the message is one line for the table."""


@dataclass(frozen=True)
class Result:
    """What a contestant brought home.

    Attributes:
        cpu_s: seconds of processor time for `count` pieces of work.
        lists_UK: recommended item codes, -1 where there are none; None where none were asked for.
        told: everything else it said.
    """

    cpu_s: float
    count: float
    lists_UK: NDArray[np.int32] | None
    told: dict[str, Any]

    @property
    def rate(self) -> float:
        """Pieces of work per CPU second."""
        return self.count / self.cpu_s


def compete(name: str, task: dict[str, Any], say: Callable[[str], None] = print) -> Result:
    """Let a contestant do the task: one of PEERS, or "ours".

    Args:
        task: `what` to do; `events`, a file that `write_events` wrote; the shape of the model.

    Raises:
        AbsentError: it is not to be had here, or it failed; with its last line.
    """
    if name == "ours":
        python, script = Path(sys.executable), "run_ours.py"
    else:
        python, script = environment(name, PEERS[name], say), PEERS[name].script
    say(f"{name}: {task['what']} ...")
    with TemporaryDirectory() as folder:  # where it may leave what it likes to leave
        written = _run([python, SCRIPTS / script], Path(folder), json.dumps(task))
        return _result(written, Path(folder))


def environment(name: str, peer: Peer, say: Callable[[str], None] = print) -> Path:
    """The interpreter of a peer's environment, which is made on first use.

    Raises:
        AbsentError: pip failed; with its last line.
    """
    folder = _cache() / f"{name}-{digest(peer.installs, sys.version)[:8]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / READY).exists():
        say(f"installing {peer.title} into {folder}; this takes minutes, once")
        venv.create(folder, clear=True, with_pip=True)
        for packages in peer.installs:
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, *packages], folder)
        (folder / READY).touch()
    return python


def write_events(
    path: Path,
    train: tuple[NDArray[np.int32], NDArray[np.int32]],
    targets: tuple[NDArray[np.int32], NDArray[np.int32]],
    shape: tuple[int, int],
    **more: NDArray[Any],
) -> Path:
    """The data of a contest, readable everywhere.

    Args:
        train: people and items of the events, person by person, oldest first.
        targets: people and items that are asked for.
        shape: how many people and items there are.
    """
    arrays = {"user": train[0], "item": train[1], "target_user": targets[0], "target_item": targets[1]}
    np.savez(path, allow_pickle=False, shape=np.array(shape), **arrays, **more)
    return path


def quality(lists_UK: NDArray[np.int32], targets: Ragged, metric: str) -> float:
    """One ruler for everybody's lists: the mean over people, a row each, who have a target."""
    asked = targets.lengths > 0
    per_person_U = metric_of(metric).function(hits(lists_UK, targets), targets.lengths)
    return float(per_person_U[asked].mean())


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recengine" / "peers"


def _run(command: list[Any], folder: Path, told: str = "") -> str:
    surroundings = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONPATH": str(TOP)}
    try:
        done = subprocess.run(
            list(map(str, command)),
            cwd=folder,
            input=told,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
            env=surroundings,
        )
    except subprocess.TimeoutExpired:
        raise AbsentError(f"given up after {LIMIT_S / 60:.0f} minutes") from None
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
        raise AbsentError(lines[-1][:200])
    return done.stdout


def _result(written: str, folder: Path) -> Result:
    told = json.loads(written.strip().splitlines()[-1])
    lists = told.pop("lists", None)
    lists_UK = None if lists is None else np.load(folder / lists, allow_pickle=False)
    return Result(told.pop("cpu_s"), told.pop("count"), lists_UK, told)

"""The process that works the queue: starts workers, notices what became of them, leaves when all is done.

`python -m recengine.services.dispatcher WORKSPACE`; `jobs.ensure_dispatcher` starts it. Workers have
sessions of their own: they outlive it, and the next dispatcher finds them by their process ids.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from recengine.services import queue, tasks_queue
from recengine.services.device import cpu_jobs, num_gpus, threads_per_job
from recengine.services.files import sweep
from recengine.services.log import log_path
from recengine.services.processes import ProcessId
from recengine.services.recovery import recover
from recengine.services.spawn import Detached, spawn
from recengine.services.workspace import Workspace

POLL_S = 0.25


def work(ws: Workspace) -> None:
    """Work the queue until nothing waits or runs; returns at once where another process does."""
    me = ProcessId.me()
    if not queue.become_dispatcher(ws, me):
        return
    sweep(ws.root)
    slots = [*(f"cuda:{number}" for number in range(num_gpus())), *(f"cpu:{n}" for n in range(cpu_jobs()))]
    beside = [*slots, *tasks_queue.COORDINATORS]
    children: list[Detached] = []
    while ws.database.exists():  # else the workspace was removed; do not bring it back
        children = [child for child in children if child.poll() is None]
        recover(ws)
        while (task := tasks_queue.claim(ws, beside)) is not None:  # short, and somebody waits for it
            children.append(start_task(ws, task))
        while (taken := queue.claim(ws, slots)) is not None:
            children.append(start_worker(ws, taken))
        if not children and queue.retire_dispatcher(ws, me):
            return
        time.sleep(POLL_S)


def start_worker(ws: Workspace, taken: queue.Claim) -> Detached:
    """A process of its own for one training; all it prints goes to the run's log."""
    child = _start(ws, "recengine.services.worker", taken, log_path(ws, taken.id))
    if (process := ProcessId.of(child.pid)) is not None:
        queue.note_process(ws, taken, process)
    return child


def start_task(ws: Workspace, taken: queue.Claim, secret: str = "") -> Detached:
    """The same for one task; `secret` reaches it and nobody else."""
    child = _start(ws, "recengine.services.tasks_worker", taken, tasks_queue.log_of(ws, taken.id), secret)
    if (process := ProcessId.of(child.pid)) is not None:
        tasks_queue.note_process(ws, taken, process)
    return child


def _start(ws: Workspace, module: str, taken: queue.Claim, log: Path, secret: str = "") -> Detached:
    arguments = [str(ws.root), taken.id, taken.token, taken.slot]
    return spawn(module, arguments, log=log, env=_environment(taken.slot), secret=secret)


def _environment(slot: str) -> dict[str, str]:
    """Set before torch is imported: threads that spin while they wait cost 10 times on a busy machine."""
    threads = str(threads_per_job())
    kind, number = slot.split(":")
    found = {
        "OMP_WAIT_POLICY": "PASSIVE",
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "PYTHONFAULTHANDLER": "1",
    }
    if kind == tasks_queue.COORDINATOR:  # it sees the machine as those do that it waits for
        return found
    return {**found, "CUDA_VISIBLE_DEVICES": _gpu(int(number)) if kind == "cuda" else ""}


def _gpu(number: int) -> str:
    """What this machine calls its n-th GPU that we may use."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",")[number].strip() if visible else str(number)


if __name__ == "__main__":
    work(Workspace(Path(sys.argv[1])))

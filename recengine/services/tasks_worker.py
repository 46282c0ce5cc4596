"""The process in which one task is carried out, and how it tells how far it is.

`python -m recengine.services.tasks_worker WORKSPACE TASK TOKEN SLOT`; the dispatcher starts it. What
it has to know and nobody may read comes through its standard input.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from recengine.core.errors import RecengineError
from recengine.services import tasks_queue
from recengine.services.processes import ProcessId
from recengine.services.queue import Claim
from recengine.services.recorder import FLUSH_S
from recengine.services.recovery import error_in_words
from recengine.services.store import Store, transaction
from recengine.services.tasks import KINDS
from recengine.services.worker import NICENESS
from recengine.services.workspace import Workspace


class Stopped(Exception):  # noqa: N818 (not an error)
    """The task was asked to stop."""


class Report:
    """Hears how far a task is and writes it down a few times a second.

    Attributes:
        id: of the task.
        device: where the task may compute: "cpu" or "cuda".
        secret: what the task was told that nobody may read; "" where nothing was.
    """

    def __init__(self, ws: Workspace, claim: Claim, secret: str = "") -> None:
        self.id = claim.id
        self.secret = secret
        self.device = "cuda" if claim.slot.startswith("cuda") else "cpu"
        self._claim = claim
        self._db = Store(ws).connect()
        self._first: tuple[float, float] | None = None  # pieces done when they were first told, and the time
        self._written_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def __call__(self, done: float, total: float, message: str = "") -> None:
        """So many of so many pieces are done.

        Raises:
            Stopped: the task was asked to stop, or another process has it by now.
        """
        now = time.monotonic()
        first_done, first_at = self._first = self._first or (done, now)
        if done < total and now - self._written_at < FLUSH_S:
            return
        self._written_at = now
        seconds, pieces = now - first_at, done - first_done
        per_second = pieces / seconds if seconds > 0 and pieces else None
        eta_s = (total - done) / per_second if per_second else None
        self._write(
            {"done": done, "total": total, "per_second": per_second, "eta_s": eta_s, "message": message}
        )

    def _write(self, values: dict[str, Any]) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with transaction(self._db) as db:
            heard = db.execute(
                f"UPDATE tasks SET {columns} WHERE id = ? AND token = ? AND want = 'run'",
                (*values.values(), self._claim.id, self._claim.token),
            )
        if heard.rowcount != 1:
            raise Stopped


class Work(Protocol):
    """What stands on the shelf of kinds."""

    def __call__(self, ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
        """Do it; what is returned fits into JSON and becomes the task's result."""


def work(ws: Workspace, taken: Claim, secret: str = "") -> None:
    """Carry out one task and give it its final state, whatever happens."""
    if not tasks_queue.note_process(ws, taken, ProcessId.me(), begun=True):
        print("this task has been given to another process; nothing to do")
        return
    try:
        with Report(ws, taken, secret) as report:
            result = _carry_out(ws, taken, report)
    except Stopped:
        tasks_queue.finish(ws, taken, "stopped")
    except Exception as error:
        if isinstance(error, RecengineError):
            print(error)
        else:
            traceback.print_exc()
        tasks_queue.finish(ws, taken, "failed", error=error_in_words(error))
    else:
        tasks_queue.finish(ws, taken, "done", result=result)


def _carry_out(ws: Workspace, taken: Claim, report: Report) -> dict[str, Any]:
    with Store(ws).reading() as db:
        row = db.execute("SELECT kind, spec FROM tasks WHERE id = ?", (taken.id,)).fetchone()
    return work_of(row["kind"])(ws, json.loads(row["spec"]), report)


def work_of(kind: str) -> Work:
    """The function that does this kind of work."""
    module, _, name = KINDS[kind].partition(":")
    found: Work = getattr(import_module(module), name)
    return found


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    home, task_id, token, slot = sys.argv[1:]
    # By its name: what is raised here as `__main__.Stopped` nobody else could catch.
    here = import_module("recengine.services.tasks_worker")
    here.work(Workspace(Path(home)), Claim(task_id, token, slot), sys.stdin.read())

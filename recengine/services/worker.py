"""The process in which one job is carried out.

`python -m recengine.services.worker WORKSPACE RUN TOKEN SLOT`; the dispatcher starts it.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from recengine.core.errors import RecengineError
from recengine.services import queue
from recengine.services.processes import ProcessId
from recengine.services.recovery import error_in_words
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.fitting import Told

NICENESS = 10  # the pages come first


def work(ws: Workspace, taken: queue.Claim) -> None:
    """Carry out one job and give it its final state, whatever happens."""
    if not queue.note_process(ws, taken, ProcessId.me(), begun=True):
        print("this job has been given to another process; nothing to do")
        return
    try:
        _carry_out(ws, taken)
    except Exception as error:
        if isinstance(error, RecengineError):
            print(error)
        else:
            traceback.print_exc()
        queue.finish(ws, taken, "failed", error_in_words(error))


def _carry_out(ws: Workspace, taken: queue.Claim) -> None:
    from recengine.services.recorder import Interrupted
    from recengine.services.training import carry_out

    try:
        carry_out(ws, taken, on_event=_print)
    except Interrupted as asked:
        print(f"asked to {asked.want}")
        queue.finish(ws, taken, queue.ASKED[asked.want])
    else:
        queue.finish(ws, taken, "done")


def _print(told: Told) -> None:
    """One line a pass, a note and a model that was tried, for the log."""
    from recengine.services.fitting import line_of

    if line := line_of(told):
        print(time.strftime("%H:%M:%S"), line, flush=True)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    home, run_id, token, slot = sys.argv[1:]
    work(Workspace(Path(home)), queue.Claim(run_id, token, slot))

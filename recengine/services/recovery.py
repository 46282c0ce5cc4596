"""What became of jobs that cannot speak for themselves any more."""

from __future__ import annotations

import sqlite3

from recengine.core.errors import RecengineError
from recengine.services import queue
from recengine.services.log import log_tail
from recengine.services.workspace import Workspace


def recover(ws: Workspace) -> None:
    """Find jobs whose process is gone, never came up or does not listen, and say so in their state."""
    for trouble in queue.troubles(ws):
        queue.settle(ws, trouble, _in_words(ws, trouble))


def _in_words(ws: Workspace, trouble: queue.Trouble) -> str:
    if trouble.status == "lost":
        return (
            "The process of this run ended without a word: it was killed, the memory ran out, or the machine "
            "was switched off. Resume goes on from the last checkpoint."
        )
    if trouble.status != "failed":
        return ""
    tail = log_tail(ws, trouble.claim.run_id, lines=5) or "nothing"
    late = trouble.process is not None
    what = f"did not start within {queue.START_TIMEOUT_S:.0f} seconds" if late else "ended before it began"
    return f"The process of this run {what}. The last it printed: {tail}"


def error_in_words(error: Exception) -> str:
    """What went wrong, for someone who reads no tracebacks."""
    if isinstance(error, RecengineError):
        return str(error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return (
            "The memory ran out. Choose a smaller batch, shorter histories or fewer dimensions, "
            "or a machine (or GPU) with more memory."
        )
    if isinstance(error, sqlite3.Error) or (isinstance(error, OSError) and error.errno is not None):
        return f"The system refused a file: {error}. See whether the disk is full and the workspace writable."
    return (
        f"Something went wrong inside recengine ({type(error).__name__}: {error}). The settings are not to "
        "blame; the log has the details a maintainer needs."
    )

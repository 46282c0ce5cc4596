"""What became of jobs that cannot speak for themselves any more."""

from __future__ import annotations

import sqlite3

from recengine.core.errors import RecengineError
from recengine.services import queue, tasks_queue
from recengine.services.log import log_tail, tail_of
from recengine.services.what_if_lost import take_up_lost
from recengine.services.workspace import Workspace

TAIL = 5  # lines of a log that are told


def recover(ws: Workspace) -> None:
    """Find jobs whose process is gone, never came up or does not listen, and say so in their state.

    What-ifs in the background go on by themselves.
    """
    for trouble in queue.troubles(ws):
        tail = log_tail(ws, trouble.claim.id, TAIL)
        queue.settle(ws, trouble, _in_words(trouble, "run", "Resume goes on from the last checkpoint.", tail))
    for trouble in tasks_queue.troubles(ws):
        tail = tail_of(tasks_queue.log_of(ws, trouble.claim.id), TAIL)
        tasks_queue.settle(ws, trouble, _in_words(trouble, "task", "Start it again.", tail))
    take_up_lost(ws)


def _in_words(trouble: queue.Trouble, what: str, next_step: str, tail: str) -> str:
    if trouble.status == "lost":
        return (
            f"The process of this {what} ended without a word: it was killed, the memory ran out, or the "
            f"machine was switched off. {next_step}"
        )
    if trouble.status != "failed":
        return ""
    late = trouble.process is not None
    how = f"did not start within {queue.START_TIMEOUT_S:.0f} seconds" if late else "ended before it began"
    return f"The process of this {what} {how}. The last it printed: {tail or 'nothing'}"


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

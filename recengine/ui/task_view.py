"""A task under the eyes of its reader: how far it is, how long it still takes, and a way to stop it."""

from __future__ import annotations

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.core.words import count
from recengine.services import tasks
from recengine.services.tasks import Task
from recengine.services.workspace import Workspace
from recengine.ui import format, messages
from recengine.ui.page import guarded

EVERY_S = 1.0  # between two looks at a task that is under way


def watch(ws: Workspace, task: Task, *, doing: str, pieces: str, key: str) -> None:
    """Draw a task that is under way again each second, and the page anew once it is over.

    Args:
        doing: what it does, as a heading ("Working out what drives the scores").
        pieces: what it counts ("households"); "" where its own message says how far it is.
    """
    fragment = st.fragment(guarded(_watch), run_every=EVERY_S if task.active else None)
    fragment(ws, task.id, task.active, doing, pieces, key)


def _watch(ws: Workspace, task_id: str, was_active: bool, doing: str, pieces: str, key: str) -> None:
    task = tasks.task(ws, task_id)
    if task.active != was_active:
        st.rerun()  # the page starts or ends the timer, and shows what came of it
    if task.active:
        with st.container(border=True, key=f"{key}.task"):
            st.markdown(f"**{messages.plain(doing)}**")
            st.progress(min(1.0, task.progress), text=messages.plain(in_words(task, pieces), 300))
            if task.can_stop and st.button("Stop", icon=":material/stop:", key=f"{key}.stop"):
                _stop(ws, task.id)
    elif task.status in ("failed", "lost"):
        messages.failed("It broke off", task.message)
    elif task.status == "stopped":
        messages.state("info", "Stopped", "It was stopped on request; nothing was kept.")


def _stop(ws: Workspace, task_id: str) -> None:
    try:
        tasks.stop(ws, task_id)
    except RecengineError as error:  # it came to its end just now
        messages.state("info", str(error))


def in_words(task: Task, pieces: str) -> str:
    """How far a task is, in one line: "37 of 200 households, 4.2 a second, 39 s left"."""
    if task.status == "queued" or not task.total or not pieces:
        return task.message
    said = [f"{count(task.done)} of {count(task.total)} {pieces}"]
    if task.per_second == task.per_second:
        said.append(f"{task.per_second:.3g} a second")
    if task.eta_s is not None:
        said.append(f"{format.duration(task.eta_s)} left")
    return ", ".join([*said, *([task.message] if task.message else [])])

"""Everyone's lists into the user's own database, from where another system can serve them."""

from __future__ import annotations

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services import write_back
from recengine.services.datasets import DatasetCard
from recengine.services.tasks import Task, tasks
from recengine.services.workspace import Workspace
from recengine.ui import messages, picks, task_view
from recengine.ui.page import sentence
from recengine.ui.store_connect import DATABASE, DOCUMENTS, GROUPS, Opened, opened

USUAL = "recommendations"  # the table's or collection's name


def send(ws: Workspace, card: DatasetCard) -> None:
    """Connect to a store, choose a run and a place, write; nothing where no run can be asked."""
    runs = [run.id for run in picks.finished_runs(ws, card)]
    if not runs:
        return
    for task in tasks(ws, kind=write_back.KIND):
        if task.about in runs:
            _draw(ws, task)
    groups = [group for group in GROUPS if group in (DATABASE, DOCUMENTS)]
    with st.expander("Write everyone's list into a database", key="send"):
        group = st.segmented_control("Where to?", groups, default=groups[0], required=True, key="send.group")
        if store := opened(group or groups[0]):
            _write(ws, card, store)


def _write(ws: Workspace, card: DatasetCard, store: Opened) -> None:
    runs = {run.id: run for run in picks.finished_runs(ws, card)}
    which, where, how_many = st.columns([2, 2, 1])
    with which:
        run_id = st.selectbox(
            "Lists of", list(runs), format_func=lambda run_id: picks.run_words(runs[run_id]), key="send.run"
        )
    with where:
        place = st.text_input("Table or collection", value=USUAL, key="send.place")
    with how_many:
        length = st.number_input("Items a list", 1, 100, 10, key="send.length")
    st.caption(
        "It is made where there is none yet. Lists of the same run are replaced, all or none; those of other "
        "runs stay."
    )
    if st.button("Write", type="primary", key="send.start", disabled=not place.strip()):
        try:
            write_back.begin(ws, run_id, store.remote.connection, place.strip(), length)
        except RecengineError as error:
            messages.failed("It was not begun", sentence(str(error)))
        else:
            st.rerun()


def _draw(ws: Workspace, task: Task) -> None:
    """How far the writing is, or what came of it."""
    if task.active:
        task_view.watch(ws, task, doing=_doing(task), pieces="people", key=f"send.{task.id}")
        return
    if task.status == "done":
        messages.done("The lists are there", f"{task.result['sentence']}.")
    elif task.status == "stopped":
        messages.state("info", "Stopped", "Nothing was written.")
    else:
        messages.failed("Nothing was written", sentence(task.message))
    st.button(
        "Close", key=f"send.close.{task.id}", type="tertiary", on_click=write_back.close, args=(ws, task)
    )


def _doing(task: Task) -> str:
    return f"Writing the lists of {task.about} into {task.spec['place']} at {task.spec['where']}"

"""Imports under the reader's eyes: how far they are, what they ask, what came of them.

An import begun from a form is drawn where the form's button stood; any other (after a reload, on another
page, by somebody else) at the head of the page.
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from recengine.core.errors import Question, RecengineError
from recengine.services import import_work
from recengine.services.tasks import Task, tasks
from recengine.services.uploads import as_handed
from recengine.services.workspace import Workspace
from recengine.ui import import_outcome, import_questions, messages, task_view
from recengine.ui.page import sentence
from recengine.ui.store_connect import open_at

BEGUN = "data.begun"  # session: what a form is about -> the id of the import begun from it
DRAWN = "data.drawn"  # session: the imports drawn so far in this run of the page
SEEN = "data.seen"  # session: the import that was asked for by a click
PROBLEM = "data.go-on.problem"
ENDS = {"done": "is in", "stopped": "was stopped; nothing was brought in"}


def begun(about: str, task: Task) -> NoReturn:
    """Keep which import was begun from a form and draw the page anew, which then shows it."""
    st.session_state[SEEN] = task.id
    st.session_state.setdefault(BEGUN, {})[about] = task.id
    st.rerun()


def done_shown(ws: Workspace, about: str) -> bool:
    """Show what came of the import begun from this form; False where there is nothing to show yet."""
    task = _of_form(ws, about)
    if task is None or task.status != "done" or import_work.question_of(task):
        return False
    _draw(ws, task)
    return True


def under_form(ws: Workspace, about: str) -> bool:
    """Draw the import begun from this form; whether it stands in place of the form's button."""
    task = _of_form(ws, about)
    if task is None:
        return False
    _draw(ws, task, closable=False)
    return task.active or bool(import_work.question_of(task))


def draw_others(ws: Workspace) -> None:
    """Draw every import that no form has drawn: in full what was seen at work or asked for here."""
    for task in tasks(ws, kind=import_work.KIND):
        if task.id in _drawn():
            continue
        if task.active:
            st.session_state[SEEN] = task.id
        if task.id == st.session_state.get(SEEN) or task.active or import_work.question_of(task):
            _draw(ws, task)
        else:
            _line(ws, task)


def draw_in_short(ws: Workspace, dataset: str) -> None:
    """Imports on a page about a dataset: in full where they brought it what is new, else a line each."""
    for task in tasks(ws, kind=import_work.KIND):
        if task.active or (task.spec["way"] == "new" and task.spec["name"] == dataset):
            _draw(ws, task)
        else:
            _line(ws, task)


def start_over() -> None:
    """Forget what was drawn; called before anything is."""
    st.session_state[DRAWN] = set()


def _drawn() -> set[str]:
    found: set[str] = st.session_state.setdefault(DRAWN, set())
    return found


def _of_form(ws: Workspace, about: str) -> Task | None:
    task_id = st.session_state.get(BEGUN, {}).get(about)
    return next((task for task in tasks(ws, kind=import_work.KIND) if task.id == task_id), None)


def _draw(ws: Workspace, task: Task, *, closable: bool = True) -> None:
    _drawn().add(task.id)
    name, new = task.spec["name"], task.spec["way"] == "new"
    if task.active:
        doing = f"Bringing in what is new in {name}" if new else f"Bringing in {name}"
        task_view.watch(ws, task, doing=doing, pieces="", key=f"data.{task.id}")
    elif import_work.question_of(task):
        _ask(ws, task)
    elif task.status == "done":
        (import_outcome.draw_new if new else import_outcome.draw)(ws, task)
    else:
        _failed(task, new=new)
        if closable:
            _closing(ws, task)


def _failed(task: Task, *, new: bool) -> None:
    if task.status == "stopped":
        messages.state("info", "Stopped", f"Nothing was brought into {task.spec['name']}.")
        return
    title = "Nothing new was brought in; the data are as they were" if new else "It could not be brought in"
    messages.failed(title, sentence(as_handed(task.message)))


def _line(ws: Workspace, task: Task) -> None:
    name = messages.plain(task.spec["name"])
    said = "asks something" if import_work.question_of(task) else ENDS.get(task.status, "was not brought in")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}** {said}.", width="content")
        st.button("See it", key=f"data.see.{task.id}", type="tertiary", on_click=_see, args=(task,))
        _closing(ws, task)


def _see(task: Task) -> None:
    st.session_state[SEEN] = task.id
    import_outcome.bring()


def _closing(ws: Workspace, task: Task) -> None:
    st.button(
        "Close", key=f"data.close.{task.id}", type="tertiary", on_click=import_work.close, args=(ws, task)
    )


def _ask(ws: Workspace, task: Task) -> None:
    """Draw the question that stopped an import; its answer begins it anew."""
    asked = Question(**import_work.question_of(task))
    with st.container(border=True, key=f"data.asks.{task.id}"):
        said = import_questions.answer(asked, f"data.ask.{task.id}")
        lost = task.spec["way"] == "store" and open_at(task.spec["source"]) is None
        if lost:
            where = messages.clip(task.spec["source"], 200)
            messages.state("warn", "Connect again", f"Its password was not kept. Connect to {where} below.")
        elif said is None:
            messages.state("warn", "Not ready yet", "Answer the question above.")
        if problem := st.session_state.pop(PROBLEM, ""):
            messages.failed("It could not go on", sentence(problem))
        with st.container(horizontal=True):
            st.button(
                "Go on", type="primary", key=f"data.on.{task.id}",
                disabled=lost or said is None, on_click=_go_on, args=(ws, task, said),
            )  # fmt: skip
            _closing(ws, task)


def _go_on(ws: Workspace, task: Task, answer: str) -> None:
    connection = open_at(task.spec["source"]) if task.spec["way"] == "store" else None
    try:
        next_one = import_work.go_on(ws, task, answer, connection)
    except RecengineError as error:
        st.session_state[PROBLEM] = str(error)
        return
    forms: dict[str, str] = st.session_state.get(BEGUN, {})
    for about, task_id in forms.items():
        if task_id == task.id:
            forms[about] = next_one.id

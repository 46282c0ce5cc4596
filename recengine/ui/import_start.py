"""The button that begins an import; the import itself stands in its place until it is over."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services.tasks import Task
from recengine.services.workspace import Workspace
from recengine.ui import import_watch, messages
from recengine.ui.page import sentence


def start(
    ws: Workspace, about: str, problem: str, begin: Callable[[], Task], *, words: str = "Import"
) -> None:
    """Begin an import, once it can be.

    Args:
        about: the file, table or example, under which the import is kept for this form.
        problem: what is missing in the form; "" where nothing is.
    """
    if import_watch.under_form(ws, about):
        return
    if problem:
        messages.state("warn", "Not ready yet", problem)
    if st.button(words, type="primary", key="data.import", disabled=bool(problem)):
        try:
            task = begin()
        except RecengineError as error:
            messages.failed("It was not begun", sentence(str(error)))
        else:
            import_watch.begun(about, task)

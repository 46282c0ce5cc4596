"""The button that starts an import; a question the data raise stops it until it is answered."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recengine.core.errors import Question
from recengine.data.build import Imported
from recengine.data.mapping import Mapping
from recengine.ui import messages
from recengine.ui.import_form import Form
from recengine.ui.import_outcome import finish
from recengine.ui.import_questions import Answers, answers, ask
from recengine.ui.progress import rows_counted

Read = Callable[[Mapping, Callable[[int], None]], Imported]


def start(form: Form, about: str, given: Answers, read: Read) -> None:
    """Import what the form says, once it can be.

    Args:
        about: the file or table, under which its questions and its outcome are kept.
        given: what was answered above the form.
        read: does it, with the columns and with a counter of rows.
    """
    said = given | answers(about, "dates", "decimals")
    problem = form.problem or ("Answer the question above." if None in said.values() else "")
    if problem:
        messages.state("warn", "Not ready yet", problem)
    if st.button("Import", type="primary", key="data.import", disabled=bool(problem)):
        try:
            with rows_counted("Reading") as progress:
                imported = read(form.mapping.model_copy(update=said), progress)
        except Question as question:
            ask(about, question)
        finish(about, form.name, imported)

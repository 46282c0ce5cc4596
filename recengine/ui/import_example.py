"""Data that need nobody's files: the sample, and data that are made up."""

from __future__ import annotations

import streamlit as st

from recengine.data import SOURCES
from recengine.services.import_work import begin_example
from recengine.services.workspace import Workspace
from recengine.ui import import_watch
from recengine.ui.fields import defaults_of
from recengine.ui.forms import config_form, problem_of
from recengine.ui.import_names import name_of
from recengine.ui.import_start import start

EXAMPLES = {
    name: source
    for name, source in SOURCES.items()
    if not any(field.is_required() for field in source.model_fields.values())
}


def from_example(ws: Workspace) -> None:
    """Choose an example, set it, make it."""
    name = st.radio(
        "Which example?",
        list(EXAMPLES),
        format_func=lambda name: EXAMPLES[name].title,
        captions=[source.summary for source in EXAMPLES.values()],
        key="data.example",
    )
    if import_watch.done_shown(ws, name):
        return
    source = EXAMPLES[name]
    values = config_form(source, defaults_of(source), key=f"data.example.{name}")
    called = st.text_input(
        "Name of the dataset", value=name_of(source.title), max_chars=60, key=f"data.name.{name}"
    )
    problem = problem_of(source, values) or ("" if called.strip() else "Give the dataset a name.")
    start(ws, name, problem, lambda: begin_example(ws, name, called, values))

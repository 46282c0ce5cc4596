"""Data that need nobody's files: the sample, and data that are made up."""

from __future__ import annotations

import streamlit as st

from recengine.data import SOURCES
from recengine.data.sources import Source
from recengine.services.datasets import check_name, keep
from recengine.services.workspace import Workspace
from recengine.ui import import_outcome, messages
from recengine.ui.fields import defaults_of
from recengine.ui.forms import config_form, problem_of
from recengine.ui.import_names import name_of
from recengine.ui.progress import rows_counted

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
    if import_outcome.shown(name):
        return
    source = EXAMPLES[name]
    values = config_form(source, defaults_of(source), key=f"data.example.{name}")
    called = st.text_input(
        "Name of the dataset", value=name_of(source.title), max_chars=60, key=f"data.name.{name}"
    )
    if problem := problem_of(source, values):
        messages.state("warn", "Not ready yet", problem)
    if st.button("Import", type="primary", key="data.import", disabled=bool(problem or not called.strip())):
        _make(ws, source.of(values), name, called)


def _make(ws: Workspace, source: Source, about: str, called: str) -> None:
    check_name(called)
    with rows_counted("Reading") as progress:
        imported = source.load(called, progress)
        keep(ws, imported)
    import_outcome.finish(about, called, imported)

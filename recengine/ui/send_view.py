"""Everyone's lists into the user's own database, from where another system can serve them."""

from __future__ import annotations

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services.datasets import DatasetCard
from recengine.services.workspace import Workspace
from recengine.services.write_back import write_recommendations
from recengine.ui import messages, picks
from recengine.ui.page import sentence
from recengine.ui.store_connect import DATABASE, DOCUMENTS, GROUPS, Opened, opened

USUAL = "recommendations"  # the table's or collection's name


def send(ws: Workspace, card: DatasetCard) -> None:
    """Connect to a store, choose a run and a place, write; nothing where no run can be asked."""
    if not picks.finished_runs(ws, card):
        return
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
        _send(ws, run_id, store, place.strip(), length)


def _send(ws: Workspace, run_id: str, store: Opened, place: str, length: int) -> None:
    bar = st.progress(0.0, "Making the lists")

    def told(done: int, people: int) -> None:
        bar.progress(done / max(people, 1), f"Making the lists: {done:,} of {people:,}")

    try:
        written = write_recommendations(ws, run_id, store.remote, place, length, progress=told)
    except RecengineError as error:
        messages.failed("Nothing was written", sentence(str(error)))
    else:
        messages.done("The lists are there", f"{written.sentence}.")
    finally:
        bar.empty()

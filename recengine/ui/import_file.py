"""A file comes in, column by column and rule by rule in the open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from recengine.core.errors import Question, RecengineError
from recengine.data.files import Preview, preview
from recengine.data.mapping import Guess, guess_mapping
from recengine.services.datasets import SAMPLE, list_datasets
from recengine.services.import_work import begin_file, begin_sample, uploads_wanted
from recengine.services.tasks import Task
from recengine.services.uploads import as_handed, spool, sweep_uploads
from recengine.services.workspace import Workspace
from recengine.ui import cards, import_watch, messages
from recengine.ui.import_form import choose_domain, draw_form
from recengine.ui.import_names import name_of
from recengine.ui.import_questions import answers, ask
from recengine.ui.import_start import start

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}


def from_file(ws: Workspace) -> None:
    """Choose a file, check how it was understood, import it."""
    _offer_sample(ws)
    events = st.file_uploader(
        "A file of events: one row for each time somebody bought, saw or rated something", key="data.events"
    )
    if events is None:
        st.caption(
            "Two columns are needed, who and what; a third, when, is worth having. CSV, TSV or any other "
            "delimiter, Excel, Parquet or JSON lines, also packed as .gz or .zip. The file stays on this "
            "machine."
        )
        return
    if import_watch.done_shown(ws, events.file_id):
        return
    path = kept(ws, events)
    try:
        _understand(ws, path, events)
    except RecengineError as error:
        messages.failed("This file cannot be used as it is", as_handed(str(error)))


def kept(ws: Workspace, upload: Any) -> Path:
    """Where the uploaded file lies in the workspace; written on the first call only."""
    sweep_uploads(ws, uploads_wanted(ws))
    return spool(ws, upload, upload.file_id, upload.name)


def _offer_sample(ws: Workspace) -> None:
    if any(card.name == SAMPLE for card in list_datasets(ws)):
        return
    with st.container(border=True):
        st.markdown("**No file at hand?** Start with a year of real grocery purchases, 1.47 million rows.")
        if import_watch.under_form(ws, SAMPLE):
            return
        if st.button("Import the sample", key="data.sample", icon=":material/shopping_basket:"):
            import_watch.begun(SAMPLE, begin_sample(ws))


def _understand(ws: Workspace, path: Path, events: Any) -> None:
    about = events.file_id
    header, domain = _choose_header(), choose_domain("data.domain")
    sheet = answers(about, "sheet")
    if None in sheet.values():
        return
    try:
        seen, guess = _seen(path, header, sheet.get("sheet"), domain)
    except Question as question:
        ask(about, question)
    _show_preview(seen)
    others = _choose_others(ws)
    form = draw_form(seen.frame, guess, name=name_of(events.name), key=about)

    mapping = form.mapping.model_copy(update=sheet)

    def begin() -> Task:
        return begin_file(
            ws, form.name, path, mapping=mapping, cleaning=form.cleaning, header=header, **others
        )

    start(ws, about, form.problem, begin)


@st.cache_data(show_spinner="Looking at the file…", max_entries=8)
def _seen(path: Path, header: bool | None, sheet: str | None, domain: str | None) -> tuple[Preview, Guess]:
    """How a kept upload reads and what its columns seem to be; its path is never used for another file."""
    seen = preview(path, header=header, sheet=sheet)
    return seen, guess_mapping(seen.frame, domain)


def _choose_header() -> bool | None:
    words = {"Find out": None, "Names": True, "Data": False}
    chosen = st.segmented_control(
        "First row", list(words), default="Find out", required=True, key="data.header"
    )
    return words[chosen or "Find out"]


def _show_preview(seen: Preview) -> None:
    facts = [seen.format, _size_of(seen.num_bytes)]
    facts += [f"delimiter {_DELIMITERS.get(seen.delimiter, seen.delimiter)}"] if seen.delimiter else []
    facts += [str(seen.encoding)] if seen.encoding else []
    facts += ["first row = column names" if seen.header else "no column names"]
    cards.draw(cards.heading("How it was read", " · ".join(facts), 3))
    st.dataframe(
        seen.frame, height=240, hide_index=True, key="data.preview", alt="The first rows of the file"
    )


def _choose_others(ws: Workspace) -> dict[str, Path | None]:
    """The optional files that come along."""
    with st.expander("More files: people, items, a test of your own", key="data.others"):
        users = st.file_uploader("People: one row each, with the same ids", key="data.users")
        items = st.file_uploader("Items: one row each, with the same ids", key="data.items")
        test = st.file_uploader("Test: events held back, with the same columns as above", key="data.test")
    return {
        name: kept(ws, file) if file else None
        for name, file in (("users", users), ("items", items), ("test", test))
    }


def _size_of(num_bytes: int) -> str:
    return f"{num_bytes / 2**20:,.1f} MB" if num_bytes >= 2**20 else f"{num_bytes / 2**10:,.1f} kB"

"""A well-known public data set comes in: what it is, on what terms, and the fetching of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.data.build import Imported
from recengine.data.catalogue import KNOWN, KnownSet
from recengine.services.catalogue import Stage, get_known
from recengine.services.workspace import Workspace
from recengine.ui import cards, import_outcome, messages
from recengine.ui.page import sentence


def from_catalogue(ws: Workspace) -> None:
    """Choose a known set, read its terms, fetch and import it."""
    name = st.selectbox("Data set", list(KNOWN), format_func=lambda name: KNOWN[name].title, key="data.known")
    one = KNOWN[name]
    if import_outcome.shown(name):
        return
    _tell(one)
    with st.expander("The files are here already", expanded=not one.download, key="data.known.have"):
        folder = st.text_input(
            "Folder", key=f"data.known.folder.{name}", placeholder="/data/ml-1m",
            help="A folder with the publisher's files, packed or unpacked. Nothing is fetched then.",
        )  # fmt: skip
    called = st.text_input("Name of the dataset", value=name, max_chars=60, key=f"data.name.{name}")
    ready = bool(called.strip() and (folder.strip() or one.download))
    words = "Import" if folder.strip() or not one.download else "Fetch and import"
    if st.button(words, type="primary", key="data.import", disabled=not ready):
        _get(ws, one, called, folder.strip())


def _tell(one: KnownSet) -> None:
    size = one.download.size if one.download else None
    told = {
        "Licence": one.licence,
        "Download": f"{size / 1e6:,.1f} MB" if size else "size unknown" if one.download else "by hand",
        "Checksum": "checked" if one.download and one.download.checksum else "none published",
        "Publisher": one.page,
    }
    cards.draw(cards.panel(cards.heading(one.title, one.summary, 3), cards.facts(told)))
    st.caption(messages.plain(f"{one.terms} {one.how} Cite: {one.cite}.", 1_000))
    if one.by_hand:
        messages.state("info", "This one cannot be fetched", one.by_hand)


def _get(ws: Workspace, one: KnownSet, called: str, folder: str) -> None:
    try:
        imported = _with_progress(ws, one, called, folder)
    except RecengineError as error:
        messages.failed("It could not be brought in", sentence(str(error)))
        return
    import_outcome.finish(one.name, called, imported)


def _with_progress(ws: Workspace, one: KnownSet, called: str, folder: str) -> Imported:
    bar = st.progress(0.0, "Starting")

    def told(stage: Stage) -> None:
        bar.progress(1.0 if stage.share is None else stage.share, stage.sentence)

    try:
        return get_known(
            ws, one.name, name=called, folder=Path(folder).expanduser() if folder else None, progress=told
        )
    finally:
        bar.empty()

"""A well-known public data set comes in: what it is, on what terms, and the fetching of it."""

from __future__ import annotations

import streamlit as st

from recengine.data.catalogue import KNOWN, KnownSet
from recengine.services.import_work import begin_known
from recengine.services.workspace import Workspace
from recengine.ui import cards, import_watch, messages
from recengine.ui.import_start import start


def from_catalogue(ws: Workspace) -> None:
    """Choose a known set, read its terms, fetch and import it."""
    name = st.selectbox("Data set", list(KNOWN), format_func=lambda name: KNOWN[name].title, key="data.known")
    one = KNOWN[name]
    if import_watch.done_shown(ws, name):
        return
    _tell(one)
    with st.expander("The files are here already", expanded=not one.download, key="data.known.have"):
        folder = st.text_input(
            "Folder", key=f"data.known.folder.{name}", placeholder="/data/ml-1m",
            help="A folder with the publisher's files, packed or unpacked. Nothing is fetched then.",
        )  # fmt: skip
    called = st.text_input("Name of the dataset", value=name, max_chars=60, key=f"data.name.{name}")
    problem = "" if called.strip() else "Give the dataset a name."
    if not (folder.strip() or one.download):
        problem = "Name the folder with its files."
    words = "Import" if folder.strip() or not one.download else "Fetch and import"
    start(ws, name, problem, lambda: begin_known(ws, name, called, folder.strip()), words=words)


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

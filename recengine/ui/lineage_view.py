"""Where a dataset comes from, and what its store has got since."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.data import REMOTES
from recengine.data.secrets import Connection
from recengine.services.datasets import DatasetCard, dataset_card
from recengine.services.lineage import Lineage
from recengine.services.remote_import import bring_in_new
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages
from recengine.ui.page import sentence
from recengine.ui.progress import rows_counted
from recengine.ui.store_connect import open_at

ASKED = "data.new.asked"  # session: which dataset, and from where
USER, PASSWORD = "data.new.user", "data.new.password"


def story(card: DatasetCard) -> None:
    """The lineage, point by point."""
    lineage = card.lineage
    if lineage is None:
        messages.empty("Its story was not kept", "Import the data again to have it.")
        return
    rows = dict(lineage.rows()) | {"Fingerprint": card.fingerprint}
    if lineage.query:
        del rows["Asked for"]
    cards.draw(cards.facts(rows))
    if lineage.query:
        st.code(lineage.query, language="sql", wrap_lines=True)
    st.caption("Neither the user nor the password is kept. A run keeps the data that it was trained on.")


def offer_new(card: DatasetCard) -> None:
    """A way to bring in what is new, where the store can tell it."""
    lineage = card.lineage
    if lineage is None or not lineage.can_go_on:
        return
    with st.popover("Bring in what is new", icon=":material/sync:", key="data.new"):
        st.caption(
            messages.plain(
                f"Reads from {lineage.newest} on at {lineage.source} and cleans all rows again. What changed "
                "there before that time needs a whole import.",
                600,
            )
        )
        if _needs_login(lineage):
            st.text_input("User", key=USER, autocomplete="off")
            st.text_input("Password", type="password", key=PASSWORD, autocomplete="off")
        st.button(
            "Bring it in", type="primary", key="data.new.start", on_click=_ask, args=(card.name, lineage)
        )


def bring_in_asked(ws: Workspace, card: DatasetCard) -> DatasetCard:
    """Bring in what was asked for by a click, and say what came; the dataset as it is then."""
    name, connection = st.session_state.pop(ASKED, ("", None))
    if name != card.name:
        return card
    try:
        with rows_counted("Reading what is new") as progress:
            bring_in_new(ws, name, connection, progress=progress)
    except RecengineError as error:
        messages.failed("Nothing new was brought in; the data are as they were", sentence(str(error)))
        return card
    fresh = dataset_card(ws, name)
    if fresh.lineage:
        rows = format.plural(fresh.lineage.rows_new or 0, "new row")
        messages.done("All that is new is here", f"{rows}; the newest event is of {fresh.lineage.newest}.")
    return fresh


def _needs_login(lineage: Lineage) -> bool:
    kind = REMOTES[lineage.source.partition(":")[0]]
    return not (kind.by_path or lineage.connection or open_at(lineage.source))


def _ask(name: str, lineage: Lineage) -> None:
    """Keep where to read until the page is drawn; the fields lose the password."""
    connection = open_at(lineage.source)
    if _needs_login(lineage):
        user, password = st.session_state[USER], st.session_state[PASSWORD]
        connection = replace(Connection.of(lineage.source), user=user, password=password)
        st.session_state[PASSWORD] = ""
    st.session_state[ASKED] = name, connection

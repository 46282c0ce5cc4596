"""Where a dataset comes from, and what its store has got since."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.data import REMOTES
from recengine.data.secrets import Connection
from recengine.services.datasets import DatasetCard
from recengine.services.import_work import begin_new
from recengine.services.lineage import Lineage
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages
from recengine.ui.page import sentence
from recengine.ui.store_connect import open_at

PROBLEM = "data.new.problem"  # session: why it could not be begun
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


def offer_new(ws: Workspace, card: DatasetCard) -> None:
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
            "Bring it in", type="primary", key="data.new.start", on_click=_begin, args=(ws, card, lineage)
        )
        if problem := st.session_state.pop(PROBLEM, ""):
            messages.failed("It was not begun", sentence(problem))


def _needs_login(lineage: Lineage) -> bool:
    kind = REMOTES[lineage.source.partition(":")[0]]
    return not (kind.by_path or lineage.connection or open_at(lineage.source))


def _begin(ws: Workspace, card: DatasetCard, lineage: Lineage) -> None:
    """Begin to read what is new; the fields lose the password."""
    connection = open_at(lineage.source)
    if _needs_login(lineage):
        user, password = st.session_state[USER], st.session_state[PASSWORD]
        connection = replace(Connection.of(lineage.plain_address), user=user, password=password)
        st.session_state[PASSWORD] = ""
    try:
        begin_new(ws, card.name, connection)
    except RecengineError as error:
        st.session_state[PROBLEM] = str(error)

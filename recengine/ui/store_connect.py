"""Reaching a store: its address, or the name of a connection, and a password that is kept nowhere.

The password leaves its field with the click on Connect. Until the reader disconnects or leaves, it lies in
the session's memory, inside of a Connection that never shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import streamlit as st

from recengine.core.errors import DataError, RecengineError
from recengine.data import REMOTES
from recengine.data.remote import Place, Remote, open_remote
from recengine.data.secrets import Connection, known_connections
from recengine.ui import messages
from recengine.ui.page import sentence

DATABASE, DOCUMENTS, FOLDER = "Database", "Document store", "Folder"
KINDS = tuple(dict.fromkeys(REMOTES.values()))  # a store with two schemes counts once


def group_of(kind: type[Remote]) -> str:
    """Where on the page a kind of store is offered."""
    if kind.queries:
        return DATABASE
    return FOLDER if kind.by_path else DOCUMENTS


GROUPS = tuple(dict.fromkeys(map(group_of, KINDS)))  # in the order of the shelf
OPENED = "data.store."  # session: the store that is open, by its group
ADDRESS, PASSWORD = "data.store.address", "data.store.password"
PROBLEM = "data.store.problem"


@dataclass(frozen=True)
class Opened:
    """A store that answered.

    Attributes:
        key: tells this visit's connection from all others; what is cached lies under it.
    """

    remote: Remote
    places: list[Place]
    key: str

    def rows_of(self, table: str | None) -> int | None:
        """About how many rows a table has, where the store told."""
        return next((place.rows for place in self.places if place.name == table), None)


def opened(group: str) -> Opened | None:
    """The store that is open, with a way to leave it; else the form that opens one."""
    store: Opened | None = st.session_state.get(OPENED + group)
    if store is None:
        _connect(group)
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        messages.done(f"Connected to {store.remote.label}", _said(store))
        st.button("Disconnect", key="data.store.leave", type="tertiary", on_click=close, args=(group,))
    return store


def open_at(label: str) -> Connection | None:
    """The connection of a store that is open in this session."""
    stores = [st.session_state.get(OPENED + group) for group in GROUPS]
    found = [store.remote.connection for store in stores if store and store.remote.label == label]
    return found[0] if found else None


def close(group: str) -> None:
    """Forget a store, its password with it."""
    st.session_state.pop(OPENED + group, None)


def address_of(kind: type[Remote], text: str) -> str:
    """What was typed as an address: a path alone is one of a store that is reached by path."""
    text = text.strip()
    if not kind.by_path or "://" in text or text in known_connections():
        return text
    scheme = next(scheme for scheme, found in REMOTES.items() if found is kind)
    return f"{scheme}:///{quote(text, safe='/ ')}"


def _said(store: Opened) -> str:
    kinds = Counter(place.kind for place in store.places)
    return ", ".join(f"{count:,} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items())


def _connect(group: str) -> None:
    kinds = {kind.title: kind for kind in KINDS if group_of(kind) == group}
    first = next(iter(kinds))
    with st.container(border=True):
        title = first
        if len(kinds) > 1:
            chosen = st.segmented_control(
                "Kind", list(kinds), default=first, required=True, key=f"data.store.kind.{group}"
            )
            title = chosen or first
        _form(group, kinds[title])
    if problem := st.session_state.pop(PROBLEM, ""):
        messages.failed("It could not be reached", sentence(problem))


def _form(group: str, kind: type[Remote]) -> None:
    """Enter in any field connects as well."""
    with st.form(f"data.store.form.{kind.title}", border=False):
        where, secret = (st.container(), None) if kind.by_path else st.columns([3, 2])
        with where:
            st.text_input(
                "Path or address" if kind.by_path else "Address",
                key=f"{ADDRESS}.{kind.title}",
                placeholder=kind.example,
                help=f"Written as {kind.example}. The name of a connection will do as well: one from "
                "Streamlit's secrets ([connections.NAME]) or from RECENGINE_URL_NAME in the environment.",
            )
        if secret:
            with secret:
                st.text_input(
                    "Password",
                    type="password",
                    key=PASSWORD,
                    autocomplete="off",
                    help="Used for this visit and never written down. Empty where the connection brings it.",
                )
        st.form_submit_button(
            "Connect", type="primary", key="data.store.connect", on_click=_open, args=(group, kind)
        )
    if names := known_connections():
        st.caption(f"Connections known here: {messages.plain(', '.join(names), 400)}.")


def _open(group: str, kind: type[Remote]) -> None:
    """Reach the store; the fields lose every secret, whatever comes of it."""
    field = f"{ADDRESS}.{kind.title}"
    text, password = st.session_state[field], st.session_state.get(PASSWORD) or None
    st.session_state[PASSWORD] = ""
    st.session_state[field] = _without_password(text)
    try:
        if not text.strip():
            raise DataError(f"there is no address. Type an address such as {kind.example}.")
        remote = open_remote(address_of(kind, text), password=password)
        if group_of(type(remote)) != group:
            raise DataError(f"this is the address of a {type(remote).title}. Choose that above.")
        remote.probe()
        st.session_state[OPENED + group] = Opened(remote, remote.places(), uuid4().hex)
    except RecengineError as error:
        st.session_state[PROBLEM] = str(error)


def _without_password(address: str) -> str:
    return re.sub(r"(?<=://)([^:/@]*):.*@", r"\1@", address)

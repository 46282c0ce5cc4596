"""The Data page's second half: where data come from. To add an origin: write it, then add its line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from recengine.services.datasets import list_datasets
from recengine.services.workspace import Workspace
from recengine.ui import import_watch
from recengine.ui.import_example import from_example
from recengine.ui.import_file import from_file
from recengine.ui.import_known import from_catalogue
from recengine.ui.import_outcome import BRING, LOOK
from recengine.ui.import_store import from_store
from recengine.ui.store_connect import GROUPS

ORIGINS: dict[str, Callable[[Workspace], None]] = {
    "File": from_file,
    **{group: partial(from_store, group) for group in GROUPS},
    "Public data": from_catalogue,
    "Made up": from_example,
}


def choose_half(ws: Workspace) -> str:
    """Look at what is there, or bring in more; with nothing there, only the second makes sense."""
    halves = [LOOK, BRING]
    if not list_datasets(ws):
        return BRING
    chosen = st.segmented_control(
        "What to do",
        halves,
        default=LOOK,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or LOOK


def bring_in(ws: Workspace) -> None:
    """Choose where the data are, check how they are understood, import them."""
    import_watch.start_over()
    others = st.container()
    first = next(iter(ORIGINS))
    chosen = st.segmented_control(
        "Where are the data?",
        list(ORIGINS),
        default=first,
        required=True,
        key="from",
        bind="query-params",
    )
    ORIGINS[chosen or first](ws)
    with others:
        import_watch.draw_others(ws)

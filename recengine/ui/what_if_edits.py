"""The edits of a what-if that is being put together: chosen or typed, each taken out again by a click.

They stand in the address (?edit=...&edit=...), so that a half-made what-if can be linked to and gone back to.
"""

from __future__ import annotations

import streamlit as st

from recengine.services.datasets import DatasetCard
from recengine.services.runs import Run
from recengine.services.workspace import Workspace
from recengine.ui import cache, cards, messages, navigation
from recengine.ui.page import Page
from recengine.ui.what_if_pickers import Asking, choose_edit

EDIT = "edit"  # the address's word
EXAMPLE = 'drop people where age = "65+"; from 2017-06-01'


def chosen() -> list[str]:
    """The edits so far, in order."""
    return navigation.asked_all(EDIT)


def editor(ws: Workspace, card: DatasetCard, run: Run, page: Page) -> None:
    """Two ways to add an edit, and what there is so far."""
    by_choice, by_words = st.tabs(["Choose", "Write"], key=page.name("way"))
    with by_choice:
        choices = cache.choices(ws.root, run.dataset_fingerprint)
        text = choose_edit(Asking(card, choices, run, page.name("pick")))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Add",
                icon=":material/add:",
                key=page.name("add"),
                disabled=not text,
                on_click=add,
                args=(text,),
            )
            if text:
                cards.draw(f'<code class="re-edit">{messages.esc(text, 400)}</code>')
    with by_words:
        key = page.name("typed")
        st.text_input(
            "Edits, with “;” between them", key=key, placeholder=EXAMPLE, on_change=_typed, args=(key,)
        )
    _so_far(page)


def _so_far(page: Page) -> None:
    with st.container(horizontal=True, key=page.name("edits")):
        for place, text in enumerate(chosen()):
            st.button(
                messages.plain(text),
                icon=":material/close:",
                icon_position="right",
                key=page.name(f"edit.{place}"),
                help="Take it out again",
                on_click=_leave_out,
                args=(place,),
            )


def add(text: str) -> None:
    """One more edit; the same twice is one."""
    if text not in chosen():
        st.query_params[EDIT] = [*chosen(), text]


def _typed(key: str) -> None:
    for text in st.session_state[key].split(";"):
        if text.strip():
            add(text.strip())
    st.session_state[key] = ""


def _leave_out(place: int) -> None:
    st.query_params[EDIT] = [text for number, text in enumerate(chosen()) if number != place]

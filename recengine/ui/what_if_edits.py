"""The edits of a what-if that is being put together: chosen or typed, each taken out again by a click.

They stand in the address (?edit=...&edit=...), so that a half-made what-if can be linked to and gone back to.
"""

from __future__ import annotations

import streamlit as st

from recengine.core.edits import EDITS
from recengine.core.edits.reading import clauses
from recengine.core.errors import RecengineError
from recengine.services.datasets import DatasetCard
from recengine.services.runs import Run
from recengine.services.what_if_edits import meant
from recengine.services.workspace import Workspace
from recengine.ui import cache, cards, messages, navigation
from recengine.ui.page import Page
from recengine.ui.what_if_pickers import Asking, choose_edit

EDIT = "edit"  # the address's word
PROBLEM = "whatif.problem"  # session: why the last edit could not be added
EXAMPLE = "drop people where age = 65+; from 2017-06-01"
SEVERAL = ("drop people where age = {*}", "set epochs = {5|10|20}")


def chosen() -> list[str]:
    """The edits so far, in order."""
    return navigation.asked_all(EDIT)


def editor(ws: Workspace, card: DatasetCard, run: Run, page: Page) -> None:
    """What there is so far, and two ways to add to it."""
    _so_far(page)
    with st.container(border=True):
        by_choice, by_words = st.tabs(["Choose", "Write"], key=page.name("way"))
        with by_choice:
            _by_choice(ws, card, run, page)
        with by_words:
            _by_words(ws, run, page)
    if problem := st.session_state.pop(PROBLEM, ""):
        messages.failed("It was not added", problem)


def _by_choice(ws: Workspace, card: DatasetCard, run: Run, page: Page) -> None:
    choices = cache.choices(ws.root, run.dataset_fingerprint)
    text = choose_edit(Asking(card, choices, run, page.name("pick")))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Add",
            icon=":material/add:",
            type="secondary" if chosen() else "primary",
            key=page.name("add"),
            disabled=not text,
            on_click=_chose,
            args=(ws, run.id, text),
        )
        if text:
            cards.draw(f'<code class="re-edit">{messages.esc(text, 400)}</code>')


def _by_words(ws: Workspace, run: Run, page: Page) -> None:
    key = page.name("typed")
    st.text_input(
        "Edits, with “;” between them", key=key, placeholder=EXAMPLE, on_change=_typed, args=(ws, run.id, key)
    )
    with st.expander("How edits are written", key=page.name("language")):
        examples = [example for kind in EDITS.values() for example in kind.examples]
        st.code("\n".join(examples), language=None)
        st.caption("One text for several what-ifs, each tried on its own:")
        st.code("\n".join(SEVERAL), language=None)


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


def _chose(ws: Workspace, run_id: str, text: str) -> None:
    _add(ws, run_id, text)


def _typed(ws: Workspace, run_id: str, key: str) -> None:
    if st.session_state[key].strip() and _add(ws, run_id, st.session_state[key]):
        st.session_state[key] = ""


def _add(ws: Workspace, run_id: str, text: str) -> bool:
    """Add edits, if they can be asked together with those there are; why not is told by the page."""
    try:
        added = [*chosen(), *clauses(text)]
        meant(ws, run_id, "; ".join(added))
    except RecengineError as error:
        st.session_state[PROBLEM] = str(error)
        return False
    st.query_params[EDIT] = added
    return True


def _leave_out(place: int) -> None:
    st.query_params[EDIT] = [text for number, text in enumerate(chosen()) if number != place]

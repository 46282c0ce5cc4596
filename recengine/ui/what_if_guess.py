"""A quick guess at what a retrain would find, marked as a preview, with how far it can be trusted."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services import tasks, what_if_warm
from recengine.services.what_if import Ask
from recengine.services.what_if_warm import WarmPreview
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages, task_view
from recengine.ui.cards import Badge
from recengine.ui.page import Page

PREVIEW = Badge("preview", "A guess: nothing was retrained. Retrain to know.", "warn")
HELP = "Trains the model on for one pass, with the edit and without it: quicker than a retrain, and rougher."


def offer(ws: Workspace, ask: Ask, page: Page) -> None:
    """The guess at a what-if, or a way to have it made; nothing where the model cannot be trained on."""
    if not _possible(str(ws.root), ask):
        return
    wish = {"run": ask.base, "edits": list(ask.edits), "histories": ask.histories}
    known = tasks.tasks(ws, kind=what_if_warm.KIND, about=ask.base)
    made = next((task for task in known if task.spec == wish), None)
    if made and made.status == "done":
        _draw(WarmPreview.of_dict(made.result))
        return
    if made:
        task_view.watch(ws, made, doing="Guessing", pieces="sides", key=page.name("guess"))
    if made is None or not made.active:
        st.button(
            "Guess first",
            icon=":material/bolt:",
            key=page.name("guess"),
            help=HELP,
            on_click=_begin,
            args=(ws, ask),
        )


def _begin(ws: Workspace, ask: Ask) -> None:
    what_if_warm.ask_for_preview(ws, ask.base, ask.edits, histories=ask.histories)


@st.cache_data(max_entries=128, show_spinner=False)
def _possible(root: str, ask: Ask) -> bool:
    """Whether a model can be trained on to guess; closed forms cannot, and new settings start anew."""
    try:
        what_if_warm.check(Workspace(Path(root)), ask.base, ask.edits, histories=ask.histories)
    except RecengineError:
        return False
    return True


def _draw(found: WarmPreview) -> None:
    cards.draw(
        cards.marks([PREVIEW]),
        f'<p class="re-finding re-second">{messages.esc(found.sentence, 300)}</p>',
        f'<p class="re-small">{messages.esc(found.note, 500)}</p>',
    )

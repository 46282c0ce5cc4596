"""What 1,000 lists bring against today's strategy, as one card."""

from __future__ import annotations

import streamlit as st

from recengine.services import business
from recengine.services.business import Business
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages, navigation, task_view
from recengine.ui.cards import draw
from recengine.ui.page import Page

TITLE = "What 1,000 lists bring"
NOTHING = (
    "How much people chose of what these lists show them, and what another strategy would change about it."
)


def tell(ws: Workspace, dataset: str, page: Page) -> None:
    """The figure with what it assumes, the work on it, or the way to have it worked out."""
    draw(cards.heading(TITLE))
    last = next(iter(business.asked(ws, dataset)), None)
    found = business.business(ws, dataset)
    if found:
        _figure(found, dataset)
    elif last is None:
        messages.state("info", "Not worked out yet", NOTHING)
    if last is not None and last.status != "done":
        task_view.watch(
            ws, last, doing="Making lists of held-out people", pieces="", key=page.name("business")
        )
    if last is None or not last.active:
        again = "Work it out again" if found else "Work it out"
        if st.button(again, key=page.name("business.ask"), icon=":material/calculate:"):
            business.ask_business(ws, dataset)
            st.rerun()


def _figure(found: Business, dataset: str) -> None:
    """The first figure as a card, the others and all that is assumed below it."""
    first = found.figures[0]
    tone: messages.Tone = "warn" if first.verdict == "less" else "done"
    against = (
        f"Today: {found.today}." if not found.alone else f"By {found.today}; no other strategy is saved."
    )
    others = ". ".join(one.told(one.today) if found.alone else one.words for one in found.figures[1:])
    messages.state(
        "info" if found.alone else tone,
        found.sentence,
        " ".join(filter(None, (against, f"{others}." if others else "", found.outdated))),
        page=navigation.STRATEGY,
        action="Strategies",
        query={"dataset": dataset},
    )
    with st.expander("What this assumes"):
        st.markdown("\n".join(f"- {messages.plain(one, 300)}" for one in found.assumes))

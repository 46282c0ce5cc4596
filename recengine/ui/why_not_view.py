"""Why an item is not on a list: where it fell out, what speaks against it, and what would bring it in."""

from __future__ import annotations

import streamlit as st

from recengine.services import explain, why_not
from recengine.services.why_not import WaysIn, WhyNot
from recengine.ui import cache, cards, explain_answer, messages, picks
from recengine.ui.asked import Asked
from recengine.ui.cards import Row, draw
from recengine.ui.looks import look
from recengine.ui.page import Page, guarded


def show(asked: Asked, item_id: str, page: Page) -> None:
    """Everything about one item that is not on the list."""
    frame = cache.items_of(asked.ws.root, asked.card.name, asked.card.fingerprint, (item_id,))
    title, category = str(frame["title"][0]), str(frame["category"][0])
    explain_answer.head(asked, title, category, "Why is it not on the list?")
    with st.spinner("Asking the model"):
        found = why_not.why_not(
            asked.ws, asked.run.id, asked.profile, item_id, repeats=asked.repeats, k=asked.k
        )
    draw(f'<p class="re-finding">{messages.isolated(found.sentence, 600)}</p>')
    if found.outdone:
        _against(asked, found, page)
        _ways_in(asked, found)


@guarded
def _against(asked: Asked, found: WhyNot, page: Page) -> None:
    """Why the last one of the list is ahead of it."""
    draw(cards.heading("What speaks against it", f"beside the last of the list, {found.last_title}"))
    depth = picks.one_of("Detail", explain_answer.DEPTHS, page, name="depth")
    told = explain.explain(
        asked.ws,
        asked.run.id,
        asked.profile,
        found.last,
        against=found.item_id,
        repeats=asked.repeats,
        k=asked.k,
    )
    explain_answer.sentence(told, depth, second=True)
    explain_answer.bars(told, f"Why {found.last_title} is ahead", key=page.name("bars.against"))


@guarded
def _ways_in(asked: Asked, found: WhyNot) -> None:
    """The least that would bring it in."""
    draw(cards.heading("What would bring it in", "tried on the model, not guessed"))
    with st.spinner("Trying what would bring it in"):
        ways = why_not.ways_in(
            asked.ws, asked.run.id, asked.profile, found.item_id, repeats=asked.repeats, k=asked.k
        )
    draw(explain_answer.changed(ways.removal))
    draw(_added(ways))


def _added(ways: WaysIn) -> str:
    rows = [
        Row(title=str(row.title), look=look("", str(row.title)), detail="had once more")
        for row in ways.added.itertuples(index=False)
    ]
    words = f'<div class="re-change-it"><p>{messages.isolated(ways.sentence, 600)}</p></div>'
    return cards.panel(words, cards.rows(rows, label="Had once more") if rows else "")

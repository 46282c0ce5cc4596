"""The Explain page: a person, their list, and one item's reasons beside it."""

from __future__ import annotations

import streamlit as st

from recengine.services import people
from recengine.services.datasets import DatasetCard
from recengine.services.recommend import RecommendationList
from recengine.services.workspace import Workspace
from recengine.ui import (
    cache,
    cards,
    explain_answer,
    format,
    lists,
    messages,
    navigation,
    people_page,
    picks,
    why_not_view,
)
from recengine.ui.asked import Asked
from recengine.ui.cards import Row, draw
from recengine.ui.looks import look
from recengine.ui.page import Page, guarded

FOUND = 5  # items offered at once that are not on the list


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: whom it is about, their list, and the reasons of one item."""
    finished = picks.finished_runs(ws, card)
    if not finished:
        lists.nothing_trained(ws, card)
        return
    picks.unknown_runs(finished)
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("asked")):
        _finder(ws, card, page)
        run = picks.model(finished, page)
        repeats = picks.repeats(card, page)
        length = picks.length(page)
    if navigation.asked("find"):
        people_page.found(ws, card, navigation.EXPLAIN)
        return
    asked = Asked.of_address(ws, card, run, repeats, length)
    with st.container(key=page.name("body")):
        left, right = st.columns([5, 9], gap="large")
        with left:
            offered = _offered(asked, page)
        if offered is not None:
            with right:
                _reasons(asked, offered, page)


def _finder(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """Ways to somebody else."""
    leave = ("person", "new", "item", "had", "against")
    picks.words(
        f"Find {format.a(card.about.person)}", page.name("find"), "An id, or words", name="find", leave=leave
    )
    if st.button("Random", icon="🎲", key=page.name("random"), help="Someone with a history, by chance"):
        for name in (*leave, "find"):
            st.query_params.pop(name, None)
        st.query_params["person"] = people.random_person(ws, card.name)
        st.rerun()


@guarded
def _offered(asked: Asked, page: Page) -> RecommendationList | None:
    """Who it is, and their list; None where there is nothing to explain."""
    with st.spinner("Asking the model"):
        offered = asked.offered()
    draw(
        f'<div class="re-who">{cards.icon(people_page.avatar(asked.person))}<div><p class="re-eyebrow">'
        f"{messages.esc(offered.model)} offers</p><h2>{messages.isolated(asked.name)}</h2></div></div>",
    )
    if offered.rows.empty:
        messages.empty("An empty list", f"Nothing fits “{picks.REPEATS[asked.repeats]}” here.")
    else:
        draw(cards.panel(cards.marks(cards.badges_of(offered.badges)), _rows(asked, offered)))
    draw(cards.more({"Their history": asked.past_href, "What if they were another?": asked.what_if_href()}))
    _not_listed(asked, offered, page)
    return offered


def _item_in_view(offered: RecommendationList) -> str:
    """The item of the address, else the first of the list; "" where there is neither."""
    first = str(offered.rows["item_id"].iloc[0]) if len(offered.rows) else ""
    return navigation.asked("item") or first


def _rows(asked: Asked, offered: RecommendationList) -> str:
    """The list; a click leads to an item's reasons."""
    here = _item_in_view(offered)
    rows = [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=asked.href(str(row.item_id)),
            detail=str(row.category),
            badges=(cards.had(row.had),) if row.had else cards.badges_of(row.badges),
            action=f"Why {row.title}?",
            current=str(row.item_id) == here,
        )
        for row in offered.rows.itertuples(index=False)
    ]
    return cards.rows(rows, label="Their list", numbered=True)


def _not_listed(asked: Asked, offered: RecommendationList, page: Page) -> None:
    """A way to what is not on the list."""
    word = asked.card.about.item
    query = picks.words(
        f"Why not another {word}?", page.name("other"), "Words of its title or an id", name="other"
    )
    if not query:
        return
    frame = cache.found_items(asked.ws.root, asked.card.name, asked.card.fingerprint, query, FOUND)
    if frame.empty:
        messages.empty("Nothing matches", f"No {word} has “{messages.clip(query, 80)}” in title or id.")
        return
    listed = set(offered.rows["item_id"].astype(str))
    rows = [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=asked.href(str(row.item_id), other=query),
            detail=str(row.category),
            action=f"Why {'' if str(row.item_id) in listed else 'not '}{row.title}?",
        )
        for row in frame.itertuples(index=False)
    ]
    draw(cards.rows(rows, label="Others"))


@guarded
def _reasons(asked: Asked, offered: RecommendationList, page: Page) -> None:
    """Why the item in view is on the list, or why it is not."""
    item_id = _item_in_view(offered)
    if not item_id:
        return
    places = offered.rows.index[offered.rows["item_id"].astype(str) == item_id]
    if len(places):
        explain_answer.show(asked, offered, int(places[0]), page)
    else:
        why_not_view.show(asked, item_id, page)

"""The parts of the Items page: finding one, what it is, when and by whom it was taken, what is near."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recengine.core.errors import NotFoundError
from recengine.services.datasets import DatasetCard
from recengine.services.people import ItemView
from recengine.services.workspace import Workspace
from recengine.ui import cache, cards, format, messages, navigation, people_charts, picks, shown
from recengine.ui.cards import Row, draw
from recengine.ui.looks import look
from recengine.ui.page import Page, sentence
from recengine.ui.people_page import avatar

FOUND = 24  # items offered at once


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: one item, or what one may look at."""
    word = card.about.item
    with st.container(key=page.name("finder")):
        query = picks.words(
            f"Find {format.a(word)}", page.name("find"), "Words or an id", name="find", leave=("item",)
        )
    if item_id := navigation.asked("item"):
        one(ws, card, page, item_id)
        return
    found(ws, card, query)


def found(ws: Workspace, card: DatasetCard, query: str) -> None:
    """Items that match the words; without words, the most popular ones."""
    word = card.about.item
    frame = cache.found_items(ws.root, card.name, card.fingerprint, query, FOUND)
    if frame.empty:
        messages.empty(
            "Nothing matches", f"No {word} has “{messages.clip(query, 80)}” in title, id or features."
        )
        return
    title = "Found" if query else f"The most popular {format.many(word)}"
    note = f"with their {shown.events_of(card.about)}"
    draw(cards.heading(title, note), cards.rows(_found(frame, card), label=title, grid=True))


def _found(frame: pd.DataFrame, card: DatasetCard) -> list[Row]:
    return [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=shown.item_href(card.name, str(row.item_id)),
            detail=str(row.category),
            value=format.count(row.events),
        )
        for row in frame.itertuples(index=False)
    ]


def one(ws: Workspace, card: DatasetCard, page: Page, item_id: str) -> None:
    """Everything about one item."""
    run_id = navigation.asked("near") or None
    try:
        item = cache.item(ws.root, card.name, card.fingerprint, item_id, run_id)
    except NotFoundError as error:
        messages.failed("Not found", sentence(str(error)))
        found(ws, card, "")
        return
    what(item, card)
    if item.num_events:
        note = "a bar a week" if card.about.time_kind == "date" else ""
        draw(cards.heading("How popular it was, in time", note, level=3))
        people_charts.show(item.activity, card, key=page.name("activity"), whose=item.title)
    else:
        messages.empty("Nobody has taken it yet", "Models know it by its features only.")
    near, takers = st.columns([3, 2], gap="large")
    with near:
        nearest(ws, card, page, item)
    with takers:
        who_takes_it(item, card)


def what(item: ItemView, card: DatasetCard) -> None:
    """Title, picture, figures and features."""
    figures = {
        shown.events_of(card.about): format.count(item.num_events),
        format.many(card.about.person): format.count(item.num_people),
        f"of {format.count(card.num_items)} in popularity": f"#{format.count(item.rank)}"
        if item.rank
        else "–",
    }
    kind = f'<p class="re-eyebrow">{messages.isolated(item.category)}</p>' if item.category else ""
    draw(
        f'<div class="re-who">{cards.icon(look(item.category, item.title), "large")}<div>{kind}'
        f"<h2>{messages.isolated(item.title, 300)}</h2></div>{cards.numbers(figures)}</div>"
    )
    others = {name: value for name, value in item.features.items() if value != item.title}
    draw(cards.facts({"id": item.id, **others}))
    alone = navigation.href(navigation.PEOPLE, {"dataset": item.dataset, "new": "1", "item": item.id})
    draw(cards.more({f"What a new {card.about.person} with only this would be offered": alone}))


def nearest(ws: Workspace, card: DatasetCard, page: Page, item: ItemView) -> None:
    """The items nearest to it, and what "near" means."""
    draw(cards.heading(f"Nearest {format.many(card.about.item)}", item.nearest_by))
    picks.near(picks.finished_runs(ws, card), page)
    if item.nearest.empty:
        messages.empty("No neighbours", "Too little is known of it to say what is near.")
        return
    rows = [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=shown.item_href(card.name, str(row.item_id)),
            detail=str(row.category),
            value=f"{row.similarity:.2f}",
            share=float(row.similarity),
        )
        for row in item.nearest.itertuples(index=False)
    ]
    draw(cards.panel(cards.rows(rows, label="Nearest items", numbered=True)))


def who_takes_it(item: ItemView, card: DatasetCard) -> None:
    """Those who had it most often."""
    draw(cards.heading("Who has it most often"))
    if item.people.empty:
        messages.empty(f"No {card.about.person} yet")
        return
    top = float(item.people["events"].max())
    rows = [
        Row(
            title=shown.person_title(card.about, str(row.person)),
            look=avatar(str(row.person)),
            href=shown.person_href(card.name, str(row.person)),
            value=f"{format.count(row.events)}×",
            share=row.events / top,
        )
        for row in item.people.itertuples(index=False)
    ]
    draw(cards.panel(cards.rows(rows, label="People")))

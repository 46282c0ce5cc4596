"""The page of instant what-ifs: one person, what is changed of them, and the list that moves."""

from __future__ import annotations

import streamlit as st

from recengine.services import people
from recengine.services.datasets import DatasetCard
from recengine.services.what_if_person import PersonWhatIf, what_if_person
from recengine.services.workspace import Workspace
from recengine.ui import (
    cards,
    format,
    lists,
    messages,
    navigation,
    people_page,
    picks,
    what_if_person_known,
    what_if_person_list,
    what_if_person_past,
    what_if_person_why,
)
from recengine.ui.asked import Asked
from recengine.ui.cards import draw
from recengine.ui.downloads import download_table
from recengine.ui.page import Page, guarded
from recengine.ui.tabs import in_tabs
from recengine.ui.what_if_person_log import Log

SOMEBODY_ELSE = ("person", "new", "had", "item", "edit", "undone", "past", "add", "most", "swap", "offer")


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: whom it is about, what is changed, and what comes of it."""
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
        people_page.found(ws, card, navigation.IF_PERSON)
        return
    _what_if(Asked.of_address(ws, card, run, repeats, length), page)


def _finder(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """Ways to somebody else."""
    picks.words(
        f"Find {format.a(card.about.person)}",
        page.name("find"),
        "An id, or words",
        name="find",
        leave=SOMEBODY_ELSE,
    )
    if st.button("Random", icon="🎲", key=page.name("random"), help="Someone with a history, by chance"):
        for name in (*SOMEBODY_ELSE, "find"):
            st.query_params.pop(name, None)
        st.query_params["person"] = people.random_person(ws, card.name)
        st.rerun()


@guarded
def _what_if(asked: Asked, page: Page) -> None:
    """What is changed, and what comes of it."""
    log = Log.of_address()
    told = _told(asked, log)
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        _who(asked)
    with right:
        _steps(asked, told, log, page)
    if told is None:
        return
    draw(what_if_person_list.chips(told, log), what_if_person_list.finding(told))
    with st.container(key=page.name("body")):
        controls, offered, reasons = st.columns([4, 5, 4], gap="medium")
        with controls:
            _controls(asked, told, log, page)
        with offered:
            _offered(told, page)
        with reasons:
            what_if_person_why.show(asked, told, log)


@guarded
def _told(asked: Asked, log: Log) -> PersonWhatIf:
    """What comes of it."""
    return what_if_person(asked.ws, asked.run.id, asked.profile, log.done, repeats=asked.repeats, k=asked.k)


def _who(asked: Asked) -> None:
    icon = cards.icon(people_page.avatar(asked.person))
    eyebrow = messages.esc(f"{asked.run.title} offers")
    name = f'<p class="re-eyebrow">{eyebrow}</p><h2>{messages.isolated(asked.name)}</h2>'
    draw(f'<div class="re-who">{icon}<div>{name}</div></div>')


def _steps(asked: Asked, told: PersonWhatIf | None, log: Log, page: Page) -> None:
    """Back and forth, and what can be taken away."""
    with st.container(horizontal=True, horizontal_alignment="right", key=page.name("steps")):
        steps = {"Undo": (log.undo(), log.done), "Redo": (log.redo(), log.undone)}
        for word, (there, left) in steps.items():
            st.button(word, key=page.name(word), on_click=there.write, disabled=not left)
        st.button("Start over", key=page.name("reset"), on_click=log.reset().write, disabled=not log.done)
        if told is not None:
            with st.popover("Share"):
                st.caption("This address holds all of it:")
                st.code(_link(asked, log), language=None, wrap_lines=True)
                download_table(told.frame(), f"what if {told.person}", key=page.name("table"))


def _link(asked: Asked, log: Log) -> str:
    """The whole address of what is shown; what was undone stays behind."""
    here = str(st.context.url or "").partition("?")[0]
    return f"{here}?{asked.what_if_href(log.done).partition('?')[2]}"


def _controls(asked: Asked, told: PersonWhatIf, log: Log, page: Page) -> None:
    """What can be changed, a tab for each sort."""
    about = asked.card.about
    tabs = {
        "Past": lambda: what_if_person_past.ticks(asked, told, log, page),
        "Add": lambda: what_if_person_past.additions(asked, told, log, page),
        cards.words(about.person): lambda: what_if_person_known.person(asked, told, log, page),
        cards.words(about.item): lambda: what_if_person_known.item(asked, told, log, page),
    }
    in_tabs(
        {messages.plain(title, 20): guarded(draw_it) for title, draw_it in tabs.items()},
        key=page.name("tabs"),
    )


def _offered(told: PersonWhatIf, page: Page) -> None:
    """The list with its arrows."""
    if told.rows.empty:
        messages.empty("An empty list", f"Nothing fits “{picks.REPEATS[told.repeats]}” here.")
        return
    draw(cards.panel(what_if_person_list.lists(told, what_if_person_why.in_view(told))))

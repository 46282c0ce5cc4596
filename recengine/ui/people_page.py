"""The parts of the People page: finding someone, their past, and the lists they are offered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recengine.core.errors import NotFoundError
from recengine.services import people
from recengine.services.datasets import DatasetCard
from recengine.services.people import PersonView
from recengine.services.workspace import Workspace
from recengine.ui import (
    cache,
    cards,
    feedback_buttons,
    format,
    lists,
    messages,
    navigation,
    newcomer,
    people_charts,
    picks,
    send_view,
    shown,
)
from recengine.ui.cards import Row, draw
from recengine.ui.looks import HUES, Look, look
from recengine.ui.page import Page, sentence

FOUND = 12  # people offered at once
RECENT = 10  # events listed one by one; all of them are in the table below
_SEEN = "re.person"  # the session's word for the dataset and person in view


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: someone new, someone known, or whom to look at."""
    finder(ws, card, page)
    if navigation.asked("new"):
        newcomer.show(ws, card, page)
    elif person_id := navigation.asked("person") or _left_behind(card):
        known(ws, card, page, person_id)
    else:
        found(ws, card)
        send_view.send(ws, card)


def _left_behind(card: DatasetCard) -> str:
    """Whoever was in view before the reader went to an item and pressed Back; "" for nobody.

    Streamlit writes the item into the history under this page's name first, so Back meets that address.
    """
    dataset, person_id = st.session_state.get(_SEEN, ("", ""))
    return person_id if navigation.asked("item") and dataset == card.name else ""


def finder(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """Ways to someone: words, features, chance, the most active, or someone new."""
    word = card.about.person
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("finder")):
        picks.words(
            f"Find {format.a(word)}",
            page.name("find"),
            "An id, or words",
            name="find",
            leave=("person", "new", "item"),
        )
        with st.popover("By feature", icon="🔎", key=page.name("by")):
            _by_feature(ws, card, page)
        if st.button("Random", icon="🎲", key=page.name("random"), help="Someone with a history, by chance"):
            _go(card, person=people.random_person(ws, card.name))
        if st.button("Most active", icon="📈", key=page.name("heaviest"), help="By length of history"):
            _go(card)
        if st.button(f"New {word}", key=page.name("new"), type="primary"):
            _go(card, new="1")


def _by_feature(ws: Workspace, card: DatasetCard, page: Page) -> None:
    values = cache.feature_values(ws.root, card.name, card.fingerprint)
    if not values:
        st.caption(f"Nothing is known of these {format.many(card.about.person)} but their history.")
        return
    with st.form(page.name("features"), border=False):
        chosen = {
            name: st.selectbox(cards.words(name), options, index=None, key=page.name(f"by.{name}"))
            for name, options in values.items()
            if options
        }
        if st.form_submit_button("Find", type="primary"):
            parts = [f'{name}="{value}"' for name, value in chosen.items() if value]
            _go(card, find=" ".join(parts))


def _go(card: DatasetCard, **query: str) -> None:
    """To another view of this page; models and question stay as chosen."""
    kept = {
        name: navigation.asked_all(name) for name in ("run", "repeats", "length") if name in st.query_params
    }
    st.query_params.from_dict({"dataset": card.name, **kept, **query})
    st.rerun()


def found(ws: Workspace, card: DatasetCard, script: str = navigation.PEOPLE) -> None:
    """Who matches the words; without words, those with the longest history. A click leads to `script`."""
    query = navigation.asked("find")
    frame = cache.found_people(ws.root, card.name, card.fingerprint, query, FOUND)
    if frame.empty:
        messages.empty(
            "Nobody matches", f"No {card.about.person} has “{messages.clip(query, 80)}” in id or features."
        )
        return
    title = "Found" if query else f"The {format.many(card.about.person)} with the longest history"
    note = f"with their {shown.events_of(card.about)}"
    draw(cards.heading(title, note), cards.rows(_people(frame, card, script), label="People", grid=True))


def _people(frame: pd.DataFrame, card: DatasetCard, script: str) -> list[Row]:
    features = [name for name in frame.columns if name not in ("person", "events", "last_when")]
    return [
        Row(
            title=shown.person_title(card.about, str(row["person"])),
            look=avatar(str(row["person"])),
            href=navigation.here(script, person=str(row["person"]), find=None),
            detail=shown.known_of({name: row[name] for name in features if pd.notna(row[name])})
            or "nothing else known",
            value=format.count(row["events"]),
            meaning=shown.events_of(card.about),
        )
        for row in frame.to_dict("records")
    ]


def avatar(person_id: str) -> Look:
    """A person's picture: the same head for all, a colour of their own."""
    return Look("👤", HUES[sum(person_id.encode()) % len(HUES)])


def known(ws: Workspace, card: DatasetCard, page: Page, person_id: str) -> None:
    """Someone of the data: who they are, their past, and what the models would offer them."""
    try:
        person = cache.person(ws.root, card.name, card.fingerprint, person_id)
    except NotFoundError as error:
        messages.failed("Not found", sentence(str(error)))
        found(ws, card)
        return
    st.session_state[_SEEN] = (card.name, person_id)
    who(person, card)
    in_time(person, card, page)
    draw(cards.heading("What they had, and what they are offered", lists.LEGEND))
    answering = feedback_buttons.asked(card.about.person, key=page.name("answering"))
    lists.beside(
        ws,
        card,
        page,
        lambda run, k, kind: cache.recommendations(ws.root, run.id, person_id, k, kind),
        who={"person": person_id},
        first=lambda: past(person, card),
        answering=answering,
    )
    _table(person, card, page)


def who(person: PersonView, card: DatasetCard) -> None:
    """Name, figures and features."""
    word = card.about.person
    figures = {
        shown.events_of(card.about): format.count(person.num_events),
        f"different {format.many(card.about.item)}": format.count(person.num_items),
    }
    if len(times := person.history["time"]):
        figures["last seen"] = format.moment(float(times.max()), card.about.time_kind)
    draw(
        f'<div class="re-who">{cards.icon(avatar(person.id), "large")}<div><p class="re-eyebrow">'
        f"{messages.esc(word)}</p><h2>{messages.isolated(person.id)}</h2></div>{cards.numbers(figures)}</div>",
    )
    draw(cards.facts(person.features, unknown=f"Nothing is known of this {word} but the history."))
    draw(
        cards.more(
            {
                f"Make a new {word} like this one": navigation.href(
                    navigation.PEOPLE, newcomer.address_like(person)
                ),
                f"What if this {word} were another?": navigation.href(
                    navigation.IF_PERSON, {"dataset": card.name, "person": person.id}
                ),
            }
        )
    )


def in_time(person: PersonView, card: DatasetCard, page: Page) -> None:
    """When they were active, and what it was made of."""
    if person.history.empty:
        messages.empty("No history", f"This {card.about.person} has done nothing yet, so models fall back.")
        return
    left, right = st.columns([2, 1], gap="large")
    with left:
        note = "a bar a week" if card.about.time_kind == "date" else ""
        draw(cards.heading("Their history in time", note, level=3))
        people_charts.show(person.activity, card, key=page.name("activity"), whose=person.id)
    with right:
        draw(cards.heading("What it is made of", level=3), cards.mix(_shares(person), label="Categories"))


def past(person: PersonView, card: DatasetCard) -> None:
    """What they did last, day by day, or what they had most often."""
    often = navigation.asked("past") == "often"
    rows = _often(person) if often else _days(person, card)
    address = navigation.here(navigation.PEOPLE, past=None if often else "often")
    link = cards.more({"Latest" if often else "Most often": address})
    draw(cards.panel(cards.heading("Had most often" if often else "Had last", level=3), rows, link))


def _often(person: PersonView) -> str:
    return cards.rows(shown.favourites(person, RECENT), label="Most often")


def _days(person: PersonView, card: DatasetCard) -> str:
    parts = []
    for heading, events in shown.days(person.history.head(RECENT), card.about):
        parts.append(f'<p class="re-day">{messages.esc(heading)}</p>')
        parts.append(cards.rows(shown.past(events, person.dataset, card.about, dated=False), label=heading))
    return "".join(parts)


def _shares(person: PersonView) -> list[tuple[str, Look, float]]:
    """The largest categories, a colour each, and the rest together."""
    frame = person.mix.head(len(HUES))
    parts = [
        (str(row.category) or "unknown", Look(look(str(row.category)).icon, hue), float(row.share))
        for row, hue in zip(frame.itertuples(index=False), HUES, strict=False)
    ]
    rest = 1.0 - sum(share for _, _, share in parts)
    return [*parts, ("everything else", Look("", "grey"), rest)] if rest > 0.005 else parts


def _table(person: PersonView, card: DatasetCard, page: Page) -> None:
    """Every event listed, as a table one can sort and take along."""
    listed = len(person.history)
    if not listed:
        return
    every = "All" if listed == person.num_events else "The latest"
    with st.expander(
        f"{every} {format.count(listed)} {messages.plain(shown.events_of(card.about))} as a table"
    ):
        st.dataframe(person.history.drop(columns="time"), hide_index=True, key=page.name("history"))

"""What is known of the person and of an item on offer, to be chosen otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from recengine.core.edits.conditions import MISSING
from recengine.core.edits.person_edits import Known, Offered
from recengine.core.sensitive import is_sensitive
from recengine.services.choices import Choice
from recengine.services.what_if_person import PersonWhatIf
from recengine.services.what_if_person_known import features_read, known_of_item, known_of_person
from recengine.ui import cache, cards, format, messages, navigation, picks
from recengine.ui.asked import Asked
from recengine.ui.cards import draw
from recengine.ui.page import Page
from recengine.ui.what_if_person_log import Log

SWAPPED = "swap"  # the item in view, in the address
FOUND = 20
Write = Callable[[str, str], str]  # a feature and its value as an edit


def person(asked: Asked, told: PersonWhatIf, log: Log, page: Page) -> None:
    """A field for each feature of the person that the model reads."""
    read, _ = features_read(asked.ws, asked.run.id)
    choices = _readable(cache.choices(asked.ws.root, asked.card.fingerprint).person, read)
    if not choices:
        _nothing_read(asked, format.many(asked.card.about.person))
        return
    known = known_of_person(asked.ws, asked.run.id, asked.profile)
    edits = told.edits[told.edits["kind"] == "person"]
    now = known | dict(zip(edits["feature"], edits["value"], strict=True))
    _fields(choices, known, now, lambda name, value: Known(name, value).text, log, page.name("known"))


def item(asked: Asked, told: PersonWhatIf, log: Log, page: Page) -> None:
    """Which item of the list, and a field for each feature of it that the model reads."""
    about = asked.card.about
    _, read = features_read(asked.ws, asked.run.id)
    choices = _readable(cache.choices(asked.ws.root, asked.card.fingerprint).item, read)
    if not choices or told.rows.empty:
        _nothing_read(asked, format.many(about.item))
        return
    item_id = picks.other(f"Which {about.item}", _items(asked, told, page), page, name=SWAPPED)
    st.query_params[SWAPPED] = item_id  # it stays in view wherever it moves
    known = known_of_item(asked.ws, asked.run.id, item_id)
    edits = told.edits[(told.edits["kind"] == "item") & (told.edits["item_id"] == item_id)]
    now = known | dict(zip(edits["feature"], edits["value"], strict=True))
    _fields(
        choices,
        known,
        now,
        lambda name, value: Offered(item_id, name, value).text,
        log,
        page.name(f"offered.{item_id}"),
    )
    draw(
        '<p class="re-small">This is how it is on offer now. Where it lies in the past of this '
        f"{messages.esc(about.person)}, it stays as it was.</p>"
    )


def _items(asked: Asked, told: PersonWhatIf, page: Page) -> dict[str, str]:
    """Items to choose from, and their titles: what was looked for, else those of the list."""
    word = f"Find another {asked.card.about.item}"
    query = picks.words(
        word, page.name("offer"), "Words of its title or an id", name="offer", leave=[SWAPPED]
    )
    ws, card = asked.ws, asked.card
    found = cache.found_items(ws.root, card.name, card.fingerprint, query, FOUND) if query else told.rows
    rows = pd.concat([found[["item_id", "title"]], told.rows[["item_id", "title"]]])
    if chosen := navigation.asked(SWAPPED):
        rows = pd.concat([rows, cache.items_of(ws.root, card.name, card.fingerprint, (chosen,))])
    return dict(zip(rows["item_id"].astype(str), rows["title"].astype(str), strict=True))


def _readable(choices: Mapping[str, Choice], read: tuple[str, ...]) -> dict[str, Choice]:
    return {name: choice for name, choice in choices.items() if name in read}


def _nothing_read(asked: Asked, whose: str) -> None:
    title = f"{asked.run.title} goes by the past alone"
    messages.empty(title, f"It reads no features of {whose}. Choose a model that does: LSTM, say.")


def _fields(
    choices: Mapping[str, Choice],
    known: Mapping[str, str],
    now: Mapping[str, str],
    write: Write,
    log: Log,
    key: str,
) -> None:
    """A field for each feature; a choice is a step in the log."""
    for name, choice in choices.items():
        was, value = known.get(name, MISSING), now.get(name, MISSING)
        label = cards.words(name) + (f" (was {messages.plain(was, 40)})" if was != value else "")
        help = "Sensitive: be careful with it." if is_sensitive(name) else None
        field = f"{key}.{name}"
        if choice.values:
            st.session_state[field] = None if value == MISSING else value
            more = [value] if value not in (MISSING, *choice.values) else []
            st.selectbox(
                label,
                [*more, *choice.values],
                index=None,
                key=field,
                placeholder="unknown",
                help=help,
                on_change=_say,
                args=(field, name, write, log),
            )
        else:
            st.session_state[field] = None if value == MISSING else float(value)
            st.number_input(
                label,
                value=None,
                key=field,
                placeholder="unknown",
                help=help,
                on_change=_say,
                args=(field, name, write, log),
            )


def _say(field: str, name: str, write: Write, log: Log) -> None:
    value = st.session_state[field]
    log.having(write(name, MISSING if value is None else str(value))).write()

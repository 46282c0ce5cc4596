"""A list with buttons under each item: what is pressed is kept as that person's feedback on that list."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services.feedback import Event, accept
from recengine.services.shown import ShownList
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages
from recengine.ui.cards import Row, draw

# What each button is called, and what it changes at once.
BUTTONS = {
    "like": ("👍", "Counts as something they did: lists follow it from now on."),
    "dislike": ("👎", "Not listed for them any more, and no reason for what is like it."),
    "hide": ("🙈", "Not listed for them any more."),
    "click": ("👆", "Kept as an event; by itself it changes no list."),
    "purchase": ("🛒", "Counts as something they did: lists follow it from now on."),
}
RATED = {1: "dislike", 2: "dislike", 4: "like", 5: "like"}  # stars that change what that button changes
DONE = {"like": "liked", "dislike": "disliked", "hide": "hidden", "click": "clicked", "purchase": "bought"}
MEANING = " · ".join(f"{icon} {kind}" for kind, (icon, _) in BUTTONS.items()) + " · stars: a rating"


def asked(about: str, *, key: str) -> bool:
    """Whether lists are to be answered for this person; asked for by a switch."""
    return st.toggle(
        "Give feedback",
        key=key,
        persist_state="session",
        help=f"Answer for this {messages.plain(about)}: lists are kept as shown, what you press as theirs.",
    )


def rows(ws: Workspace, shown: ShownList, listed: Sequence[Row], *, label: str) -> None:
    """The items of a list that is kept as shown, each with its buttons.

    Args:
        listed: as they stand in `shown`.
    """
    draw(f'<p class="re-small">{messages.esc(MEANING, 200)}</p>')
    for item, row in zip(shown.items, listed, strict=True):
        with st.container(gap=None, key=f"feedback.{shown.list_id}.{item}.row"):
            draw(cards.rows([row], label=f"{label}: {row.title}"))
            _buttons(ws, shown, item, row.title)


def _buttons(ws: Workspace, shown: ShownList, item: str, title: str) -> None:
    kind, stars = (f"feedback.{shown.list_id}.{item}.{name}" for name in ("kind", "stars"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.pills(
            f"Feedback on {messages.plain(title, 60)}",
            list(BUTTONS),
            key=kind,
            format_func=lambda name: BUTTONS[name][0],
            label_visibility="collapsed",
            width="content",
            on_change=_press,
            args=(ws, shown, item, title, kind),
        )
        st.feedback("stars", key=stars, on_change=_rate, args=(ws, shown, item, title, stars))


def _press(ws: Workspace, shown: ShownList, item: str, title: str, key: str) -> None:
    if kind := st.session_state[key]:
        st.session_state[key] = None
        say(ws, shown, item, title, kind)


def _rate(ws: Workspace, shown: ShownList, item: str, title: str, key: str) -> None:
    if (place := st.session_state[key]) is not None:
        st.session_state[key] = None
        say(ws, shown, item, title, "rating", place + 1)


def say(ws: Workspace, shown: ShownList, item: str, title: str, kind: str, stars: int | None = None) -> None:
    """Keep one press as an event, and tell what it changed."""
    event = Event(uuid4().hex, shown.list_id, item, kind, value=None if stars is None else float(stars))
    try:
        (answer,) = accept(ws, [event], "app")
    except RecengineError as error:
        st.toast(messages.plain(f"It was not kept: {error}", 300), icon="⚠️")
        return
    if answer.outcome == "refused":
        st.toast(messages.plain(f"It was not kept: {answer.why}", 300), icon="⚠️")
        return
    st.toast(messages.plain(f"{title}: {_changed(kind, stars)}", 300), icon=_icon(kind))


def _icon(kind: str) -> str:
    return BUTTONS[kind][0] if kind in BUTTONS else "⭐"


def _changed(kind: str, stars: int | None) -> str:
    same_as = kind if stars is None else RATED.get(stars, "click")
    said = DONE[kind] if stars is None else f"rated {stars} of {max(RATED)}"
    return f"{said}. {BUTTONS[same_as][1]}"

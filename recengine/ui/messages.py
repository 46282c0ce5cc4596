"""Words on the page: data strings made harmless, and the states a page can be in.

Titles and ids come from files of strangers. In Markdown they could fetch images, in HTML they could be
anything. So: `plain` for all that reads Markdown (labels, buttons, st.write), `esc` for all put in HTML.
st.text, st.dataframe and the options of a selectbox show text as it is and need neither.
"""

from __future__ import annotations

import html
import re
from typing import Literal

import streamlit as st

from recengine.ui import navigation

Tone = Literal["info", "running", "done", "warn", "failed"]
SHOWN_CHARACTERS = 160  # of a title; the rest is behind its tooltip or its own page
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&@/])")
_ADDRESS = re.compile(r"(https?:/|www|@)(?=[/.\w])", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"  # no width; keeps an address from becoming a link
_BLANKS = re.compile(r"\s+")
_ICONS: dict[Tone, str] = {"info": "○", "running": "◔", "done": "✓", "warn": "!", "failed": "×"}


def clip(text: object, characters: int = SHOWN_CHARACTERS) -> str:
    """One line of at most that many characters, with an ellipsis where something was cut."""
    line = _BLANKS.sub(" ", str(text)).strip()
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def plain(text: object, characters: int = SHOWN_CHARACTERS) -> str:
    """A data string for a Markdown surface: clipped, and shown letter by letter as it is."""
    return _MARKDOWN.sub(r"\\\1", _ADDRESS.sub(rf"\1{_JOINER}", clip(text, characters)))


def esc(text: object, characters: int = SHOWN_CHARACTERS) -> str:
    """A data string for HTML (text or attribute): clipped and escaped."""
    return html.escape(clip(text, characters))


def isolated(text: object, characters: int = SHOWN_CHARACTERS) -> str:
    """Like `esc`, in a <bdi>, so that right-to-left text does not reorder what stands around it."""
    return f"<bdi>{esc(text, characters)}</bdi>"


def state(
    tone: Tone,
    title: str,
    body: str = "",
    *,
    page: str | None = None,
    action: str = "",
    query: navigation.Query | None = None,
) -> None:
    """A card that says where things stand and, if there is one, the next step.

    Args:
        title, body: plain text, data strings may be in it; they are escaped here.
        page: where the next step leads ("pages/1_Data.py"), with `action` as the link's words.
        query: the query parameters that page is opened with.
    """
    role = "alert" if tone == "failed" else "status"
    text = f"<p>{esc(body, 2_000)}</p>" if body else ""
    address = html.escape(navigation.href(page, query)) if page else ""
    way_on = f'<a class="re-go re-next" data-top href="{address}">{esc(action)}</a>' if action else ""
    st.html(
        f'<div class="re-state re-{tone}" role="{role}"><span class="re-state-icon" aria-hidden="true">'
        f"{_ICONS[tone]}</span><div><strong>{esc(title, 300)}</strong>{text}</div>{way_on}</div>"
    )


def empty(title: str, body: str = "", *, page: str | None = None, action: str = "") -> None:
    """Nothing here yet; says what would fill the place."""
    state("info", title, body, page=page, action=action)


def running(title: str, body: str = "", progress: float | None = None) -> None:
    """Something is under way; `progress` from 0 to 1 draws its bar."""
    state("running", title, body)
    if progress is not None:
        st.progress(min(1.0, max(0.0, progress)))


def failed(title: str, body: str = "", *, page: str | None = None, action: str = "") -> None:
    """It did not work; says what happened and what to do."""
    state("failed", title, body, page=page, action=action)


def done(title: str, body: str = "", *, page: str | None = None, action: str = "") -> None:
    """It worked; says what there is now."""
    state("done", title, body, page=page, action=action)

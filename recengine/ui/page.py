"""What every page starts with: configuration, style, navigation, and a guard against tracebacks.

    with setup_page("People", "👤", key="people", lead="What one person did, and what they are offered."):
        ...

Work that runs outside of the `with` (a fragment on a timer, a button's callback) is wrapped in `guarded`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

import streamlit as st

from recengine.core.errors import NotFoundError, RecengineError
from recengine.services import jobs
from recengine.services.workspace import Workspace
from recengine.ui import messages, navigation, theme, warm

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("recengine.ui")


@dataclass(frozen=True)
class Page:
    """A page that has been set up; entered with `with`, it turns every mistake into a sentence."""

    title: str
    key: str

    def name(self, widget: str) -> str:
        """The key of a widget of this page; keys of different pages never meet."""
        return f"{self.key}.{widget}"

    def __enter__(self) -> Page:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):  # Streamlit's own stop and rerun pass through
            return False
        show(error)
        return True


def setup_page(title: str, icon: str, key: str, *, lead: str = "", heading: bool = True) -> Page:
    """Configure the page, draw style and navigation, and return its guard. Call it first.

    Args:
        title: heading and browser title; no data string.
        icon: an emoji; a `:material/` icon would make the browser fetch a font elsewhere.
        key: prefix of the page's widget keys.
        lead: one plain sentence under the heading.
        heading: False where the page draws its own.
    """
    st.set_page_config(page_title=f"{title} · recengine", page_icon=icon, layout="wide")
    st.html(f"<style>{theme.css()}</style>")
    st.html(navigation.bar(title))
    warm.up()
    navigation.route()
    _see_to_the_queue()
    navigation.draw()
    if heading:
        st.title(title, anchor=False)
        if lead:
            st.html(f'<p class="re-lead">{messages.esc(lead, 400)}</p>')
    return Page(title, key)


def _see_to_the_queue() -> None:
    """Trainings go on whichever page is open; a queue that cannot be worked spoils no page."""
    try:
        jobs.ensure_dispatcher(Workspace.default())
    except Exception:
        log.exception("the queue of trainings is not being worked")


def show(error: Exception) -> None:
    """An error as a person should meet it: their own mistakes in words, ours with a number for the log."""
    if isinstance(error, RecengineError):
        title = "Not found" if isinstance(error, NotFoundError) else "That did not work"
        messages.failed(title, sentence(str(error)))
        return
    number = secrets.token_hex(3)
    log.error("page error %s", number, exc_info=error)
    messages.failed(
        "Something went wrong on our side",
        f"Nothing of yours is lost. Reload the page; if it happens again, the server's log has the "
        f"details under number {number}.",
    )


def sentence(text: str) -> str:
    """A message as a sentence of its own: it begins with a capital, unless an address does."""
    return text if "://" in text.split(" ", 1)[0] else text[:1].upper() + text[1:]


def guarded(function: Callable[P, R]) -> Callable[P, R | None]:
    """The same function, with its errors shown in words instead of raised."""

    @wraps(function)
    def safely(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            show(error)
            return None

    return safely

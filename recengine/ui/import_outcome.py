"""What came of an import, and the ways on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from recengine.data.build import Imported
from recengine.data.checks import Verdict
from recengine.data.cleaning import CleaningReport
from recengine.ui import cards, format, messages, navigation
from recengine.ui.choose import choose_next
from recengine.ui.data_page import cleaning, health

LOOK, BRING = "Look at a dataset", "Bring in data"  # the two halves of the page
DONE = "data.imported"  # session: what the last import gave


@dataclass(frozen=True)
class Outcome:
    """What an import gave.

    Attributes:
        about: the file, table or example it was made of.
    """

    about: str
    name: str
    cleaning: CleaningReport
    checks: list[Verdict]
    said: str


def finish(about: str, name: str, imported: Imported) -> NoReturn:
    """Keep what an import gave and draw the page anew, which then shows it."""
    outcome = Outcome(about, name, imported.cleaning, imported.checks, _said(imported))
    st.session_state[DONE] = outcome
    st.rerun()


def forget() -> None:
    """Go on to the next import."""
    st.session_state.pop(DONE, None)


def shown(about: str) -> bool:
    """Show what an import of exactly this gave, with the ways on; False where there was none."""
    outcome: Outcome | None = st.session_state.get(DONE)
    if outcome is None or outcome.about != about:
        return False
    messages.done(f"{outcome.name} is in", outcome.said)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Look at it", key="data.look", type="primary", on_click=_look_at, args=(outcome.name,))
        navigation.link("pages/2_Train.py", "Train a model on it", icon="⚙️", query={"dataset": outcome.name})
        st.button("Import it again", key="data.again", type="tertiary", on_click=forget)
    cards.draw(cards.heading("Health", level=3))
    health(outcome.checks)
    cards.draw(cards.heading("Cleaning", level=3))
    cleaning(outcome.cleaning, key="data.imported.cleaning")
    return True


def _said(imported: Imported) -> str:
    dataset, report = imported.dataset, imported.cleaning
    people = format.plural(dataset.num_users, dataset.about.person)
    items = format.plural(dataset.num_items, dataset.about.item)
    return f"{report.rows_in:,} rows read, {report.rows_out:,} kept: {people} and {items}."


def _look_at(name: str) -> None:
    choose_next("dataset", name)
    st.session_state["view"] = LOOK

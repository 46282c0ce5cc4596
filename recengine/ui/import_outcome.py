"""What came of an import, and the ways on."""

from __future__ import annotations

import streamlit as st

from recengine.core.errors import NotFoundError
from recengine.data.checks import Verdict
from recengine.data.cleaning import CleaningReport
from recengine.services import import_work
from recengine.services.datasets import DatasetCard, dataset_card, import_report
from recengine.services.tasks import Task
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages, navigation
from recengine.ui.choose import choose_next
from recengine.ui.data_page import cleaning, health

LOOK, BRING = "Look at a dataset", "Bring in data"  # the two halves of the page


def bring() -> None:
    """Turn to the half where data are brought in."""
    st.session_state["view"] = BRING


def draw(ws: Workspace, task: Task) -> None:
    """Show what an import gave, with the ways on; nothing where its data are gone by now."""
    found = _kept(ws, task)
    if found is None:
        return
    card, report, checks = found
    messages.done(f"{card.name} is in", _said(card, report))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Look at it", key=f"data.look.{task.id}", type="primary", on_click=_look_at, args=(ws, task)
        )
        navigation.link("pages/2_Train.py", "Train a model on it", icon="⚙️", query={"dataset": card.name})
        st.button("Close", key=f"data.close.{task.id}", type="tertiary", on_click=_close, args=(ws, task))
    cards.draw(cards.heading("Health", level=3))
    health(checks)
    cards.draw(cards.heading("Cleaning", level=3))
    cleaning(report, key=f"data.{task.id}.cleaning")


def draw_new(ws: Workspace, task: Task) -> None:
    """Say how much came that is new."""
    found = _kept(ws, task)
    if found is None or found[0].lineage is None:
        return
    lineage = found[0].lineage
    rows = format.plural(lineage.rows_new or 0, "new row")
    messages.done("All that is new is here", f"{rows}; the newest event is of {lineage.newest}.")
    st.button("Close", key=f"data.close.{task.id}", type="tertiary", on_click=_close, args=(ws, task))


def _kept(ws: Workspace, task: Task) -> tuple[DatasetCard, CleaningReport, list[Verdict]] | None:
    name, fingerprint = task.result["name"], task.result["fingerprint"]
    try:
        return dataset_card(ws, name, fingerprint), *import_report(ws, name, fingerprint)
    except NotFoundError:
        return None


def _said(card: DatasetCard, report: CleaningReport) -> str:
    people = format.plural(card.num_users, card.about.person)
    items = format.plural(card.num_items, card.about.item)
    return f"{report.rows_in:,} rows read, {report.rows_out:,} kept: {people} and {items}."


def _look_at(ws: Workspace, task: Task) -> None:
    _close(ws, task)
    choose_next("dataset", task.result["name"])
    st.session_state["view"] = LOOK


def _close(ws: Workspace, task: Task) -> None:
    import_work.close(ws, task)

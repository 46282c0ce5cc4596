"""Lists of one or several models for one person, side by side."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recengine.core.columns import Repeats
from recengine.services import jobs
from recengine.services.datasets import DatasetCard
from recengine.services.recommend import RecommendationList
from recengine.services.runs import Run
from recengine.services.showing import show_list
from recengine.services.workspace import Workspace
from recengine.ui import cards, feedback_buttons, messages, navigation, picks, shown
from recengine.ui.page import Page, guarded

LEGEND = "↻ how often they had it; percent: the chance that it is chosen"  # what rows of a list say
Make = Callable[[Run, int, Repeats], RecommendationList]


def beside(
    ws: Workspace,
    card: DatasetCard,
    page: Page,
    make: Make,
    *,
    who: navigation.Query,
    first: Callable[[], None] | None = None,
    answering: bool = False,
) -> None:
    """Choose models, question and length, then draw the lists; or say why there are none yet.

    Args:
        who: whom the lists are for, as the Explain page's address has it.
        first: draws what stands in a column of its own before the lists (the history they follow from).
        answering: whether the lists count as shown, with buttons for feedback under each item.
    """
    finished = picks.finished_runs(ws, card)
    if not finished:
        if first:
            first()
        nothing_trained(ws, card)
        return
    picks.unknown_runs(finished)
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("asked")):
        chosen = picks.models(finished, page)
        kind = picks.repeats(card, page)
        length = picks.length(page)
    if not chosen:
        messages.empty("Choose a model", "Its list appears here; several stand side by side.")
        if first:
            first()
        return
    columns = st.columns(len(chosen) + (first is not None))
    if first:
        with columns[0]:
            first()
    for column, run in zip(columns[-len(chosen) :], chosen, strict=True):
        with column:
            _list(run, make, length, kind, who, ws if answering else None)


@guarded
def _list(
    run: Run, make: Make, length: int, kind: Repeats, who: navigation.Query, kept_in: Workspace | None
) -> None:
    """One model's list; an error stays in its own column.

    Args:
        kept_in: where it is kept as shown, for feedback; None for a list to look at.
    """
    with st.spinner("Asking the model"):
        offered = make(run, length, kind)
    if offered.rows.empty:
        body = f"Nothing fits “{picks.REPEATS[kind]}” here; choose another question."
        messages.empty(f"{run.title}: an empty list", body)
        return
    note = f'<p class="re-small">{messages.esc(offered.note, 400)}</p>' if offered.note else ""
    head = (cards.heading(run.title, level=3), cards.marks(cards.badges_of(offered.badges)), note)
    listed, label = shown.recommended(offered, who), f"List of {run.title}"
    if kept_in is None:
        cards.draw(cards.panel(*head, cards.rows(listed, label=label, numbered=True)))
        return
    with st.container(border=True):
        cards.draw(*head)
        feedback_buttons.rows(kept_in, show_list(kept_in, offered), listed, label=label)


def nothing_trained(ws: Workspace, card: DatasetCard) -> None:
    """Why there is no list yet: training is under way, or nobody started one."""
    under_way = [job for job in jobs.jobs(ws, card.name) if job.active]
    if under_way:
        title = f"{under_way[0].title} is being trained"
        body = under_way[0].message or "Its list appears here as soon as it is done."
        messages.state("running", title, body, page=navigation.TRAIN, action="Watch it")
        return
    query = {"dataset": card.name}
    body = "Train one, and its lists appear here."
    messages.state(
        "info", "No model of these data yet", body, page=navigation.TRAIN, action="Train a model", query=query
    )

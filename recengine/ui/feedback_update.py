"""Bringing a model up to date with feedback: what it could learn from, its training, and the verdict."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services import jobs, learning
from recengine.services.datasets import DatasetCard
from recengine.services.learning import Exam, How
from recengine.services.runs import Run, list_runs
from recengine.services.workspace import Workspace
from recengine.ui import cards, feedback_drift, lists, messages, navigation, picks
from recengine.ui.cards import draw
from recengine.ui.champion_view import WHO
from recengine.ui.page import Page, guarded

HOWS = {"incremental": "Go on from what it knows", "full": "Train from the start"}


@guarded
def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """What the model could learn from, a way to have it learn, and what became of that."""
    finished = picks.finished_runs(ws, card)
    if not finished:
        lists.nothing_trained(ws, card)
        return
    run = picks.model(finished, page)
    with st.spinner("Looking at what there is to learn from"):
        found = learning.waiting(ws, run.id)
    draw(f'<p class="re-finding re-second" role="status">{messages.isolated(found.sentence, 600)}</p>')
    if found.actions:
        _ask(ws, run, page)
    else:
        draw('<p class="re-small">Likes, dislikes, purchases and ratings are learnt from.</p>')
    feedback_drift.show(ws, run, page)
    _under_way(ws, card)
    for updated in [one for one in list_runs(ws, card.name, status="done") if one.spec.update is not None]:
        _verdict(ws, updated, page)


def _ask(ws: Workspace, run: Run, page: Page) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        options: tuple[How, ...] = get_args(How)
        how = st.segmented_control(
            "How",
            options,
            default="incremental",
            key=page.name("how"),
            required=True,
            format_func=HOWS.__getitem__,
        )
        asked = st.button(f"Update {messages.plain(run.title)}", key=page.name("update"), type="primary")
    if asked:
        try:
            learning.ask_for_update(ws, run.id, how)
        except RecengineError as error:
            messages.failed("It was not started", str(error))
            return
        st.rerun()


def _under_way(ws: Workspace, card: DatasetCard) -> None:
    """Trainings that go on; their curves are on the Train page."""
    for job in jobs.jobs(ws, card.name):
        if job.active:
            body = job.message or "The verdict stands here once it is done."
            query = {"dataset": card.name}
            messages.state(
                "running",
                f"{job.title} is being trained",
                body,
                page=navigation.TRAIN,
                action="Watch it",
                query=query,
            )


@guarded
def _verdict(ws: Workspace, updated: Run, page: Page) -> None:
    """An updated run against the one it goes on from."""
    found = learning.exam(ws, updated.id)
    title = f"{updated.title}, {HOWS[updated.spec.update.how].lower() if updated.spec.update else ''}"
    draw(cards.heading(title, level=3))
    tone = messages.done if found.usable else messages.failed
    tone("Fit for use" if found.usable else "Worse than before: its base stays in use", found.sentence)
    draw("".join(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in found.notes))
    if found.usable:
        _adopt(ws, found, page)


def _adopt(ws: Workspace, found: Exam, page: Page) -> None:
    with (
        st.form(page.name(f"adopt.{found.run}"), border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        who = st.text_input("Who says so", value=st.session_state.get(WHO, ""), max_chars=80, width=200)
        asked = st.form_submit_button("Make it the champion")
    if asked:
        try:
            learning.adopt(ws, found.run, who)
        except RecengineError as error:
            messages.failed("Nothing was changed", str(error))
            return
        st.session_state[WHO] = who
        st.rerun()

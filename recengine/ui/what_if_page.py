"""The parts of the page on retraining: what is asked, and what came of it."""

from __future__ import annotations

import streamlit as st

from recengine.services.datasets import DatasetCard
from recengine.services.workspace import Workspace
from recengine.ui import cards, lists, picks, what_if_edits
from recengine.ui.page import Page


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: one run, and a what-if about it."""
    finished = picks.finished_runs(ws, card)
    if not finished:
        lists.nothing_trained(ws, card)
        return
    picks.unknown_runs(finished)
    run = picks.model(finished, page)
    cards.draw(cards.heading("What should be different?"))
    with st.container(border=True):
        what_if_edits.editor(ws, card, run, page)

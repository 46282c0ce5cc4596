"""The page on feedback: what came in, how learning from it pays, and what other strategies would earn."""

from __future__ import annotations

from recengine.services.datasets import DatasetCard
from recengine.services.workspace import Workspace
from recengine.ui import feedback_days, feedback_events, feedback_replay, feedback_simulation, feedback_update
from recengine.ui.page import Page
from recengine.ui.tabs import in_tabs


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """A tab for each question."""
    tabs = {
        "Events": lambda: feedback_events.show(ws, card, page),
        "Learning day by day": lambda: feedback_days.show(ws, card, page),
        "Update": lambda: feedback_update.show(ws, card, page),
        "Would it earn more?": lambda: feedback_replay.show(ws, card, page),
        "Simulation": lambda: feedback_simulation.show(ws, page),
    }
    in_tabs(tabs, key=page.name("tabs"))

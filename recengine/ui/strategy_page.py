"""The page on strategies: which one, its controls with what each really does, and a list before and after."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recengine.services.datasets import DatasetCard
from recengine.services.workspace import Workspace
from recengine.ui import (
    lists,
    messages,
    picks,
    strategy_draft,
    strategy_frontier,
    strategy_known,
    strategy_preview,
    strategy_rules,
    strategy_saved,
    strategy_variety,
    strategy_weights,
)
from recengine.ui.cards import draw
from recengine.ui.page import Page, guarded
from recengine.ui.strategy_draft import View
from recengine.ui.tabs import in_tabs


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: what it speaks of, where that stands, and a tab for each thing to do with it."""
    finished = picks.finished_runs(ws, card)
    if not finished:
        lists.nothing_trained(ws, card)
        return
    picks.unknown_runs(finished)
    draft = strategy_draft.of_address(ws)
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("asked")):
        run, k = picks.model(finished, page), picks.length(page)
        view = View(ws, card, run, k, draft, page)
        strategy_saved.choose(view)
        strategy_preview.finder(view)
    strategy_saved.stand(view)
    strategy_saved.actions(view)
    tabs = {
        "Weights and rules": lambda: _controls(view),
        "Frontier": lambda: strategy_frontier.tab(view),
        "Saved": lambda: strategy_saved.tab(view),
    }
    in_tabs({title: guarded(show_it) for title, show_it in tabs.items()}, key=page.name("tabs"))


def _controls(view: View) -> None:
    """The controls beside the list they make."""
    found = strategy_known.conflicts(view)
    left, right = st.columns([4, 9], gap="large")
    with left:
        moved = None if found else _moved(view)
        strategy_weights.show(view, moved)
        strategy_variety.show(view, moved)
        strategy_rules.show(view, moved)
    with right:
        if found:
            messages.failed("This strategy cannot be kept", " ".join(found))
        else:
            strategy_preview.show(view)


def _moved(view: View) -> pd.DataFrame:
    effective = strategy_known.effective(view)
    draw(f'<p class="re-small">{messages.esc(effective.sentence, 400)}</p>')
    return effective.frame()

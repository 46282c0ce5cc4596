"""Would another strategy have earned more? Estimated from the lists that were shown, where those allow it."""

from __future__ import annotations

import streamlit as st

from recengine.core.errors import DataError
from recengine.services import shown, strategies
from recengine.services.datasets import DatasetCard
from recengine.services.off_policy import Report
from recengine.services.off_policy_strategy import evaluate_strategy
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages, navigation, picks
from recengine.ui.cards import draw
from recengine.ui.downloads import download_table
from recengine.ui.page import Page, guarded, sentence

EARNINGS = {"clicks": "Clicks", "likes": "Likes", "purchases": "Purchases", "revenue": "What purchases bring"}
CHANCE = (
    "Only lists with something left to chance can tell of other lists. On the Strategy page, leave a little "
    "to chance (Repeats, candidates and chance), and put that strategy into use."
)


@guarded
def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """Which strategy, by what, and the verdict with what it rests on."""
    finished, saved = picks.finished_runs(ws, card), strategies.strategies(ws)
    query = {"dataset": card.name}
    if not finished or not saved:
        body = "It is asked what a saved strategy would have earned. Make one first."
        messages.state(
            "info", "No strategy to ask about", body, page=navigation.STRATEGY, action="Make one", query=query
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("replay")):
        run = picks.model(finished, page)
        name = picks.other("Strategy", {one.name: one.name for one in saved}, page, name="strategy")
        earning = picks.one_of("What it earns", EARNINGS, page, name="earning")
    if shown.places(ws, dataset=card.name).empty:
        messages.empty("No list was shown yet", CHANCE)
        return
    with st.spinner("Weighing the lists that were shown"):
        try:
            report = evaluate_strategy(ws, run.id, name, earning=earning)
        except DataError as error:
            messages.state("info", "That cannot be told", sentence(str(error)))
            return
    _read(report, page)


def _read(report: Report, page: Page) -> None:
    draw(f'<p class="re-finding" role="status">{messages.isolated(report.sentence, 1_500)}</p>')
    if report.business:
        draw(f'<p class="re-finding re-second">{messages.isolated(report.business, 600)}</p>')
    draw("".join(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in report.notes))
    draw(cards.heading("By each estimator", "the same question, answered in different ways", level=3))
    table = report.frame().replace(float("inf"), float("nan"))  # no limit on weights
    st.dataframe(table, hide_index=True, alt="What each estimator says", key=page.name("estimators"))
    download_table(table, "estimates", key=page.name("estimators.csv"))

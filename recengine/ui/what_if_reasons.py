"""Whether an edited model has other reasons: what drives its scores, beside what drove them before."""

from __future__ import annotations

import streamlit as st

from recengine.core.words import count, many
from recengine.services import learnt, tasks
from recengine.services.datasets import DatasetCard
from recengine.services.runs import get_run, load_run_model
from recengine.services.verdict import Verdict
from recengine.services.verdict_drift import Drift, ask_for_drift, kept_drift
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages, task_view, what_if_charts
from recengine.ui.charts import show as show_chart
from recengine.ui.page import Page

MOST_ROWS = 14


def reasons(ws: Workspace, verdict: Verdict, card: DatasetCard, page: Page) -> None:
    """The drift of the first pair's reasons, once they are worked out; a way to have that done before."""
    base, edited = verdict.base[0], verdict.edited[0]
    if not load_run_model(ws, base).personal:
        title = f"{get_run(ws, base).title} gives everyone the same list"
        messages.empty(title, f"Nothing about {many(card.about.person)} drives it.")
        return
    if found := kept_drift(ws, base, edited):
        _drift(found, card, page)
    else:
        _work(ws, (base, edited), card, page)


def _drift(found: Drift, card: DatasetCard, page: Page) -> None:
    cards.draw(f'<p class="re-finding re-second">{messages.esc(found.sentence, 600)}</p>')
    agreement = f"{found.agreement:.2f} ({found.low:.2f} to {found.high:.2f})"
    st.caption(
        messages.plain(
            f"Over {count(found.num_people)} {many(card.about.person)}. Agreement of the two orders: "
            f"{agreement}; 1 is the same order, 0 none at all.",
            400,
        )
    )
    show_chart(what_if_charts.of_reasons(found.rows.head(MOST_ROWS), found.sentence), key=page.name("drift"))


def _work(ws: Workspace, run_ids: tuple[str, str], card: DatasetCard, page: Page) -> None:
    newest = [next(iter(tasks.tasks(ws, kind=learnt.KIND, about=run_id)), None) for run_id in run_ids]
    people = many(card.about.person)
    for task in newest:
        if task and task.status != "done":
            doing = f"Working out what drives {get_run(ws, task.about).title}"
            task_view.watch(ws, task, doing=doing, pieces=people, key=page.name(task.about))
    if any(task and task.active for task in newest):
        return
    body = (
        f"What drives the scores is worked out for some {people}, for the model as it was and for the edited "
        "one, and put side by side."
    )
    messages.empty("The reasons were not compared yet", body)
    if st.button("Compare the reasons", icon=":material/play_arrow:", key=page.name("drift.start")):
        ask_for_drift(ws, *run_ids)
        st.rerun()

"""Ways of keeping a model up to date, tested day by day on the data: what each reached, and what it lost."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.core.words import MINUS
from recengine.models import MODELS
from recengine.services import tasks
from recengine.services.datasets import DatasetCard
from recengine.services.prequential import KIND, ask_for_prequential
from recengine.services.prequential_words import Prequential
from recengine.services.tasks import Task
from recengine.services.workspace import Workspace
from recengine.ui import charts, feedback_charts, messages, task_view
from recengine.ui.cards import draw
from recengine.ui.page import Page, guarded

SPANS = (14, 30, 60, 120)


@guarded
def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """Ask for a comparison, watch it, read it."""
    found = tasks.tasks(ws, kind=KIND, about=card.name)
    draw(
        '<p class="re-small">Every day each way makes lists first, is measured on what people then did, and '
        "learns from the day only afterwards. So nothing here knows its own future.</p>"
    )
    _ask(ws, card, page)
    if found and found[0].status != "done":
        task_view.watch(ws, found[0], doing="Going through the days", pieces="days", key=page.name("days"))
    done = next((task for task in found if task.status == "done"), None)
    if done is not None:
        _read(done, page)
    elif not found:
        messages.empty("Not compared yet", "Choose a model and how many days, then press Compare.")


def _ask(ws: Workspace, card: DatasetCard, page: Page) -> None:
    with (
        st.form(page.name("days.ask"), border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        model = st.selectbox("Model", _at_once(), key=page.name("days.model"), width=200)
        days = st.selectbox(
            "Days",
            SPANS,
            1,
            key=page.name("days.span"),
            width=140,
            format_func=lambda days: f"the last {days}",
        )
        asked = st.form_submit_button("Compare", type="primary")
    if asked:
        try:
            ask_for_prequential(ws, card.name, model=model, days=days)
        except RecengineError as error:
            messages.failed("It was not started", str(error))
            return
        st.rerun()


def _at_once() -> list[str]:
    """The models that learn in one go, the default first: an epoch a night would take too long."""
    found = [name for name in MODELS if not MODELS[name]().build().iterative and name not in NO_RACE]
    return sorted(found, key=lambda name: name != "ease")


NO_RACE = ("random", "popularity")  # popularity takes part in every comparison


def _read(task: Task, page: Page) -> None:
    told = Prequential.of_dict(task.result)
    draw(f'<p class="re-finding" role="status">{messages.isolated(told.sentence, 1_500)}</p>')
    left, right = st.columns(2, gap="large")
    with left:
        charts.show(feedback_charts.quality(told), key=page.name("days.ndcg"))
    with right:
        charts.show(feedback_charts.regret(told), key=page.name("days.regret"))
    st.dataframe(
        ways(told), hide_index=True, alt="What each way of keeping up to date reached", key=page.name("ways")
    )
    draw("".join(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in told.notes))


def ways(told: Prequential) -> pd.DataFrame:
    """One row a way, in words a reader knows."""
    frame = told.ways
    return pd.DataFrame(
        {
            "way": frame["title"],
            "NDCG@10": _between(frame, "ndcg"),
            "against the reference": _between(frame, "difference", "+"),
            "verdict": frame["verdict"].replace("", "the reference"),
            "lost in all (regret)": frame["regret"].map("{:.1f}".format),
            "seconds in all": frame["seconds"].map("{:.1f}".format),
        }
    )


def _between(frame: pd.DataFrame, name: str, sign: str = "") -> list[str]:
    """A value with its interval; "" where there is none."""
    columns = frame[[name, f"{name}_low", f"{name}_high"]]
    said = [
        "" if math.isnan(value) else f"{value:{sign}.4f} ({low:{sign}.4f} to {high:{sign}.4f})"
        for value, low, high in columns.itertuples(index=False)
    ]
    return [words.replace("-", MINUS) for words in said]

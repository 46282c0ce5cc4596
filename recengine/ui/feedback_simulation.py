"""Two strategies side by side in a generated world, day by day; everything here is simulated, and says so."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.words import MINUS
from recengine.services import strategies, tasks
from recengine.services.simulation import Simulated
from recengine.services.simulation_models import scoring_models
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.strategy.simulate.measures import EARNED
from recengine.strategy.simulate.presets import WORLDS
from recengine.ui import cards, charts, feedback_charts, messages, task_view
from recengine.ui.cards import draw
from recengine.ui.page import Page, guarded

KIND, ABOUT = "simulate", "simulation"
DRAWN = (EARNED, "retention", "diversity", "gini")  # what happens to money, people, lists and hits
CHANCE = Strategy.of({"name": "a little chance", "explore": {"method": "epsilon", "amount": 0.2}})
NOVEL = Strategy(name="novelty counts", weights={"relevance": 1.0, "novelty": 0.5})
READY = {one.name: one for one in (Strategy(), NOVEL, CHANCE)}


@guarded
def show(ws: Workspace, page: Page) -> None:
    """Ask for a simulation, watch it, read it."""
    draw(cards.marks([cards.Badge("simulated", "People, tastes and money are generated.", "warn")]))
    _ask(ws, page)
    found = tasks.tasks(ws, kind=KIND, about=ABOUT)
    if found and found[0].status != "done":
        task_view.watch(ws, found[0], doing="Simulating the days", pieces="days", key=page.name("simulated"))
    done = next((task for task in found if task.status == "done"), None)
    if done is not None:
        _read(Simulated.from_dict(done.result), page)
    elif not found:
        messages.empty("Nothing is simulated yet", "Choose a world and two strategies, then press Simulate.")


def _ask(ws: Workspace, page: Page) -> None:
    known = READY | {saved.name: saved.strategy for saved in strategies.strategies(ws)}
    with (
        st.form(page.name("simulate"), border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        world = st.selectbox("World", list(WORLDS), key=page.name("world"), width=160)
        sides = [_side(known, place, page) for place in range(2)]
        days = st.number_input("Days", 2, 365, 30, key=page.name("sim.days"), width=110)
        people = st.number_input("People", 20, 20_000, 500, 100, key=page.name("sim.people"), width=120)
        asked = st.form_submit_button("Simulate", type="primary")
    if asked:
        size = {"days": int(days), "people": int(people), "replicates": 3}
        tasks.submit(ws, KIND, about=ABOUT, spec={"world": world, "sides": sides, **size})
        st.rerun()


def _side(known: dict[str, Strategy], place: int, page: Page) -> dict[str, Any]:
    """One of the two: its strategy, and the model that scores for it."""
    which = ("first", "second")[place]
    names, models = list(known), scoring_models()
    name = st.selectbox(f"The {which} strategy", names, place, key=page.name(f"sim.{which}"), width=190)
    model = st.selectbox(
        "and its model", models, models.index("ease"), key=page.name(f"sim.{which}.model"), width=150
    )
    return {"strategy": known[name].to_toml(), "model": model}


def _read(told: Simulated, page: Page) -> None:
    messages.state("warn", "Simulated", told.label)
    draw(f'<p class="re-finding" role="status">{messages.isolated(told.sentence, 1_500)}</p>')
    curves = told.curves()
    for left in range(0, len(DRAWN), 2):
        for column, name in zip(st.columns(2, gap="large"), DRAWN[left : left + 2], strict=False):
            measure = told.measures[name]
            chart = feedback_charts.simulated(curves, name, measure.title, measure.explanation, told.names)
            with column:
                charts.show(chart, key=page.name(f"simulated.{name}"))
    st.dataframe(
        compared(told), hide_index=True, alt="Both strategies by every measure", key=page.name("both")
    )


def compared(told: Simulated) -> pd.DataFrame:
    """A row a measure, with the interval of the difference."""
    frame = told.compared()
    first, second = told.names
    return pd.DataFrame(
        {
            "measure (simulated)": frame["title"],
            first: frame["first"].map("{:.4g}".format),
            second: frame["second"].map("{:.4g}".format),
            "difference": [
                f"{mean:+.3g} ({low:+.3g} to {high:+.3g})".replace("-", MINUS)
                for mean, low, high in frame[["difference", "low", "high"]].itertuples(index=False)
            ],
            "verdict": frame["verdict"],
        }
    )

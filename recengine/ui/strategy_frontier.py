"""What other weights would cost and buy: a sweep as a task, each setting a dot, the cheapest for a gain."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services.frontier import Frontier
from recengine.services.frontier_measures import Measure
from recengine.services.frontier_sweep import axes_of
from recengine.services.frontier_work import ask_frontier, frontier_of, frontiers
from recengine.strategy import Strategy
from recengine.ui import charts, messages, picks, strategy_known, task_view
from recengine.ui.cards import draw
from recengine.ui.charts import COLOURS, QUIET, Chart, label, styled
from recengine.ui.page import guarded
from recengine.ui.strategy_draft import View

TALL = 420  # pixels
PEOPLE = (500, 2_000, 5_000)


@guarded
def tab(view: View) -> None:
    """Ask for a frontier, watch it, read it."""
    found = frontiers(view.ws, view.run.id)
    if conflicts := strategy_known.conflicts(view):
        messages.failed("This strategy cannot be kept", " ".join(conflicts))
    else:
        _ask(view)
    if found and found[0].status != "done":
        key = view.page.name("frontier")
        task_view.watch(view.ws, found[0], doing="Trying other weights", pieces="", key=key)
    done = next((task for task in found if task.status == "done"), None)
    if done is not None:
        _read(view, frontier_of(done))
    elif not found:
        body = "Other weights are tried on people whose next choices are known; nothing is changed by it."
        messages.empty("Not measured yet", body)


def _ask(view: View) -> None:
    parts = ", ".join(axis.part for axis in axes_of(view.strategy))
    draw(f'<p class="re-small">Tried with other weights: {messages.esc(parts, 300)}.</p>')
    with (
        st.form(view.page.name("frontier.ask"), border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        columns = st.multiselect(
            "What an item brings",
            strategy_known.numbers(view),
            key=view.page.name("frontier.columns"),
            width=280,
        )
        people = st.selectbox("People asked", PEOPLE, key=view.page.name("frontier.people"), width=140)
        asked = st.form_submit_button("Measure", type="primary")
    if asked:
        try:
            ask_frontier(view.ws, view.run.id, view.strategy, columns=columns, k=view.k, people=people)
        except RecengineError as error:
            messages.failed("It was not started", str(error))
            return
        st.rerun()


def _read(view: View, found: Frontier) -> None:
    costs = {one.name: one.title for one in found.measures if one.is_cost}
    buys = {one.name: one.title for one in found.measures if not one.is_cost}
    with st.container(horizontal=True, vertical_alignment="bottom", key=view.page.name("frontier.axes")):
        cost = found.measure(picks.other("What it may cost", costs, view.page, name="cost"))
        buy = found.measure(picks.other("What it is to buy", buys, view.page, name="buy"))
        gain = st.number_input("Gain, in percent", 1, 500, 20, 5, key=view.page.name("gain"), width=130)
        surely = st.toggle(
            "beyond chance", key=view.page.name("surely"), help="The whole 95 % interval of the gain."
        )
    _offer(view, found, buy, cost, gain / 100, surely)
    charts.show(frontier_chart(found, buy, cost), key=view.page.name("frontier.chart"))
    draw("".join(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in found.notes))


def _offer(view: View, found: Frontier, buy: Measure, cost: Measure, gain: float, surely: bool) -> None:
    offer = found.cheapest(buy.name, gain, cost=cost.name, surely=surely)
    draw(f'<p class="re-finding re-second" role="status">{messages.isolated(offer.sentence, 1_000)}</p>')
    if offer.strategy is not None:
        st.button(
            "Take its weights over",
            key=view.page.name("take"),
            type="primary",
            on_click=_take,
            args=(view, offer.strategy),
        )


def _take(view: View, strategy: Strategy) -> None:
    view.draft.write(weights=strategy.weights, boosts=strategy.boosts, diversify=strategy.diversify)
    st.toast("Its weights are on the page; save them to keep them.")


def frontier_chart(found: Frontier, buy: Measure, cost: Measure) -> Chart:
    """Each setting as a dot, those that another one beats in both ways in grey."""
    table = found.frame().assign(beaten=found.dominated(buy.name, cost.name))
    today, others = table[table["is_today"]], table[~table["is_today"]]
    best = table[~table["beaten"]].sort_values(buy.name)
    figure = go.Figure()
    line = {"color": COLOURS[0], "width": 1, "dash": "dot"}
    figure.add_trace(
        go.Scatter(
            x=best[buy.name], y=best[cost.name], mode="lines", line=line, hoverinfo="skip", showlegend=False
        )
    )
    looks = {
        "beaten by another": (others[others["beaten"]], QUIET, "circle-open", 8),
        "nothing beats it": (others[~others["beaten"]], COLOURS[0], "circle", 10),
        "today": (today, COLOURS[1], "star", 14),
    }
    for name, (part, colour, symbol, size) in looks.items():
        figure.add_trace(_dots(part, name, buy, cost, {"color": colour, "symbol": symbol, "size": size}))
    return Chart(
        title=f"What {buy.title} costs in {cost.title}",
        figure=styled(
            figure,
            x=f"{buy.title} ({buy.better} is better)",
            y=f"{cost.title} ({cost.better} is better)",
            height=TALL,
        ),
        alt=f"{len(best)} of {len(table)} settings are beaten by no other one.",
        reading=f"a dot is a setting of the weights, measured on {found.num_people:,} people who were held "
        f"out. {buy.explanation} {cost.explanation}",
        table=shown(table, found),
    )


def _dots(part: pd.DataFrame, name: str, buy: Measure, cost: Measure, marker: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=part[buy.name],
        y=part[cost.name],
        mode="markers",
        name=name,
        marker=marker,
        text=[label(words, 80) for words in part["setting"]],
        hovertemplate="%{text}<br>%{x:.4~g}, %{y:.4~g}<extra></extra>",
    )


def shown(table: pd.DataFrame, found: Frontier) -> pd.DataFrame:
    """A row a setting: its words, whether it is beaten here, and every measure with the change's interval."""
    columns = {"setting": table["setting"], "beaten by another": table["beaten"]}
    for one in found.measures:
        columns[one.title] = table[one.name]
        columns[f"{one.title}: change"] = table[f"{one.name}_difference"]
        columns[f"{one.title}: from"] = table[f"{one.name}_low"]
        columns[f"{one.title}: to"] = table[f"{one.name}_high"]
    return pd.DataFrame(columns)

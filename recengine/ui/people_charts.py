"""The chart of one person or one item: what happened when, on the axis of all the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recengine.core.columns import DAY, TimeKind
from recengine.services.cards import moments
from recengine.services.datasets import DatasetCard
from recengine.ui import shown
from recengine.ui.charts import COLOURS, config_of, styled

PERIODS: dict[TimeKind, str] = {"date": "week", "day": "week", "order": "stretch"}
# Six of a week's seven days, in what the axis counts; a lone bar would fill the figure otherwise.
_WIDTHS: dict[TimeKind, float | None] = {"date": 6 * DAY * 1000, "day": 6, "order": None}


def show(activity: pd.DataFrame, card: DatasetCard, *, key: str, whose: str) -> None:
    """Events per week of one person or item.

    Args:
        activity: columns when, events; oldest first.
        whose: title or id; only a screen reader and the name of a saved picture have it.
    """
    figure = styled(over_time(activity, card), x="", y=shown.events_of(card.about), height=220)
    st.plotly_chart(figure, key=key, alt=f"{whose}: {busiest(activity, card)}", config=config_of(whose))


def over_time(activity: pd.DataFrame, card: DatasetCard) -> go.Figure:
    """One bar for each period; the axis runs from the first to the last event of all the data."""
    kind = card.about.time_kind
    bars = go.Bar(
        x=activity["when"],
        y=activity["events"],
        width=_WIDTHS[kind],
        marker={"color": COLOURS[0]},
        hovertemplate=f"%{{x}}<br>%{{y:,}} {shown.events_of(card.about)}<extra></extra>",
    )
    figure = go.Figure(bars)
    if kind != "order":
        ends = moments(card.about, np.array([card.first_at - 7 * DAY, card.last_at + 7 * DAY]))
        figure.update_xaxes(range=ends.tolist())
    figure.update_yaxes(rangemode="tozero", tickformat=",d")
    return figure


def busiest(activity: pd.DataFrame, card: DatasetCard) -> str:
    """The chart's main point in one sentence."""
    if activity.empty:
        return "nothing happened yet."
    most = f"{activity['events'].max():,.0f} {shown.events_of(card.about)}"
    return f"{len(activity):,} {PERIODS[card.about.time_kind]}s, the busiest with {most}."

"""The chart of one person or one item: what happened when."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recengine.core.columns import DAY, TimeKind
from recengine.core.dataset import About
from recengine.ui import shown
from recengine.ui.charts import COLOURS, config_of, styled

PERIODS: dict[TimeKind, str] = {"date": "week", "day": "week", "order": "stretch"}

# Six of a week's seven days, in what the axis counts; a lone bar would fill the figure otherwise.
_WIDTHS: dict[TimeKind, float | None] = {"date": 6 * DAY * 1000, "day": 6, "order": None}


def show(activity: pd.DataFrame, about: About, *, key: str, whose: str) -> None:
    """Events per week of one person or item.

    Args:
        activity: columns when, events; oldest first.
        whose: title or id; only a screen reader and the name of a saved picture have it.
    """
    figure = styled(over_time(activity, about), x="", y=shown.events_of(about), height=220)
    st.plotly_chart(figure, key=key, alt=f"{whose}: {busiest(activity, about)}", config=config_of(whose))


def over_time(activity: pd.DataFrame, about: About) -> go.Figure:
    """One bar for each period."""
    hover = f"%{{x}}<br>%{{y:,}} {shown.events_of(about)}<extra></extra>"
    bars = go.Bar(
        x=activity["when"],
        y=activity["events"],
        width=_WIDTHS[about.time_kind],
        marker={"color": COLOURS[0]},
        hovertemplate=hover,
    )
    return go.Figure(bars)


def busiest(activity: pd.DataFrame, about: About) -> str:
    """The chart's main point in one sentence."""
    if activity.empty:
        return "nothing happened yet."
    most = f"{activity['events'].max():,.0f} {shown.events_of(about)}"
    return f"{len(activity):,} {PERIODS[about.time_kind]}s, the busiest with {most}."

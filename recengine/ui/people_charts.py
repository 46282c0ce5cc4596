"""Charts of one person or one item: what happened when."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from recengine.core.columns import TimeKind
from recengine.ui.charts import COLOURS, Chart, styled

_AXES: dict[TimeKind, str] = {"date": "week", "day": "day", "order": "position in the file"}


def over_time(activity: pd.DataFrame, *, time_kind: TimeKind, title: str, events: str) -> Chart:
    """Events per week of one person or item.

    Args:
        activity: columns when, events; oldest first.
        events: what one event is called, in the plural.
    """
    when, numbers = activity["when"], activity["events"]
    bars = go.Bar(
        x=when,
        y=numbers,
        marker={"color": COLOURS[0]},
        hovertemplate=f"%{{x}}<br>%{{y:,}} {events}<extra></extra>",
    )
    figure = styled(go.Figure(bars), x="", y=events, height=200)
    top = activity.loc[numbers.idxmax()] if len(activity) else None
    most = (
        f"The busiest {_AXES[time_kind]} has {top['events']:,.0f} {events}." if top is not None else "None."
    )
    table = activity.rename(columns={"when": _AXES[time_kind], "events": events})
    return Chart(
        title, figure, most, f"One bar is one {_AXES[time_kind]}; its height counts {events}.", table
    )

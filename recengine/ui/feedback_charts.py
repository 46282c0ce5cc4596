"""Charts of learning day by day and of simulated strategies: lines in time with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from recengine.services.prequential_words import Prequential
from recengine.ui.charts import COLOURS, Chart, label, line, styled

SMALL = 220  # pixels: four charts side by side
WEEK = 7  # days of which one point is the mean, once there are many
MOST_DAYS = 21  # drawn one by one


def quality(told: Prequential) -> Chart:
    """NDCG in time, a line for each way; weekly means where there are many days."""
    weekly = told.days["day"].nunique() > MOST_DAYS
    frame = _weeks(told.days) if weekly else told.days
    figure = go.Figure()
    for place, (title, part) in enumerate(frame.groupby("title", sort=False)):
        figure.add_trace(line(str(title), part["day"], part["ndcg"], place))
    best = told.ways.loc[told.ways["way"] == told.best].iloc[0]
    return Chart(
        title="How good each day's lists were",
        figure=styled(figure, x="", y="NDCG@10" + (", mean of the week" if weekly else "")),
        alt=f"{best['title']} reached the highest mean NDCG@10, {best['ndcg']:.4f}.",
        reading="higher is better. All ways are asked about the same people on the same days.",
        table=frame[["title", "day", "ndcg"]],
    )


def _weeks(days: pd.DataFrame) -> pd.DataFrame:
    """Means over lists, week by week; a point stands at its first day."""
    first = days["day"].min()
    week = (days["day"] - first).dt.days // WEEK
    sums = days.assign(week=week, sum=days["ndcg"] * days["lists"])
    frame = sums.groupby(["title", "week"], sort=False, as_index=False)[["sum", "lists"]].sum()
    frame["day"] = first + pd.to_timedelta(frame["week"] * WEEK, unit="D")
    return frame.assign(ndcg=frame["sum"] / frame["lists"])


def regret(told: Prequential) -> Chart:
    """What each way lost against the best one, summed up day by day, with its interval."""
    figure = go.Figure()
    others = told.days[told.days["way"] != told.best]
    titles = list(dict.fromkeys(told.days["title"]))
    for title, part in others.groupby("title", sort=False):
        place = titles.index(str(title))
        figure.add_trace(_band(part["day"], part["regret_low"], part["regret_high"], place))
        figure.add_trace(line(str(title), part["day"], part["regret"], place))
    figure.add_hline(y=0, line={"color": COLOURS[-1], "width": 1})
    last = others.groupby("title", sort=False)["regret"].last()
    worst = f"{last.idxmax()} lost the most, {last.max():.0f}" if len(last) else "There is one way only"
    return Chart(
        title="What each way lost against the best (regret)",
        figure=styled(figure, x="", y="NDCG lost, summed over lists"),
        alt=f"{worst} by the last day.",
        reading="a line that climbs loses something every day; the shade is where it truly lies, 95% sure.",
        table=others[["title", "day", "regret", "regret_low", "regret_high"]],
    )


def _band(x: pd.Series, low: pd.Series, high: pd.Series, place: int) -> go.Scatter:
    """An interval around a line, as a shade of its colour."""
    colour = COLOURS[place % len(COLOURS)].lstrip("#")
    red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    return go.Scatter(
        x=[*x, *x[::-1]],
        y=[*high, *low[::-1]],
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.13)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )


def simulated(
    curves: pd.DataFrame, measure: str, title: str, explanation: str, names: Sequence[str]
) -> Chart:
    """One measure of two simulated strategies, day by day, with intervals over the worlds."""
    figure, mine = go.Figure(), curves[curves["measure"] == measure]
    ends = []
    for place, name in enumerate(names):
        part = mine[mine["strategy"] == name]
        if part[["low", "high"]].notna().all(axis=None):
            figure.add_trace(_band(part["day"], part["low"], part["high"], place))
        figure.add_trace(line(name, part["day"], part["mean"], place))
        ends.append(f"{label(name)} {part['mean'].iloc[-1]:.3g}")
    return Chart(
        title=f"{title} (simulated)",
        figure=styled(figure, x="simulated day", y=title, height=SMALL),
        alt=f"On the last day: {', '.join(ends)}.",
        reading=f"{explanation} The shade is where it truly lies, 95% sure.",
        table=mine[["strategy", "day", "mean", "low", "high"]],
    )

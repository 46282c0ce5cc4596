"""The charts of the Data page: what a dataset looks like before anyone models it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recengine.core.columns import DAY, TimeKind
from recengine.ui.charts import COLOURS, DASHES, FILL, QUIET, SCALE, Chart, label, styled, thinned
from recengine.ui.format import many


def activity(frame: pd.DataFrame, *, time_kind: TimeKind) -> Chart:
    """Events and people per stretch of time.

    Args:
        frame: columns when, events, people; oldest first.
        time_kind: what `when` is: a date, a day number, or only a place in the order.
    """
    unit = _stretch(frame["when"], time_kind)
    drawn = thinned(frame)
    figure = go.Figure()
    for place, column in enumerate(("events", "people")):
        figure.add_scatter(
            x=drawn["when"],
            y=drawn[column],
            name=column,
            mode="lines",
            line={"color": COLOURS[place], "width": 2, "dash": DASHES[place]},
            fill="tozeroy" if column == "events" else None,
            fillcolor=FILL if column == "events" else None,
            hovertemplate=f"%{{x}}<br>%{{y:,}} {column}<extra></extra>",
        )
    peak = frame.loc[frame["events"].idxmax()]
    return Chart(
        title="How much happens over time",
        figure=styled(figure, x=_AXES[time_kind], y=f"count per {unit}"),
        alt=f"The busiest {unit} starts at {_moment(peak['when'])}, with {int(peak['events']):,} events.",
        reading=f"the filled line counts events per {unit}, the dashed one the different people behind them; "
        "a sudden drop at the end often means that the export stopped early.",
        table=frame,
    )


def long_tail(frame: pd.DataFrame, *, item: str) -> Chart:
    """How unevenly events fall on items.

    Args:
        frame: columns rank (1 = most popular), events, share (of all events up to this rank, 0 to 1).
        item: the domain's word for an item.
    """
    drawn = thinned(frame)
    items = many(item)
    figure = go.Figure()
    figure.add_scatter(
        x=drawn["rank"],
        y=drawn["share"],
        customdata=drawn["events"],
        mode="lines",
        line={"color": COLOURS[0], "width": 2.5},
        fill="tozeroy",
        fillcolor=FILL,
        hovertemplate=f"the top %{{x:,}} {label(items)} hold %{{y:.1%}} of the events"
        "<br>number %{x:,} has %{customdata:,}<extra></extra>",
    )
    styled(figure, x=f"{items}, most popular first", y="share of all events", showlegend=False)
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    half = frame.loc[frame["share"] >= 0.5, "rank"].iloc[0]
    figure.add_vline(x=half, line={"color": QUIET, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        x=half,
        y=0.06,
        text=f"half of the events<br>by here: {half:,.0f}",
        showarrow=False,
        xanchor="left",
        xshift=6,
    )
    finding = f"{half:,.0f} of {frame['rank'].max():,.0f} {items} hold half of the events."
    return Chart(
        title="The long tail",
        figure=figure,
        alt=finding,
        reading=f"the steeper the rise at the left, the more a few {items} dominate. {finding}",
        table=frame,
    )


def history_lengths(frame: pd.DataFrame, *, person: str) -> Chart:
    """How much is known of each person.

    Args:
        frame: columns events (the least of the bin), people; one row per bin, fewest events first.
    """
    lows = frame["events"].astype(int).tolist()
    names = [_span(low, high) for low, high in zip(lows, [*lows[1:], None], strict=True)]
    people = many(person)
    figure = go.Figure(
        go.Bar(
            x=names,
            y=frame["people"],
            marker={"color": COLOURS[2]},
            hovertemplate=f"%{{x}} events: %{{y:,}} {label(people)}<extra></extra>",
        )
    )
    styled(figure, x=f"events of one {person}", y=people)
    figure.update_xaxes(type="category")
    most = names[int(frame["people"].to_numpy().argmax())]
    return Chart(
        title="How long the histories are",
        figure=figure,
        alt=f"Most {people} have {most} events.",
        reading=f"each bar counts the {people} with that many events; the further left, the less a model "
        "knows of them and the more it must fall back on what is popular.",
        table=frame,
    )


def filled_cells(frame: pd.DataFrame, *, density: float, person: str, item: str) -> Chart:
    """The people x items table as blocks, darker where more of it happens.

    Args:
        frame: columns user_bin, item_bin (0 = most active, most popular), events.
        density: share of all pairs that have an event.
    """
    blocks = frame.pivot(index="user_bin", columns="item_bin", values="events").fillna(0.0)
    edges = [f"{100 * place / len(blocks):.0f} %" for place in range(len(blocks))]
    people, items = many(person), many(item)
    figure = go.Figure(
        go.Heatmap(
            z=np.log10(1.0 + blocks.to_numpy()),
            x=edges[: blocks.shape[1]],
            y=edges,
            customdata=blocks.to_numpy(),
            colorscale=[list(step) for step in SCALE],
            showscale=False,
            hovertemplate=f"{label(people)} from %{{y}}, {label(items)} from %{{x}}"
            "<br>%{customdata:,} events<extra></extra>",
        )
    )
    styled(figure, x=f"{items}, most popular first", y=f"{people}, most active first")
    figure.update_yaxes(autorange="reversed", type="category", nticks=6)
    figure.update_xaxes(type="category", nticks=6)
    finding = f"{density:.2%} of all pairs of a {person} and a {item} occur"
    return Chart(
        title="How empty the table is",
        figure=figure,
        alt=f"{finding}.",
        reading=f"each block is a group of {people} against a group of {items}, darker where more happens "
        f"(each step of the shade is a multiple). {finding}; the pale rest is what a recommender must guess.",
        table=frame,
    )


def known_features(frame: pd.DataFrame, *, of: str) -> Chart:
    """For how many people or items each feature is known.

    Args:
        frame: columns feature, known (share, 0 to 1).
        of: whose features, in the plural.
    """
    ordered = frame.sort_values("known")
    figure = go.Figure(
        go.Bar(
            x=ordered["known"],
            y=[label(name) for name in ordered["feature"]],
            orientation="h",
            marker={"color": COLOURS[4]},
            hovertemplate="%{y}: known for %{x:.1%}<extra></extra>",
        )
    )
    styled(figure, x="share with a known value", y="", height=max(160, 60 + 30 * len(frame)))
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(type="category")
    worst = ordered.iloc[0]
    return Chart(
        title=f"What is known of the {of}",
        figure=figure,
        alt=f"{worst['feature']} is the least complete, known for {worst['known']:.0%}.",
        reading=f"a full bar means that the feature is known of all {of}; what is missing reaches models "
        "as 'unknown', never as a guess.",
        table=frame,
    )


def feature_values(frame: pd.DataFrame, *, feature: str, known: float) -> Chart:
    """The values of one feature and how often each occurs.

    Args:
        frame: columns value, count; the commonest values, in the order to draw.
        known: share that has a value at all, 0 to 1.
    """
    drawn = frame.iloc[::-1]
    figure = go.Figure(
        go.Bar(
            x=drawn["count"],
            y=[label(value, most=28) for value in drawn["value"]],
            orientation="h",
            marker={"color": COLOURS[0]},
            hovertemplate="%{y}: %{x:,}<extra></extra>",
        )
    )
    styled(figure, x="count", y="", height=max(180, 70 + 24 * len(frame)))
    figure.update_yaxes(type="category")
    top = frame.loc[frame["count"].idxmax()]
    return Chart(
        title=f"Values of {feature}",
        figure=figure,
        alt=f"The most frequent value is {top['value']} with {int(top['count']):,}.",
        reading=f"each bar counts one value; {1 - known:.0%} have none.",
        table=frame,
    )


_AXES: dict[TimeKind, str] = {"date": "date", "day": "day number", "order": "place in the file"}


def _stretch(when: pd.Series, time_kind: TimeKind) -> str:
    """What one row covers, judged by the step between the rows: "day", "week"..."""
    if time_kind == "order" or len(when) < 2:
        return "step"
    step = when.diff().median()
    days = step.total_seconds() / DAY if isinstance(step, pd.Timedelta) else float(step)
    return {1: "day", 7: "week"}.get(round(days), f"{days:,.0f} days")


def _moment(value: object) -> str:
    return f"{value:%d %B %Y}" if isinstance(value, pd.Timestamp) else f"{value:,.0f}"


def _span(low: int, high: int | None) -> str:
    """The bin from `low` to just below `high`, as a reader says it."""
    if high is None:
        return f"{low:,}+"
    return f"{low:,}" if high - low <= 1 else f"{low:,}–{high - 1:,}"

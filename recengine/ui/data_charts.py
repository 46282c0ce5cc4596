"""The charts of the Data page: what a dataset looks like before anyone models it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from recengine.core.columns import TimeKind
from recengine.ui.charts import COLOURS, DASHES, FILL, QUIET, SCALE, Chart, label, styled, thinned
from recengine.ui.format import a, many

AXES: dict[TimeKind, str] = {"date": "date", "day": "day number", "order": "place in the file"}


def activity(frame: pd.DataFrame, *, unit: str, time_kind: TimeKind, person: str) -> Chart:
    """Events and people per stretch of time.

    Args:
        frame: columns period (where it starts), events, people; oldest first, whole periods only.
        unit: what one row covers ("week").
        time_kind: what `period` is: a date, a day number, or only a place in the order.
        person: the domain's word for a person.
    """
    drawn = thinned(frame)
    figure = go.Figure()
    for place, (column, word) in enumerate({"events": "events", "people": many(person)}.items()):
        figure.add_scatter(
            x=drawn["period"],
            y=drawn[column],
            name=word,
            mode="lines",
            line={"color": COLOURS[place], "width": 2, "dash": DASHES[place]},
            fill="tozeroy" if column == "events" else None,
            fillcolor=FILL if column == "events" else None,
            hovertemplate=f"%{{x}}<br>%{{y:,}} {word}<extra></extra>",
        )
    styled(figure, x=AXES[time_kind], y=f"count per {unit}")
    figure.update_yaxes(rangemode="tozero")
    peak = frame.loc[frame["events"].idxmax()]
    return Chart(
        title="How much happens over time",
        figure=figure,
        alt=f"The busiest {unit} starts at {_moment(peak['period'])}, with {int(peak['events']):,} events.",
        reading=f"the filled line counts events per whole {unit}, the dashed one the different "
        f"{many(person)} behind them; a drop towards the end often means that the export stopped early.",
        table=frame,
    )


def whole_periods(frame: pd.DataFrame, first: object, last: object) -> pd.DataFrame:
    """The activity without a period cut short at either end, which would look like a drop.

    Args:
        frame: column period, ascending; dates or day numbers, as `first` and `last`.
        first, last: the moments of the oldest and newest event.
    """
    if len(frame) < 4:
        return frame
    step = frame["period"].diff().median()
    day = pd.Timedelta(days=1) if isinstance(step, pd.Timedelta) else 1.0
    begun_late = frame["period"] < first - day  # type: ignore[operator]
    ended_early = frame["period"] + step > last + day  # type: ignore[operator]
    return frame[~(begun_late | ended_early)]


def long_tail(frame: pd.DataFrame, *, items_for_half: int, item: str) -> Chart:
    """How unevenly events fall on items.

    Args:
        frame: columns share_of_items (most popular first), share_of_events (up to there), 0 to 1.
        items_for_half: how many items make up half of the events.
        item: the domain's word for an item.
    """
    items = many(item)
    figure = go.Figure()
    figure.add_scatter(
        x=frame["share_of_items"],
        y=frame["share_of_events"],
        mode="lines",
        line={"color": COLOURS[0], "width": 2.5},
        fill="tozeroy",
        fillcolor=FILL,
        hovertemplate=f"the top %{{x:.1%}} of {label(items)}<br>hold %{{y:.1%}} of the events<extra></extra>",
    )
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", line=_reference())
    figure.add_annotation(x=0.72, y=0.66, text="if all were equal", showarrow=False, xanchor="left")
    styled(figure, x=f"share of {items}, most popular first", y="share of all events", showlegend=False)
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    finding = f"{items_for_half:,} {items} hold half of all events."
    return Chart(
        title="The long tail",
        figure=figure,
        alt=finding,
        reading=f"the faster the line rises, the more a few {items} dominate. {finding}",
        table=frame,
    )


def history_lengths(frame: pd.DataFrame, *, median: float, person: str) -> Chart:
    """How much is known of each person.

    Args:
        frame: columns events (smallest of the bin), to (largest), people.
        median: events of the person in the middle.
    """
    people = many(person)
    names = [_span(low, high) for low, high in zip(frame["events"], frame["to"], strict=True)]
    figure = go.Figure(
        go.Bar(
            x=names,
            y=frame["people"],
            marker={"color": COLOURS[2]},
            hovertemplate=f"%{{x}} events: %{{y:,}} {label(people)}<extra></extra>",
        )
    )
    styled(figure, x=f"events of one {person}", y=people)
    few = names[:: max(1, -(-len(names) // 6))]
    starts = [name.partition(" ")[0] for name in few]
    figure.update_xaxes(type="category", tickvals=few, ticktext=starts, tickangle=0)
    finding = f"Half of the {people} have {median:,.0f} events or more."
    return Chart(
        title="How long the histories are",
        figure=figure,
        alt=finding,
        reading=f"each bar counts the {people} with that many events; the further left, the less a model "
        f"knows of them. {finding}",
        table=frame,
    )


def filled_pairs(frame: pd.DataFrame, *, density: float, person: str, item: str) -> Chart:
    """The people x items table as blocks, darker where more of it is filled.

    Args:
        frame: columns person_bin, item_bin (0 = most events), filled (share of pairs that occur).
        density: share of all pairs that occur.
    """
    people, items = many(person), many(item)
    blocks = frame.pivot(index="person_bin", columns="item_bin", values="filled").fillna(0.0)
    figure = go.Figure(
        go.Heatmap(
            z=blocks.to_numpy() ** 0.5,  # a square root keeps the pale end apart from nothing
            x=_edges(blocks.shape[1]),
            y=_edges(blocks.shape[0]),
            customdata=blocks.to_numpy(),
            colorscale=[list(step) for step in SCALE],
            showscale=False,
            hovertemplate=f"{label(people)} around %{{y:.0%}}, {label(items)} around %{{x:.0%}}"
            "<br>%{customdata:.2%} filled<extra></extra>",
        )
    )
    styled(figure, x=f"{items}, most popular first", y=f"{people}, most active first")
    figure.update_xaxes(range=[0, 1], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(range=[1, 0], tickformat=".0%", dtick=0.25)
    finding = f"{density:.2%} of all pairs of {a(person)} and {a(item)} occur"
    return Chart(
        title="How empty the table is",
        figure=figure,
        alt=f"{finding}.",
        reading=f"each block is a group of {people} against a group of {items}, stronger where more of its "
        f"pairs occur. {finding}; the pale rest is what a recommender must guess.",
        table=frame,
    )


def known_features(frame: pd.DataFrame, *, of: str) -> Chart:
    """For how many people or items each feature is known.

    Args:
        frame: columns feature, known_share (0 to 1).
        of: whose features, in the plural.
    """
    ordered = frame.sort_values("known_share")
    figure = go.Figure(
        go.Bar(
            x=ordered["known_share"],
            y=[label(name) for name in ordered["feature"]],
            orientation="h",
            marker={"color": COLOURS[4]},
            hovertemplate="%{y}: known for %{x:.1%}<extra></extra>",
        )
    )
    styled(figure, x="share with a known value", y="", height=max(180, 90 + 28 * len(frame)))
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(type="category")
    worst = ordered.iloc[0]
    return Chart(
        title=f"What is known of the {of}",
        figure=figure,
        alt=f"{worst['feature']} is the least complete, known for {worst['known_share']:.0%}.",
        reading=f"a full bar means that the feature is known of all {of}; what is missing reaches models "
        "as 'unknown', never as a guess.",
        table=frame,
    )


def feature_values(frame: pd.DataFrame, *, feature: str, known_share: float) -> Chart:
    """The values of one feature and how often each occurs.

    Args:
        frame: columns value, count (commonest first), or from, to, count (numbers, lowest first).
        known_share: share that has a value at all.
    """
    spans = "from" in frame
    names = _ranges(frame) if spans else [label(value, most=28) for value in frame["value"]]
    counts = list(frame["count"])
    across = spans  # a distribution reads from left to right, a ranking from top to bottom
    figure = go.Figure(
        go.Bar(
            x=names if across else counts[::-1],
            y=counts if across else names[::-1],
            orientation="v" if across else "h",
            marker={"color": COLOURS[0]},
            hovertemplate="%{x}: %{y:,}<extra></extra>" if across else "%{y}: %{x:,}<extra></extra>",
        )
    )
    height = 300 if across else max(180, 90 + 24 * len(frame))
    styled(figure, x=label(feature) if across else "count", y="count" if across else "", height=height)
    (figure.update_xaxes if across else figure.update_yaxes)(type="category")
    top = names[int(frame["count"].to_numpy().argmax())]
    return Chart(
        title=f"Values of {feature}",
        figure=figure,
        alt=f"The most frequent value is {top} with {max(counts):,}.",
        reading=f"each bar counts one {'range' if spans else 'value'}; {1 - known_share:.0%} have none.",
        table=frame,
    )


def _reference() -> dict[str, object]:
    return {"color": QUIET, "dash": "dot", "width": 1.5}


def _edges(count: int) -> list[float]:
    return [place / count for place in range(count + 1)]


def _moment(value: object) -> str:
    return f"{value:%d %B %Y}" if isinstance(value, pd.Timestamp) else f"{value:,.0f}"


def _span(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _ranges(frame: pd.DataFrame) -> list[str]:
    return [f"{low:,.4g} to {high:,.4g}" for low, high in zip(frame["from"], frame["to"], strict=True)]

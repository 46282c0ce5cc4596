"""Charts of what drives a model: overall, in segments, and beside another run.

The words of a row stand above it, not beside it, so that the same figure fits a wide screen and a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from recengine.core.words import count, many
from recengine.services.learnt import Learnt
from recengine.services.learnt_drift import Drifted
from recengine.ui.charts import COLOURS, QUIET, SYMBOLS, Chart, label, styled

ROW, FRAME = 46, 92  # pixels: one row; axis, legend and margins
WORDS = 44  # characters above a row: what a phone has room for
MOST_ROWS = 12
KIND_COLOURS = {"action": COLOURS[0], "group": COLOURS[2], "person": COLOURS[1], "item": COLOURS[3]}
REDRAWN = "where the value would fall for 95% of redraws of the people"


def kind_words(learnt: Learnt) -> dict[str, str]:
    """What each kind of source is called, with the domain's words."""
    return {
        "action": f"this very {learnt.item}, had before",
        "group": f"{'the rest of ' if learnt.has_habit else ''}their history, by category",
        "person": f"features of the {learnt.person}",
        "item": f"features of the {learnt.item}",
    }


def strongest(learnt: Learnt, frame: pd.DataFrame) -> Chart:
    """The strongest drivers with their intervals.

    Args:
        frame: from `learnt_views.drivers`.
    """
    top = frame.head(MOST_ROWS).assign(place=range(min(MOST_ROWS, len(frame))))
    history = "other history" if learnt.has_habit else "history"
    short = {"action": "had before", "group": history, "person": learnt.person, "item": learnt.item}
    figure = go.Figure()
    for kind, part in top.groupby("kind", sort=False):
        figure.add_bar(
            x=part["strength"],
            y=part["place"],
            orientation="h",
            width=0.36,
            name=short[str(kind)],
            marker={"color": KIND_COLOURS[str(kind)]},
            error_x=_whiskers(part, "strength"),
            customdata=_said(part),
            hovertemplate="%{customdata}<extra></extra>",
        )
    sampled = top[top["noise"] > 0]
    figure.add_scatter(
        x=sampled["noise"],
        y=sampled["place"],
        mode="markers",
        name="sampling error",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": QUIET}},
        hovertemplate="sampling alone would show %{x:.3~g}<extra></extra>",
        visible=not sampled.empty,
    )
    draw_rows(figure, [named(row) for row in top.itertuples()], x=f"mean size of the effect ({learnt.unit})")
    _beside(figure, [f"{100 * share:.1f}%" for share in top["share"]], x=1, anchor="right")
    figure.update_xaxes(range=[0, 1.04 * float(top["strength_high"].max()) or 1.0])
    first = top.iloc[0]
    return Chart(
        title=f"What drives the scores of {learnt.model}",
        figure=figure,
        alt=f"The strongest is {first['name']} with {first['strength']:.2g}, then "
        f"{', '.join(top['name'].iloc[1:4])}.",
        reading="the longer a bar, the more this moves scores, up or down; the line on it is "
        f"{REDRAWN}; the percentage is its share of all. A bar that ends near the grey mark cannot be told "
        "from nothing. ⚠ marks sensitive features.",
        table=driver_table(learnt, frame),
    )


def driver_table(learnt: Learnt, frame: pd.DataFrame) -> pd.DataFrame:
    """Every driver with headings for a reader."""
    return pd.DataFrame(
        {
            "reason": frame["name"],
            "kind": frame["kind"].map(kind_words(learnt)),
            "sensitive": frame["sensitive"],
            f"{many(learnt.person)} who have it": frame["people"],
            **_interval(frame, "strength", f"mean size of the effect ({learnt.unit})"),
            **_interval(frame, "signed", "mean effect, with its sign"),
            **_interval(frame, "share", "share of all"),
            "sampling error alone": frame["noise"],
        }
    )


def _interval(frame: pd.DataFrame, column: str, heading: str) -> dict[str, pd.Series]:
    ends = {f"{heading}: {end}": frame[f"{column}_{end}"] for end in ("low", "high")}
    return {heading: frame[column], **ends}


def in_segments(learnt: Learnt, frame: pd.DataFrame, split: str) -> Chart:
    """The strongest drivers in each segment.

    Args:
        frame: from `learnt_views.by_segment`.
        split: by what, in words.
    """
    figure = _side_by_side(frame, "segment", "strength")
    names = frame.drop_duplicates(["kind", "name"])
    draw_rows(
        figure, [named(row) for row in names.itertuples()], x=f"mean size of the effect ({learnt.unit})"
    )
    top = frame.loc[frame["strength"].idxmax()]
    people = frame.drop_duplicates("segment")
    counted = ", ".join(f"{row.segment}: {count(row.num_people)}" for row in people.itertuples())
    return Chart(
        title=f"What drives the scores, by {split}",
        figure=figure,
        alt=f"The largest is {top['name']} for {top['segment']} with {top['strength']:.2g}.",
        reading="dots of one row lie apart where segments differ; the line through each is "
        f"{REDRAWN}. {many(learnt.person).capitalize()} in each: {counted}. Smaller segments are not shown.",
        table=driver_table(learnt, frame).assign(segment=frame["segment"], people=frame["num_people"]),
    )


def _side_by_side(frame: pd.DataFrame, column: str, value: str, scale: float = 1.0) -> go.Figure:
    """Dots with intervals: a row for each source, a colour and a shape for each value of a column."""
    sources = dict.fromkeys(zip(frame["kind"], frame["name"], strict=True))
    places = {key: place for place, key in enumerate(sources)}
    groups = list(dict.fromkeys(frame[column]))
    figure = go.Figure()
    for number, group in enumerate(groups):
        part = frame[frame[column] == group]
        shift = (number - (len(groups) - 1) / 2) * 0.5 / len(groups)
        figure.add_scatter(
            x=part[value] * scale,
            y=[places[key] + shift for key in zip(part["kind"], part["name"], strict=True)],
            mode="markers",
            name=label(group),
            marker={"color": COLOURS[number], "symbol": SYMBOLS[number], "size": 9},
            error_x=_whiskers(part, value, scale),
            customdata=[label(f"{name}, {group}", 80) for name in part["name"]],
            hovertemplate="%{customdata}: %{x:.3~g}<extra></extra>",
        )
    return figure


def two_runs(learnt: Learnt, found: Drifted) -> Chart:
    """The shares of the strongest sources in two runs."""
    rows = found.rows.assign(largest=found.rows[["first", "second"]].max(axis=1))
    top = rows.sort_values("largest", ascending=False, kind="stable").head(MOST_ROWS)
    parts = [
        top.assign(run=run, share=top[side], share_low=top[f"{side}_low"], share_high=top[f"{side}_high"])
        for side, run in (("first", found.first), ("second", found.second))
    ]
    figure = _side_by_side(pd.concat(parts), "run", "share", scale=100)
    said = [f"{named(row)}{'' if row.moved else ' (no more than chance)'}" for row in top.itertuples()]
    draw_rows(figure, said, x="share of the weight, in percent")
    return Chart(
        title=f"{found.first} beside {found.second}",
        figure=figure,
        alt=found.sentence,
        reading="the further apart the two dots of a row, the more the runs differ; the line through each is "
        f"{REDRAWN}. Shares are compared because scores of two models need not have one scale.",
        table=pd.DataFrame(
            {
                "reason": found.rows["name"],
                "kind": found.rows["kind"].map(kind_words(learnt)),
                **_interval(found.rows, "first", found.first),
                **_interval(found.rows, "second", found.second),
                "difference": found.rows["difference"],
                "difference: low": found.rows["low"],
                "difference: high": found.rows["high"],
                "beyond chance": found.rows["moved"],
            }
        ),
    )


def draw_rows(figure: go.Figure, words: Sequence[str], *, x: str) -> None:
    """One row a source, its words above it."""
    styled(figure, x=x, y="", height=FRAME + ROW * len(words), barmode="overlay")
    _beside(figure, [f"<b>{text}</b>" for text in words], x=0, anchor="left")
    zeros = [y for place in range(len(words)) for y in (place - 0.2, place + 0.36, None)]
    figure.add_scatter(
        x=[0] * len(zeros),
        y=zeros,
        mode="lines",
        line={"color": QUIET, "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(visible=False, range=[len(words) - 0.5, -0.8])
    figure.update_xaxes(showgrid=True, zeroline=False)


def _beside(figure: go.Figure, words: Sequence[str], *, x: int, anchor: str) -> None:
    """Words above each row, at the left (x = 0) or at the right (1)."""
    where = {
        "xref": "paper",
        "xanchor": anchor,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13},
    }
    for place, text in enumerate(words):
        figure.add_annotation(text=text, x=x, y=place - 0.22, **where)


def _whiskers(part: pd.DataFrame, value: str, scale: float = 1.0) -> dict[str, Any]:
    return {
        "symmetric": False,
        "array": scale * (part[f"{value}_high"] - part[value]),
        "arrayminus": scale * (part[value] - part[f"{value}_low"]),
        "thickness": 1.5,
        "width": 4,
        "color": QUIET,
    }


def named(row: Any) -> str:
    """A source above its row; sensitive ones are marked."""
    name = label(f"⚠ {row.name}" if row.sensitive else row.name, WORDS)
    return f"{name[:1].upper()}{name[1:]}"


def _said(part: pd.DataFrame) -> list[str]:
    return [
        f"{label(row.name)}: {row.strength:.3g}<br>95% interval {row.strength_low:.3g} to "
        f"{row.strength_high:.3g}<br>{100 * row.share:.1f}% of all; mean effect {row.signed:+.3g}"
        for row in part.itertuples()
    ]

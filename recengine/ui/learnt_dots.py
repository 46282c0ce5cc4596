"""Charts of single effects: every one of the strongest reasons, and one reason up close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recengine.services.learnt import Learnt
from recengine.ui.charts import COLOURS, QUIET, SYMBOLS, Chart, label, styled
from recengine.ui.learnt_charts import draw_rows, named

# Few to many: told apart in all three kinds of colour blindness and on both backgrounds.
FEW_TO_MANY = ((0.0, COLOURS[0]), (0.5, "#9aa3b2"), (1.0, COLOURS[1]))


def every_effect(learnt: Learnt, frame: pd.DataFrame) -> Chart:
    """One dot for each effect of the strongest sources (a beeswarm).

    Args:
        frame: from `learnt_views.swarm`.
    """
    names = frame.drop_duplicates(["kind", "name"])
    figure = go.Figure()
    for place, row in enumerate(names.itertuples()):
        part = frame[(frame["kind"] == row.kind) & (frame["name"] == row.name)]
        figure.add_scatter(
            x=part["effect"],
            y=place + 0.3 * spread(part["effect"].to_numpy()),
            mode="markers",
            marker={
                "size": 6,
                "opacity": 0.75,
                "color": part["height"].where(part["height"].notna(), 0.5),
                "colorscale": FEW_TO_MANY,
                "cmin": 0,
                "cmax": 1,
            },
            customdata=_whose(learnt, part),
            hovertemplate="%{customdata}<br>effect %{x:+.3~g}<extra></extra>",
            showlegend=False,
        )
    for name, place in (("few, or low", 0), ("many, or high", 2), ("in between, or no number", 1)):
        look = {"color": FEW_TO_MANY[place][1], "size": 8}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=look)
    draw_rows(figure, [named(row) for row in names.itertuples()], x=f"effect ({learnt.unit})")
    widest = frame.loc[frame["effect"].abs().idxmax()]
    return Chart(
        title="Every single effect of the strongest reasons",
        figure=figure,
        alt=f"The widest is {widest['effect']:+.2g}, of {widest['name']}.",
        reading=f"each dot is one {learnt.item} for one {learnt.person}; right of the line the reason speaks "
        "for it, left against it. Colour: how many such past actions there were, or how high the value is.",
        table=effects_table(learnt, frame),
    )


def effects_table(learnt: Learnt, frame: pd.DataFrame) -> pd.DataFrame:
    """Single effects with headings for a reader."""
    return pd.DataFrame(
        {
            "reason": frame["name"],
            learnt.person: frame["person"],
            learnt.item: frame["title"],
            "value": frame["value"],
            f"effect ({learnt.unit})": frame["effect"],
            "standard error": frame["error"],
        }
    )


def spread(value_N: np.ndarray, bins: int = 40) -> np.ndarray:
    """Heights from -1 to 1 that keep dots of like values apart, fuller where there are more of them."""
    span = np.ptp(value_N) or 1.0
    bin_N = np.minimum(((value_N - value_N.min()) / span * bins).astype(int), bins - 1)
    order = np.argsort(bin_N, kind="stable")
    size_B = np.bincount(bin_N, minlength=bins)
    place_N = np.empty(len(value_N), int)
    place_N[order] = np.arange(len(value_N)) - np.repeat(np.cumsum(size_B) - size_B, size_B)
    side_N = np.where(place_N % 2, 1, -1) * ((place_N + 1) // 2)
    return side_N / max(1, size_B.max() // 2)


def one_reason(learnt: Learnt, frame: pd.DataFrame, name: str, other: str) -> Chart:
    """The effect of one source against its value, coloured by a second one.

    Args:
        frame: from `learnt_views.dependence`, with its colour.
        other: what the colour stands for; "" for nothing.
    """
    x = frame["number"] if frame["number"].notna().all() else frame["value"].map(label)
    if other and pd.api.types.is_numeric_dtype(frame["colour"]):
        figure = go.Figure(_dots(learnt, frame, x, _scale(frame["colour"], other)))
    else:
        figure = go.Figure()
        group = _groups(frame["colour"]) if other else pd.Series("", index=frame.index)
        for place, name_of_group in enumerate(group.value_counts().index):
            chosen = group == name_of_group
            look = {"color": COLOURS[place], "symbol": SYMBOLS[place]}
            figure.add_trace(_dots(learnt, frame[chosen], x[chosen], look, label(name_of_group)))
    styled(figure, x=label(_axis(learnt, frame, name), 60), y=f"effect ({learnt.unit})", height=380)
    figure.update_layout(showlegend=bool(other))
    figure.update_xaxes(categoryorder="category ascending")
    figure.add_hline(y=0, line={"color": QUIET, "width": 1.5})
    low, high = frame["effect"].quantile([0.05, 0.95])
    beside = f" Colour: {other}." if other else ""
    return Chart(
        title=f"How “{name}” works",
        figure=figure,
        alt=f"Nine in ten effects lie between {low:+.2g} and {high:+.2g}.",
        reading=f"each dot is one {learnt.item} for one {learnt.person}, with the 95% interval of its "
        f"effect; above the line it speaks for it.{beside} It shows what the model says, not what would "
        "happen in the world.",
        table=effects_table(learnt, frame).assign(colour=frame["colour"]),
    )


def _groups(colour: pd.Series) -> pd.Series:
    """The commonest values, the rest together; as many as there are colours."""
    text = colour.astype("object").where(colour.notna() & (colour != ""), "not there")
    commonest = text.value_counts().index[: len(COLOURS) - 1]
    return text.where(text.isin(commonest), "everything else")


def _dots(
    learnt: Learnt, part: pd.DataFrame, x: pd.Series, marker: dict[str, Any], name: str = ""
) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=part["effect"],
        mode="markers",
        name=name,
        marker={"size": 8, "opacity": 0.8, **marker},
        error_y={
            "array": 1.96 * part["error"],
            "thickness": 1,
            "width": 0,
            "color": "rgba(127,135,146,0.45)",
        },
        customdata=_whose(learnt, part),
        hovertemplate="%{customdata}<br>effect %{y:+.3~g}<extra></extra>",
    )


def _scale(colour: pd.Series, other: str) -> dict[str, Any]:
    return {
        "color": colour,
        "colorscale": FEW_TO_MANY,
        "colorbar": {"title": {"text": label(other, 24), "side": "right"}, "thickness": 10},
    }


def _axis(learnt: Learnt, frame: pd.DataFrame, name: str) -> str:
    return f"{name}: how many past actions" if frame["kind"].iloc[0] in ("action", "group") else name


def _whose(learnt: Learnt, part: pd.DataFrame) -> list[str]:
    return [
        f"{label(row.title)}<br>{label(learnt.person)} {label(row.person)}<br>{label(row.name)}: "
        f"{label(row.value)}"
        for row in part.itertuples()
    ]

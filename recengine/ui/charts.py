"""What a chart is here: a figure that says what it shows, how to read it, and hands out its numbers.

Figures are drawn in data_charts.py and model_charts.py; this file holds what they share. Colours of
text, grid and background come from Streamlit's theme in the browser, so one figure serves light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recengine.ui.downloads import download_table, file_name
from recengine.ui.messages import plain

# At least 3:1 against white and against near-black, and told apart in all three kinds of colour
# blindness; lines carry a dash and a marker as well, so that colour is never the only sign.
COLOURS = ("#2563EB", "#DB7412", "#0B7A5B", "#EA5F94", "#9B51D6", "#7F8792")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "cross")
FILL = "rgba(37,99,235,0.12)"  # the area under a line of the first colour
QUIET = COLOURS[-1]  # baselines, reference lines
SCALE = ((0.0, "rgba(37,99,235,0.06)"), (1.0, "rgb(37,99,235)"))  # nothing to much
# Dark words on pale blue, readable whether the page around them is light or dark.
INK = {"color": "#171a21", "size": 13}
PALE_SCALE = ((0.0, "#e9effd"), (1.0, "#8fb0f7"))
HEIGHT = 320  # pixels
MOST_POINTS = 600  # a series longer than this is thinned; no screen shows more


@dataclass(frozen=True)
class Chart:
    """A figure with all that must stand beside it.

    Attributes:
        title: what is shown, as a reader would ask for it.
        alt: the finding in one sentence, for those who cannot see the figure.
        reading: how to read it, one sentence.
        table: the numbers drawn, with headings for a reader.
    """

    title: str
    figure: go.Figure
    alt: str
    reading: str
    table: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """The numbers behind the figure."""
        return self.table


def show(chart: Chart, *, key: str) -> None:
    """Draw a chart with its title, how to read it, its numbers and their download."""
    with framed(chart, key=key):
        st.plotly_chart(
            chart.figure, key=key, alt=f"{chart.title}. {chart.alt}", config=config_of(chart.title)
        )


@contextmanager
def framed(chart: Chart, *, key: str, numbers: bool = True) -> Iterator[None]:
    """What stands around a figure: the title above, how to read it and its numbers below."""
    with st.container(key=f"{key}.chart", gap="xsmall"):
        st.markdown(f"**{plain(chart.title)}**")
        yield
        st.caption(f"How to read this: {plain(chart.reading, 600)}")
        if numbers:
            with st.popover("Numbers", type="tertiary", icon=":material/table_chart:", key=f"{key}.numbers"):
                st.dataframe(chart.frame(), hide_index=True, alt=f"Numbers of: {chart.title}")
                download_table(chart.frame(), chart.title, key=f"{key}.csv")


def label(text: object, most: int = 40) -> str:
    """A string from the data as a figure may show it: cut to `most` characters, no markup left in it."""
    flat = " ".join(str(text).split())
    return escape(flat if len(flat) <= most else f"{flat[: most - 1]}…")


def styled(figure: go.Figure, *, x: str, y: str, height: int = HEIGHT, **layout: Any) -> go.Figure:
    """The look that all figures share; `x` and `y` name what the axes measure, with the unit."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 20, "t": 8, "b": 8},
        hovermode="closest",
        dragmode=False,  # a finger on the figure must scroll the page; zoom sits in its tool bar
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": None},
        bargap=0.15,
        **layout,
    )
    figure.update_xaxes(title={"text": x, "standoff": 8}, automargin=True, ticklabeloverflow="allow")
    figure.update_yaxes(title={"text": y, "standoff": 14}, automargin=True)
    return figure


def line(
    name: str, x: Sequence[Any], y: Sequence[Any], place: int, *, unit: str = "", **more: Any
) -> go.Scatter:
    """One line among several; its place decides colour, dash and marker."""
    few = len(x) <= 40
    turn = place % len(COLOURS)
    return go.Scatter(
        x=x,
        y=y,
        name=label(name),
        mode="lines+markers" if few else "lines",
        line={"color": COLOURS[turn], "dash": DASHES[turn], "width": 2},
        marker={"symbol": SYMBOLS[turn], "size": 7, "color": COLOURS[turn]},
        hovertemplate=f"{label(name)}<br>%{{x}}: %{{y:.4~g}}{unit}<extra></extra>",
        **more,
    )


def thinned(frame: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """At most about `most` rows, evenly spaced, the last one always among them."""
    if len(frame) <= most:
        return frame
    step = -(-len(frame) // most)
    kept = frame.iloc[::step]
    return kept if kept.index[-1] == frame.index[-1] else pd.concat([kept, frame.iloc[[-1]]])


def config_of(title: str) -> dict[str, Any]:
    """What the browser is told beside the figure: the tool bar, and the file name of a picture."""
    return {
        "displaylogo": False,
        "scrollZoom": False,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
        "toImageButtonOptions": {"filename": file_name(title), "scale": 2},
    }

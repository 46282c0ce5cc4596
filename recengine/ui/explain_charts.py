"""Charts of one explanation: its reasons as bars, and how they add up to the score.

A bar's words stand above it, not beside it, so that the same figure fits a board room's screen and a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recengine.services.explain import ItemExplanation
from recengine.ui.charts import COLOURS, QUIET, Chart, label, styled

FOR, AGAINST = COLOURS[0], COLOURS[1]
SURE = 1.96  # standard errors that hold the true value 95 times of 100
ROW, FRAME = 64, 52  # pixels: one reason; axis and margins
NAME, DETAIL = 42, 40  # characters of a reason above its bar: what a phone has room for
BAR, TICK = 0.26, 0.16  # of a row: a bar, and half the line it starts from
PLAIN: dict[str, Any] = {"showarrow": False, "yref": "y", "yanchor": "bottom", "align": "left"}
MOST_STEPS = 10  # of a waterfall; what is smaller is one step
KINDS = {
    "action": "past action",
    "group": "past actions together",
    "person": "feature of the person",
    "item": "feature of the item",
    "other": "feature of the other item",
}


def reasons(told: ItemExplanation, *, most: int, title: str) -> Chart:
    """The largest reasons as bars, each with the interval in which its true size lies."""
    frame = told.frame().head(most)
    said = [told.number(effect) for effect in frame["effect"]]
    figure = go.Figure(
        go.Bar(
            x=frame["effect"],
            y=list(range(len(frame))),
            orientation="h",
            width=BAR,
            marker={"color": np.where(frame["effect"] >= 0, FOR, AGAINST).tolist()},
            error_x={"array": SURE * frame["error"], "color": QUIET, "thickness": 1.5, "width": 4},
            customdata=said,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    _line_up(figure, _words(frame), said)
    for place in range(len(frame)):  # a line all the way down would cross the words
        figure.add_shape(
            type="line", x0=0, x1=0, y0=place - TICK, y1=place + TICK, line={"color": QUIET, "width": 1.5}
        )
    _laid_out(figure, len(frame), _axis(told))
    return Chart(
        title=title,
        figure=figure,
        alt=_in_words(frame, told),
        reading=_reading(told),
        table=table(told),
    )


def waterfall(told: ItemExplanation) -> Chart:
    """How base and reasons add up to the score, the largest first."""
    steps = _steps(told)
    figure = go.Figure(
        go.Waterfall(
            x=steps["size"],
            y=list(range(len(steps))),
            orientation="h",
            width=BAR,
            measure=["absolute", *["relative"] * (len(steps) - 2), "total"],
            increasing={"marker": {"color": FOR}},
            decreasing={"marker": {"color": AGAINST}},
            totals={"marker": {"color": QUIET}},
            connector={"visible": False},  # it would cross the words
            customdata=steps["said"],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    _line_up(figure, steps["words"], steps["said"])
    _laid_out(figure, len(steps), told.unit)
    first, *_, last = steps["said"]
    return Chart(
        title="How the reasons add up",
        figure=figure,
        alt=f"From {first} with nothing known to {last} with everything known.",
        reading="start at the top with what the model says when nothing is known, let each reason push to "
        "the right (for) or to the left (against), and arrive at the bottom at what it says with everything "
        "known.",
        table=steps[["name", "size"]].rename(columns={"name": "step", "size": told.unit}),
    )


def _steps(told: ItemExplanation) -> pd.DataFrame:
    """The steps of the waterfall: name, words, size, said."""
    frame, rest = told.frame().head(MOST_STEPS), told.frame().iloc[MOST_STEPS:]
    rows = [("Nothing known", "Nothing known", told.base)]
    rows += list(zip(frame["name"], _words(frame), frame["effect"], strict=True))
    if len(rest):
        others = f"{len(rest)} smaller reasons together"
        rows.append((others, others, float(rest["effect"].sum())))
    rows.append(("Everything known", "Everything known", told.score))
    steps = pd.DataFrame(rows, columns=["name", "words", "size"])
    return steps.assign(said=[told.number(size) for size in steps["size"]])


def table(told: ItemExplanation) -> pd.DataFrame:
    """Every reason with headings for a reader."""
    frame = told.frame()
    return pd.DataFrame(
        {
            "reason": frame["name"],
            "detail": [together(*parts) for parts in zip(frame["value"], frame["detail"], strict=True)],
            "kind": [KINDS[kind] for kind in frame["kind"]],
            f"effect ({told.unit})": frame["effect"],
            "standard error": frame["error"],
            "share of all effects": frame["share"],
            "sensitive": frame["sensitive"],
        }
    )


def _line_up(figure: go.Figure, words: Sequence[str], said: Sequence[str]) -> None:
    """Words above each bar on the left, its number on the right."""
    for place, (text, number) in enumerate(zip(words, said, strict=True)):
        for content, x, anchor in ((text, 0, "left"), (f"<b>{number}</b>", 1, "right")):
            figure.add_annotation(text=content, x=x, xref="paper", xanchor=anchor, y=place - TICK, **PLAIN)


def _laid_out(figure: go.Figure, rows: int, x: str) -> None:
    """The look of rows that carry their own words: no axis on the left, no lines through the words."""
    styled(figure, x=x, y="", height=FRAME + ROW * rows, showlegend=False)
    figure.update_yaxes(visible=False, range=[rows - 0.7, -0.8])
    figure.update_xaxes(showgrid=False, zeroline=False, ticks="outside")


def _words(frame: pd.DataFrame) -> list[str]:
    """Name and detail of each reason, as long as there is room."""
    rows = frame.itertuples(index=False)
    return [_line(row) for row in rows]


def called(kind: str, name: str) -> str:
    """A reason's name with whose it is: "Their age", "The rest of Dairy"."""
    whose = {"person": "Their ", "item": "Its ", "other": "The other's "}.get(kind, "")
    if not whose:
        return name[:1].upper() + name[1:]
    return whose + (name if name[1:2].isupper() else name[:1].lower() + name[1:])


def together(*parts: str) -> str:
    """What is said of a reason besides its name, in one line."""
    return " · ".join(filter(None, parts))


def _line(row: Any) -> str:
    detail = together("⚠ sensitive" if row.sensitive else "", row.value, row.detail)
    first = f"<b>{label(called(row.kind, row.name), NAME)}</b>"
    return f"{first}<br>{label(detail, DETAIL)}" if detail else first


def _axis(told: ItemExplanation) -> str:
    if told.question == "above":
        return f"{told.unit}: right speaks for the first, left for the other"
    return f"{told.unit}: right speaks for it, left against"


def _in_words(frame: pd.DataFrame, told: ItemExplanation) -> str:
    """The bars as a sentence."""
    parts = [
        f"{called(row.kind, row.name)} {told.number(row.effect)}" for row in frame.itertuples(index=False)
    ]
    return f"The largest reasons: {'; '.join(parts)}." if parts else "There are no reasons to show."


def _reading(told: ItemExplanation) -> str:
    """How to read the bars, and how exact they are."""
    sure = {
        "exact": "The numbers are exact.",
        "closed form": "The numbers are exact.",
        "sampled": "The thin line is the range in which the exact value lies 95 times of 100.",
    }
    of = "the lead" if told.question != "score" else "the score"
    return (
        f"each bar is what one thing adds to {of} (blue, to the right) or takes from it (orange, to the "
        f"left), compared with not knowing it. {sure[told.method]}"
    )

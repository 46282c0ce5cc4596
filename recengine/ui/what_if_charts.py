"""Charts of what an edit does: changes with their intervals around a line that stands for no change.

Colour and shape say whether a change is beyond chance; the words of a row stand above it, so that the same
figure fits a wide screen and a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from recengine.core.words import MINUS, count, many
from recengine.ui.cards import words
from recengine.ui.charts import COLOURS, QUIET, Chart, label, styled

PERCENT, POINTS = "percent", "percentage points"  # units of a change
ROW, FRAME = 44, 96  # pixels: one row; axis, legend and margins
WORDS = 50  # characters above a row: what a phone has room for
CHANCE = "no more than chance"
READING = (
    "a dot is the change, the line through it where the true change lies, 95% sure. Right of the middle line "
    "is more, left of it less; grey rows cannot be told from no change."
)


@dataclass(frozen=True)
class Mark:
    """How a verdict is drawn."""

    word: str
    colour: str
    symbol: str


MARKS = {
    "better": Mark("better", COLOURS[2], "triangle-up"),
    "worse": Mark("worse", COLOURS[1], "triangle-down"),
    "higher": Mark("more", COLOURS[0], "diamond"),
    "lower": Mark("less", COLOURS[4], "square"),
}
OTHER = Mark(CHANCE, QUIET, "circle")


def changes(rows: pd.DataFrame, names: Sequence[str], *, unit: str = PERCENT) -> go.Figure:
    """One row a change, in the order given.

    Args:
        rows: columns verdict and, in `unit`, value, low, high (NaN: not drawn).
        names: what each row is about.
        unit: PERCENT or POINTS.
    """
    drawn = rows.assign(place=range(len(rows)), name=[label(name, 80) for name in names])
    figure = go.Figure()
    marks = drawn["verdict"].map(lambda verdict: MARKS.get(verdict, OTHER))
    for mark in dict.fromkeys([*MARKS.values(), OTHER]):
        part = drawn[marks == mark]
        if len(part):
            figure.add_trace(_dots(part, mark, unit))
    styled(figure, x=f"change, in {unit}", y="", height=FRAME + ROW * len(rows), showlegend=True)
    _no_change(figure, len(rows))
    for place, (name, value) in enumerate(zip(names, rows["value"], strict=True)):
        _above(figure, place, f"<b>{label(name, WORDS)}</b>  {signed(value, unit)}")
    figure.update_yaxes(visible=False, range=[len(rows) - 0.5, -0.8])
    figure.update_xaxes(showgrid=True, zeroline=False)
    return figure


def _dots(part: pd.DataFrame, mark: Mark, unit: str) -> go.Scatter:
    return go.Scatter(
        x=part["value"],
        y=part["place"],
        mode="markers",
        name=mark.word,
        marker={"color": mark.colour, "symbol": mark.symbol, "size": 11},
        error_x={
            "symmetric": False,
            "array": part["high"] - part["value"],
            "arrayminus": part["value"] - part["low"],
            "thickness": 2,
            "width": 5,
            "color": mark.colour,
        },
        customdata=[
            f"{row.name}: {signed(row.value, unit)}<br>{signed(row.low, unit)} to {signed(row.high, unit)}"
            for row in part.itertuples(index=False)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _no_change(figure: go.Figure, count: int) -> None:
    """The line that stands for no change, with gaps where words are."""
    ends = [y for place in range(count) for y in (place - 0.2, place + 0.36, None)]
    figure.add_scatter(
        x=[0] * len(ends),
        y=ends,
        mode="lines",
        line={"color": QUIET, "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )


def _above(figure: go.Figure, place: int, words: str) -> None:
    figure.add_annotation(
        text=words,
        x=0,
        y=place - 0.2,
        xref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": 13},
    )


def signed(value: float, unit: str = PERCENT) -> str:
    """4.12 -> "+4.1%", of points "+4.12"; a value that is not known -> a dash."""
    if value != value:
        return "–"
    digits, sign = (1, "%") if unit == PERCENT else (2, "")
    shown = round(value, digits)
    return f"{shown:+.{digits}f}{sign}".replace("-", MINUS) if shown else f"0{sign}"


def relative(rows: pd.DataFrame) -> pd.DataFrame:
    """A verdict's rows in percent of the base, as `changes` wants them."""
    return pd.DataFrame(
        {
            "verdict": rows["verdict"],
            "value": 100 * rows["relative"],
            "low": 100 * rows["relative_low"],
            "high": 100 * rows["relative_high"],
        }
    )


def points(rows: pd.DataFrame) -> pd.DataFrame:
    """A verdict's rows as percentage points, for shares."""
    return pd.DataFrame(
        {
            "verdict": rows["verdict"],
            "value": 100 * rows["change"],
            "low": 100 * rows["low"],
            "high": 100 * rows["high"],
        }
    )


def of_metrics(rows: pd.DataFrame) -> Chart:
    """How every metric changes.

    Args:
        rows: of a verdict's metrics.
    """
    shown = rows[rows["relative"].notna()]
    first = shown.iloc[0]
    return Chart(
        title="How every metric changes",
        figure=changes(relative(shown), list(shown["title"])),
        alt=f"{first['title']} changes by {signed(100 * first['relative'])}, {first['verdict']}.",
        reading=READING,
        table=change_table(rows.rename(columns={"title": "what"})),
    )


def of_segments(rows: pd.DataFrame, *, title: str, person: str) -> Chart:
    """Who gains and who loses.

    Args:
        rows: of a verdict's segments, those to draw.
    """
    shown = rows[rows["relative"].notna()]
    names = [f"{words(row.said)} ({count(row.num_people)})" for row in shown.itertuples()]
    most = shown.loc[shown["relative"].abs().idxmax()]
    return Chart(
        title=title,
        figure=changes(relative(shown), names),
        alt=f"The largest change is {signed(100 * most['relative'])} for {most['said']}.",
        reading=f"{READING} In brackets: how many {many(person)}.",
        table=change_table(rows.rename(columns={"said": "what"})),
    )


def of_categories(rows: pd.DataFrame, *, item: str) -> Chart:
    """Which categories gain and lose places on lists.

    Args:
        rows: of a verdict's exposure, the categories.
    """
    most = rows.iloc[0]
    return Chart(
        title="Which categories gain and lose places",
        figure=changes(points(rows), list(rows["title"]), unit=POINTS),
        alt=f"The largest change is {most['title']}: {signed(100 * most['change'], POINTS)} of 100 places.",
        reading=f"so many of 100 places show other {many(item)} than before; {READING}",
        table=change_table(rows.rename(columns={"title": "what"})),
    )


def of_what_ifs(rows: pd.DataFrame, *, most: int) -> Chart:
    """Several what-ifs on one scale.

    Args:
        rows: columns sentence, then those of a verdict's headline.
        most: how many are drawn; the table has them all.
    """
    shown = rows[rows["relative"].notna()].head(most)
    best = shown.loc[shown["relative"].idxmax()]
    return Chart(
        title="All what-ifs on one scale",
        figure=changes(relative(shown), list(shown["sentence"])),
        alt=f"NDCG@10 is highest for: {best['sentence']}, with {signed(100 * best['relative'])}.",
        reading=f"{READING} Colours allow for how many there are: among many, some look large by chance.",
        table=change_table(rows.rename(columns={"sentence": "what"})),
    )


def of_reasons(rows: pd.DataFrame, finding: str) -> Chart:
    """What drives the scores more and what less than before.

    Args:
        rows: of a drift; finding: its sentence.
    """
    directions = rows["change"].map(lambda change: "higher" if change > 0 else "lower")
    shown = rows.assign(verdict=directions.where(rows["moved"], CHANCE))
    return Chart(
        title="What weighs more and what less",
        figure=changes(points(shown), [words(name) for name in rows["name"]], unit=POINTS),
        alt=finding,
        reading=f"{READING} The change is that of the share of all weight.",
        table=change_table(shown.rename(columns={"name": "what"})),
    )


def change_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Changes with headings for a reader."""
    named = {
        "of": "told apart by",
        "what": "what",
        "base": "before",
        "edited": "after",
        "change": "change",
        "low": "change: low",
        "high": "change: high",
        "relative": "change, relative",
        "p_value": "p-value",
        "seed_noise": "seed noise",
        "num_people": "people",
        "verdict": "verdict",
    }
    kept = [name for name in named if name in rows]
    return rows[kept].rename(columns=named).reset_index(drop=True)

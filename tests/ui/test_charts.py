from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.graph_objects import Figure

from recengine.ui import data_charts, model_charts
from recengine.ui.charts import COLOURS, Chart, label, thinned

WEEKS = pd.date_range("2024-01-01", periods=6, freq="W-MON")
POINTS = pd.DataFrame(
    [(epoch, name, 1 / epoch) for epoch in (1.0, 2.0) for name in ("loss", "validation_loss", "ndcg@10")],
    columns=["epoch", "name", "value"],
)
CURVE = pd.DataFrame(
    {
        "name": "m",
        "threshold": [0.9, 0.5, 0.1],
        "precision": [1.0, 0.8, 0.4],
        "recall": [0.2, 0.6, 1.0],
        "f1": [1 / 3, 24 / 35, 4 / 7],
    }
)

DRAWN: dict[str, Callable[[], Chart]] = {
    "activity": partial(
        data_charts.activity,
        pd.DataFrame({"period": WEEKS, "events": [5, 9, 7, 6, 8, 7], "people": [2, 3, 3, 2, 3, 3]}),
        unit="week",
        time_kind="date",
        person="household",
    ),
    "long_tail": partial(
        data_charts.long_tail,
        pd.DataFrame({"share_of_items": [0.1, 0.5, 1.0], "share_of_events": [0.5, 0.9, 1.0]}),
        items_for_half=1,
        item="product",
    ),
    "history_lengths": partial(
        data_charts.history_lengths,
        pd.DataFrame({"events": [1, 2], "to": [1, 3], "people": [4, 6]}),
        median=2.0,
        person="person",
    ),
    "filled_pairs": partial(
        data_charts.filled_pairs,
        pd.DataFrame({"person_bin": [0, 0, 1], "item_bin": [0, 1, 0], "filled": [0.9, 0.2, 0.1]}),
        density=0.3,
        person="person",
        item="item",
    ),
    "known_features": partial(
        data_charts.known_features,
        pd.DataFrame({"feature": ["age", "home"], "known_share": [0.5, 1.0]}),
        of="people",
    ),
    "feature_values": partial(
        data_charts.feature_values,
        pd.DataFrame({"value": ["a", "b"], "count": [3, 1]}),
        feature="age",
        known_share=0.5,
    ),
    "ranked_with_intervals": partial(
        model_charts.ranked_with_intervals,
        pd.DataFrame(
            {
                "name": ["m", "base"],
                "value": [0.4, 0.3],
                "low": [0.35, np.nan],
                "high": [0.45, np.nan],
                "is_baseline": [False, True],
            }
        ),
        metric="NDCG@10",
    ),
    "metric_by_k": partial(
        model_charts.metric_by_k,
        pd.DataFrame({"name": "m", "is_baseline": False, "k": [5, 10], "value": [0.2, 0.3]}),
        metric="Recall",
    ),
    "learning_curves": partial(
        model_charts.learning_curves,
        pd.DataFrame({"name": "m", "epoch": [1.0, 2.0], "value": [0.2, 0.3]}),
        metric="NDCG@10",
    ),
    "precision_recall": partial(model_charts.precision_recall, CURVE, base_rate=1 / 3),
    "by_threshold": partial(model_charts.by_threshold, CURVE, chosen=0.5),
    "confusion": partial(
        model_charts.confusion,
        pd.DataFrame([[6, 4], [2, 18]], index=["chosen", "not chosen"], columns=["would like", "would not"]),
        threshold=0.5,
    ),
    "reliability": partial(
        model_charts.reliability,
        pd.DataFrame({"name": "m", "predicted": [0.2, 0.8], "observed": [0.1, 0.75]}),
    ),
    "halves": partial(
        model_charts.halves,
        pd.DataFrame({"name": "m", "half": ["again", "new"], "value": [0.5, 0.1]}),
        metric="NDCG@10",
    ),
    "loss_curves": partial(model_charts.loss_curves, POINTS),
    "validation_curves": partial(model_charts.validation_curves, POINTS),
}


def test_every_chart_there_is_is_drawn_here() -> None:
    makers = {
        name
        for module in (data_charts, model_charts)
        for name, made in vars(module).items()
        if inspect.isfunction(made) and made.__annotations__.get("return") == "Chart"
    }
    assert makers == set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_says_what_it_shows_how_to_read_it_and_hands_out_its_numbers(name: str) -> None:
    chart = DRAWN[name]()
    assert chart.title
    assert chart.alt.endswith(".")
    assert chart.reading.endswith(".")
    assert len(chart.frame()) > 0
    assert chart.figure.data
    drawn = [trace for trace in chart.figure.data if getattr(trace, "hoverinfo", None) != "skip"]
    assert all(trace.hovertemplate for trace in drawn)


@pytest.mark.parametrize("name", DRAWN)
def test_axes_name_what_they_measure(name: str) -> None:
    figure: Figure = DRAWN[name]().figure
    horizontal = any(getattr(trace, "orientation", None) == "h" for trace in figure.data)
    named = [figure.layout.xaxis.title.text, figure.layout.yaxis.title.text]
    assert named[0]
    assert named[1] or horizontal or name == "ranked_with_intervals"  # whose rows name themselves


def test_the_confusion_says_how_many_are_right() -> None:
    assert DRAWN["confusion"]().alt == "24 of 30 pairs are called right."  # 6 + 18


def test_the_threshold_view_finds_the_highest_f1() -> None:
    assert "F1 is highest, 0.69, at a threshold of 0.50" in DRAWN["by_threshold"]().alt  # 24/35


def test_intervals_reach_from_low_to_high() -> None:
    trained = DRAWN["ranked_with_intervals"]().figure.data[0]
    assert trained.x[0] + trained.error_x.array[0] == pytest.approx(0.45)
    assert trained.x[0] - trained.error_x.arrayminus[0] == pytest.approx(0.35)


def test_periods_cut_short_at_either_end_are_left_out() -> None:
    frame = pd.DataFrame({"period": WEEKS, "events": 1})
    cut = data_charts.whole_periods(frame, pd.Timestamp("2024-01-05"), pd.Timestamp("2024-02-07"))
    assert list(cut["period"]) == list(WEEKS[1:5])  # the first began on the 1st, the last ends on the 11th


def test_whole_periods_are_all_kept() -> None:
    days = pd.DataFrame({"period": np.arange(0.0, 70.0, 7.0), "events": 1})
    assert len(data_charts.whole_periods(days, 0.0, 69.5)) == 10


def test_day_numbers_say_so_on_the_axis() -> None:
    frame = pd.DataFrame({"period": [0.0, 1.0], "events": [3, 4], "people": [1, 2]})
    chart = data_charts.activity(frame, unit="day", time_kind="day", person="student")
    assert chart.figure.layout.xaxis.title.text == "day number"
    assert chart.figure.data[1].name == "students"


@given(st.text(max_size=300))
def test_a_label_carries_no_markup_and_is_short(text: str) -> None:
    shown = label(text)
    assert "<" not in shown
    assert ">" not in shown
    assert len(shown) <= 40 * len("&quot;")


@given(st.integers(1, 3000), st.integers(2, 700))
def test_thinning_keeps_the_ends_and_the_order(rows: int, most: int) -> None:
    kept = thinned(pd.DataFrame({"x": range(rows)}), most)["x"].tolist()
    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, rows - 1)
    assert len(kept) <= most + 1


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("background", ["#fcfcfd", "#0f1115"])
def test_every_colour_stands_out_from_both_backgrounds(colour: str, background: str) -> None:
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 1.4.11, graphical objects


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])

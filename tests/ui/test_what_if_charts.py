from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recengine.ui import what_if_charts
from recengine.ui.charts import Chart
from recengine.ui.what_if_charts import CHANCE, POINTS, signed

BAD = "<img src=x>"


@pytest.fixture
def rows() -> pd.DataFrame:
    """Four changes; the last one of something that was nothing before."""
    return pd.DataFrame(
        {
            "metric": ["ndcg@10", "recall@10", "novelty@10", "x"],
            "title": [BAD, "Recall@10", "Novelty@10", "X"],
            "of": ["age", "age", "home_town", "x"],
            "said": [BAD, "households where age is 65+", "households in Oslo", "x"],
            "sentence": [BAD, "From June on", "Without wine", "x"],
            "name": [BAD, "age", "wine", "x"],
            "base": [0.5, 0.4, 9.0, 0.0],
            "edited": [0.45, 0.42, 9.0, 0.1],
            "change": [-0.05, 0.02, 0.0, 0.1],
            "low": [-0.06, -0.01, -0.1, 0.0],
            "high": [-0.04, 0.05, 0.1, 0.2],
            "relative": [-0.1, 0.05, 0.0, np.nan],
            "relative_low": [-0.12, -0.025, -0.01, np.nan],
            "relative_high": [-0.08, 0.125, 0.01, np.nan],
            "p_value": [0.001, 0.2, 1.0, 0.5],
            "verdict": ["worse", "no real difference", "higher", "no real difference"],
            "moved": [True, True, False, False],
            "seed_noise": 0.0,
            "num_people": [66, 1200, 3, 4],
        }
    )


def drawn(rows: pd.DataFrame) -> dict[str, Chart]:
    return {
        "metrics": what_if_charts.of_metrics(rows),
        "segments": what_if_charts.of_segments(rows, title="By age", person="household"),
        "categories": what_if_charts.of_categories(rows, item="product"),
        "what-ifs": what_if_charts.of_what_ifs(rows, most=2),
        "reasons": what_if_charts.of_reasons(rows, "Age weighs less."),
    }


def test_charts_say_what_they_show_and_no_markup_of_the_data_reaches_them(rows: pd.DataFrame) -> None:
    for name, chart in drawn(rows).items():
        assert chart.title, name
        assert chart.alt.endswith("."), name
        assert chart.reading.endswith("."), name
        assert len(chart.frame()) == len(rows), name
        assert BAD not in chart.figure.to_json(), name


def test_a_change_stands_where_its_row_says_in_the_colour_of_its_verdict(rows: pd.DataFrame) -> None:
    figure = what_if_charts.of_metrics(rows).figure
    worse = next(trace for trace in figure.data if trace.name == "worse")
    assert (worse.x[0], worse.error_x.array[0], worse.error_x.arrayminus[0]) == pytest.approx((-10, 2, 2))
    unsure = next(trace for trace in figure.data if trace.name == CHANCE)
    assert unsure.x[0] == pytest.approx(5)
    assert len(unsure.x) == 1  # what was nothing before has no share
    assert worse.marker.symbol != unsure.marker.symbol
    assert [note.text for note in figure.layout.annotations][1] == "<b>Recall@10</b>  +5.0%"


def test_shares_change_by_points(rows: pd.DataFrame) -> None:
    figure = what_if_charts.of_categories(rows, item="product").figure
    assert [note.text for note in figure.layout.annotations][1] == "<b>Recall@10</b>  +2.00"
    assert "percentage points" in figure.layout.xaxis.title.text


def test_reasons_within_chance_are_drawn_as_such(rows: pd.DataFrame) -> None:
    figure = what_if_charts.of_reasons(rows, "Age weighs less.").figure
    counts = {trace.name: len(trace.x) for trace in figure.data if trace.name}
    assert counts == {"more": 1, "less": 1, CHANCE: 2}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(4.12, "percent", "+4.1%"), (-0.04, "percent", "0%"), (-0.04, POINTS, "−0.04"), (np.nan, POINTS, "–")],
)
def test_a_change_is_told_with_its_sign(value: float, unit: str, said: str) -> None:
    assert signed(value, unit) == said

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.profiles import Profiles
from recengine.explain.explanation import Explanation
from recengine.explain.players import Player, Players
from recengine.services.explain import ItemExplanation
from recengine.ui import explain_charts
from recengine.ui.charts import Chart
from recengine.ui.explain_charts import AGAINST, FOR, MOST_STEPS, called
from tests.ui.hostile import HOSTILE

EFFECTS, ERRORS = [1.5, -0.5, 0.25], [0.1, 0.0, 0.05]


def told(
    effects: list[float] = EFFECTS, errors: list[float] = ERRORS, title: str = "Milk"
) -> ItemExplanation:
    """Milk, their age and the rest of Tea explain a score of 2."""
    kinds = ["action", "person", "group"]
    names = [title, "Age", "the rest of Tea"]
    rows = [
        {
            "key": f"{kinds[place % 3]}:{place}",
            "kind": kinds[place % 3],
            "name": names[place % 3],
            "value": "3 times",
            "detail": "",
            "item_id": "",
            "sensitive": place % 3 == 1,
            "effect": effect,
            "error": error,
            "share": abs(effect) / sum(map(abs, effects)),
        }
        for place, (effect, error) in enumerate(zip(effects, errors, strict=True))
    ]
    players = Players(
        tuple(Player("action", code) for code in range(len(effects))), Profiles.new([], now=0.0)
    )
    score = 2.0
    base = score - sum(effects)
    codes = Explanation(
        "score", 0, players, base, np.array(effects), np.array(errors), score, "sampled", 64
    )  # fmt: skip
    return ItemExplanation(
        run_id="ease-1",
        model="EASE #1",
        dataset="shop",
        person="u1",
        item_id="i0",
        title=title,
        question="score",
        against="",
        against_title="",
        repeats="both",
        k=10,
        unit="log-odds",
        score=score,
        base=base,
        probability=0.5,
        rank=1,
        stranger_rank=4,
        num_eligible=60,
        reasons=pd.DataFrame(rows),
        method="sampled",
        samples=64,
        residual=0.0,
        sentences={"executive": "", "analyst": "", "scientist": ""},
        notes=(),
        codes=codes,
    )


def words(chart: Chart) -> list[str]:
    """All that is written into the figure."""
    return [str(note.text) for note in chart.figure.layout.annotations]


def test_bars_have_the_size_the_side_and_the_colour_of_their_effect_and_a_whisker_of_95_percent() -> None:
    bars = explain_charts.reasons(told(), most=5, title="The largest reasons").figure.data[0]
    assert list(bars.x) == EFFECTS
    assert list(bars.marker.color) == [FOR, AGAINST, FOR]
    assert list(bars.error_x.array) == pytest.approx([0.196, 0.0, 0.098])


def test_each_bar_carries_its_words_and_the_number_of_the_sentence() -> None:
    explained = told()
    chart = explain_charts.reasons(explained, most=2, title="The largest reasons")
    shown = words(chart)
    assert shown[0] == "<b>Milk</b><br>3 times"
    assert shown[2] == "<b>Their age</b><br>⚠ sensitive · 3 times"
    assert shown[1::2] == [f"<b>{explained.number(effect)}</b>" for effect in (1.5, -0.5)]
    assert chart.alt == "The largest reasons: Milk 1.50; Their age −0.50."
    assert "95 times of 100" in chart.reading
    assert list(chart.frame()["effect (log-odds)"]) == EFFECTS  # the table has them all


def test_exact_numbers_are_said_to_be_exact() -> None:
    chart = explain_charts.reasons(replace(told(), method="exact"), most=5, title="x")
    assert "The numbers are exact" in chart.reading


def test_the_waterfall_goes_from_nothing_known_to_the_score() -> None:
    chart = explain_charts.waterfall(told())
    steps = chart.figure.data[0]
    assert list(steps.measure) == ["absolute", "relative", "relative", "relative", "total"]
    assert steps.x[0] + sum(steps.x[1:-1]) == pytest.approx(steps.x[-1])
    assert chart.alt == "From 0.75 with nothing known to 2.00 with everything known."


def test_a_long_waterfall_tells_the_smallest_steps_together() -> None:
    effects = [0.1] * (MOST_STEPS + 4)
    chart = explain_charts.waterfall(told(effects, [0.0] * len(effects)))
    assert len(chart.frame()) == MOST_STEPS + 3
    assert chart.frame()["step"].iloc[-2] == "4 smaller reasons together"
    assert chart.frame()["log-odds"].iloc[-2] == pytest.approx(0.4)


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_from_a_file_is_text_in_the_figure_and_no_markup(title: str) -> None:
    for chart in (
        explain_charts.reasons(told(title=title), most=5, title="x"),
        explain_charts.waterfall(told(title=title)),
    ):
        for text in words(chart):
            inner = text.replace("<b>", "").replace("</b>", "").replace("<br>", "")
            assert "<" not in inner
            assert len(inner) < 6 * 90


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        ("action", "Milk", "Milk"),
        ("group", "the rest of Tea", "The rest of Tea"),
        ("person", "Age", "Their age"),
        ("person", "IMD band", "Their IMD band"),
        ("item", "Brand", "Its brand"),
        ("other", "Brand", "The other's brand"),
    ],
)
def test_a_reason_is_called_by_whose_it_is(kind: str, name: str, wanted: str) -> None:
    assert called(kind, name) == wanted

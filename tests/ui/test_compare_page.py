from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.services.compare import confusion, leaderboard
from recengine.services.runs import TrainSpec, list_runs
from recengine.services.training import train
from recengine.services.workspace import Workspace
from recengine.ui.wording import baseline_title

Opened = Callable[..., AppTest]
Table = Callable[[AppTest, str], pd.DataFrame]
Said = Callable[[AppTest], str]
Charts = Callable[[AppTest], list[str]]


def test_without_a_finished_run_the_page_points_to_training(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    assert "No finished run on these data yet" in said(opened("3_Compare"))


def test_the_verdict_names_the_leader_the_baseline_and_the_interval(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    (exam,) = leaderboard(reading, "two tastes").exams
    best = exam.intervals[exam.intervals["metric"] == "ndcg@10"].sort_values("value").iloc[-1]
    words = said(opened("3_Compare"))
    assert f"{best['model']} leads on NDCG@10 and beats every simple rule" in words
    assert f"({baseline_title(best['baseline'])}) {best['baseline_value']:.3f}" in words
    gap = (best["difference_low"], best["difference_high"])
    assert "the true difference is {:+.4f} to {:+.4f}, 95% sure".format(*gap) in words


def test_a_run_no_better_than_a_simple_rule_is_not_called_a_success(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    train(ws, TrainSpec(dataset="two tastes", model="popularity"))
    words = said(opened("3_Compare"))
    assert "On NDCG@10 no run beats the best simple rule" in words
    assert "leads on" not in words


def test_the_metric_in_the_address_decides_who_leads(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "leads on Recall@10" in said(opened("3_Compare", metric="recall@10"))


def test_the_leaderboard_holds_every_run_and_every_baseline_best_first(
    reading: Workspace, opened: Opened, table: Table
) -> None:
    shown = table(opened("3_Compare"), "Every run and simple rule")
    assert set(shown["run"]) == {run.id for run in list_runs(reading)} | {""}
    assert set(shown.loc[shown["kind"] == "simple rule", "model"]) >= {"most popular", "drawing lots"}
    assert shown["NDCG@10"].is_monotonic_decreasing
    assert list(shown.columns[:2]) == ["model", "kind"]


def test_intervals_are_drawn_beside_the_table(reading: Workspace, opened: Opened, charts: Charts) -> None:
    (drawn,) = charts(opened("3_Compare"))
    assert drawn.startswith("NDCG@10, with 95% intervals.")


@pytest.mark.parametrize(
    ("tab", "drawn"),
    [
        ("By length of the list", ["NDCG by length of the list"]),
        (
            "P(like)",
            [
                "Precision against recall",
                "Can the probabilities be taken at their word?",
                "What the threshold trades",
                "Right and wrong at a threshold of 0.50",
            ],
        ),
    ],
)
def test_each_tab_draws_its_charts_and_no_other(
    tab: str, drawn: list[str], reading: Workspace, opened: Opened, charts: Charts
) -> None:
    app = opened("3_Compare", tab={"compare.tabs": tab})
    assert [told.split(". ")[0] for told in charts(app)] == drawn


def test_models_without_epochs_have_no_curve_and_the_page_says_so(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("3_Compare", tab={"compare.tabs": "Learning curves"})
    app.selectbox(key="compare.curve").select("loss").run()
    assert "worked out in one go" in said(app)


def test_moving_the_threshold_recounts_right_and_wrong(
    reading: Workspace, opened: Opened, charts: Charts
) -> None:
    app = opened("3_Compare", tab={"compare.tabs": "P(like)"})
    app.slider(key="compare.threshold").set_value(0.3).run()
    counts = confusion(reading, str(app.selectbox(key="compare.like.run").value), 0.3)
    right = int(counts.loc["chosen", "would like"] + counts.loc["not chosen", "would not"])
    told = next(told for told in charts(app) if told.startswith("Right and wrong at a threshold of 0.30"))
    assert f"{right:,} of {int(counts.to_numpy().sum()):,} pairs are called right." in told


def test_with_no_run_chosen_the_page_asks_for_one(reading: Workspace, opened: Opened, said: Said) -> None:
    app = opened("3_Compare", tab={"compare.tabs": "By length of the list"})
    app.multiselect(key="compare.runs").set_value([]).run()
    assert "No run chosen" in said(app)

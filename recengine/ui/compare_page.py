"""The Compare page's parts: the verdict, the leaderboard, and the curves behind it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from recengine.services import compare
from recengine.services.compare import Exam
from recengine.services.datasets import DatasetCard
from recengine.services.workspace import Workspace
from recengine.ui import messages, model_charts, navigation
from recengine.ui.charts import show
from recengine.ui.downloads import download_table
from recengine.ui.tabs import in_tabs
from recengine.ui.wording import metric_explanation, metric_title

MOST_CURVES = 6  # lines that can still be told apart
CURVES = {
    "ndcg@10": "NDCG@10",
    "recall@10": "Recall@10",
    "precision@10": "Precision@10",
    "f1@10": "F1@10",
    "validation_loss": "Validation loss",
    "loss": "Training loss",
}
BY_K = {
    "ndcg": "NDCG",
    "recall": "Recall",
    "precision": "Precision",
    "f1": "F1",
    "hit_rate": "Hit rate",
    "coverage": "Coverage",
}


def choose_exam(ws: Workspace, card: DatasetCard) -> Exam | None:
    """The test whose sitters are compared; None, and a word about it, where nobody sat one yet."""
    exams = {exam.key: exam for exam in compare.leaderboard(ws, card.name).exams}
    if not exams:
        messages.empty(
            "No finished run on these data yet",
            "Train a model; its result then stands here beside the baselines.",
            page="pages/2_Train.py",
            action="Go to Train",
        )
        return None
    if len(exams) == 1:
        exam = next(iter(exams.values()))
        st.caption(messages.plain(f"Test: {exam.title}", 400))
        return exam
    key = st.selectbox(
        "Test",
        list(exams),
        format_func=lambda key: exams[key].title,
        key="exam",
        bind="query-params",
        help="Only runs that were asked the very same question about the same people can be compared.",
    )
    return exams[key]


def choose_metric(exam: Exam) -> str:
    """The metric by which runs are ranked on this page."""
    metrics = list(dict.fromkeys(exam.intervals["metric"]))
    chosen = st.selectbox(
        "Ranked by",
        metrics,
        index=metrics.index("ndcg@10") if "ndcg@10" in metrics else 0,
        format_func=metric_title,
        key="metric",
        bind="query-params",
    )
    st.caption(metric_explanation(chosen))
    return chosen


def verdict(exam: Exam, metric: str) -> None:
    """Which run is best, and whether it beats the best baseline beyond chance."""
    runs = exam.intervals[(exam.intervals["metric"] == metric) & (exam.intervals["run_id"] != "")]
    if runs.empty:
        return
    best = runs.loc[runs["value"].idxmax()]
    tone: messages.Tone = "done" if best["difference_low"] > 0 else "warn"
    messages.state(
        tone,
        f"{best['model']} leads on {metric_title(metric)} with {best['value']:.3f}",
        f"Against {best['baseline']} ({best['baseline_value']:.3f}): {best['verdict']}",
    )


def details(ws: Workspace, exam: Exam, metric: str) -> None:
    """The leaderboard and the curves, each in its tab."""
    parts: dict[str, Callable[[], None]] = {
        "Leaderboard": lambda: _leaderboard(exam, metric),
        "By length of the list": lambda: _by_k(ws, _chosen_runs(exam)),
        "Learning curves": lambda: _learning(ws, _chosen_runs(exam)),
        "P(like)": lambda: _likelihood(ws, exam, _chosen_runs(exam)),
    }
    if exam.repeats == "both":
        parts["Again and new"] = lambda: _halves(ws, _chosen_runs(exam), metric)
    in_tabs(parts, key="compare.tabs")


def _leaderboard(exam: Exam, metric: str) -> None:
    show(
        model_charts.ranked_with_intervals(_with_names(exam, metric), metric=metric_title(metric)),
        key="compare.ranked",
    )
    table = leaderboard_table(exam)
    numbers = [name for name in table if name in set(map(metric_title, exam.rows.columns))]
    st.dataframe(
        table,
        hide_index=True,
        key="compare.table",
        alt="Every run and baseline with all of its metrics",
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in numbers},
    )
    download_table(table, f"leaderboard {exam.pairs_digest}", key="compare.table.csv")


def leaderboard_table(exam: Exam) -> pd.DataFrame:
    """The leaderboard with headings for a reader; best first, baselines among the runs."""
    renamed = {name: metric_title(name) for name in exam.rows.columns}
    renamed |= {
        "model": "model",
        "kind": "kind",
        "run_id": "run",
        "num_epochs": "epochs",
        "trained_at": "trained",
    }
    return exam.rows.rename(columns=renamed)


def _with_names(exam: Exam, metric: str) -> pd.DataFrame:
    """Name, value, low, high, is_baseline of everyone on one metric."""
    found = exam.intervals[exam.intervals["metric"] == metric]
    return pd.DataFrame(
        {
            "name": found["model"],
            "value": found["value"],
            "low": found["low"],
            "high": found["high"],
            "is_baseline": found["run_id"] == "",
        }
    ).reset_index(drop=True)


def _chosen_runs(exam: Exam) -> list[str]:
    """Which runs' curves lie over each other."""
    runs = exam.rows[exam.rows["kind"] == "run"]
    names = dict(zip(runs["run_id"], runs["model"], strict=True))
    chosen = st.multiselect(
        "Runs",
        list(names),
        default=list(names)[:MOST_CURVES],
        format_func=names.__getitem__,
        max_selections=MOST_CURVES,
        key="compare.runs",
        persist_state="session",
    )
    if not chosen:
        messages.empty("No run chosen", "Choose one or more runs above to see their curves.")
    return chosen


def _by_k(ws: Workspace, runs: list[str]) -> None:
    if not runs:
        return
    metric = st.selectbox("Metric", list(BY_K), format_func=BY_K.__getitem__, key="compare.by_k")
    frame = compare.metric_by_k(ws, runs, metric).rename(columns={"model": "name"})
    show(model_charts.metric_by_k(frame, metric=BY_K[metric]), key="compare.by_k.chart")


def _learning(ws: Workspace, runs: list[str]) -> None:
    if not runs:
        return
    name = st.selectbox("Curve", list(CURVES), format_func=CURVES.__getitem__, key="compare.curve")
    frame = compare.curves(ws, runs, name).rename(columns={"model": "name"})
    if frame.empty:
        messages.empty("No curve to show", "These models are worked out in one go instead of epoch by epoch.")
        return
    show(model_charts.learning_curves(frame, metric=CURVES[name]), key="compare.curve.chart")


def _likelihood(ws: Workspace, exam: Exam, runs: list[str]) -> None:
    if not runs:
        return
    found = compare.likelihood_curves(ws, runs)
    if found.thresholds.empty:
        messages.empty("No probabilities were measured", "These runs had no validation part to calibrate on.")
        return
    st.caption(
        "A yes-or-no question: would this person choose this item? It is asked about real choices and, for "
        "each of them, about items drawn by chance. That mix is ours, so compare models on it, not tests."
    )
    left, right = st.columns(2, gap="large")
    curve = found.precision_recall.rename(columns={"model": "name"})
    with left:
        base_rate = float(curve.loc[curve["recall"].idxmax(), "precision"])
        show(model_charts.precision_recall(curve, base_rate=base_rate), key="compare.pr")
    with right:
        show(
            model_charts.reliability(found.reliability.rename(columns={"model": "name"})),
            key="compare.reliability",
        )
    _threshold(ws, found.thresholds, runs)


def _threshold(ws: Workspace, thresholds: pd.DataFrame, runs: list[str]) -> None:
    names = dict(zip(thresholds["run_id"], thresholds["model"], strict=True))
    which, where = st.columns(2, gap="large")
    with which:
        run_id = st.selectbox(
            "Threshold of", list(names), format_func=names.__getitem__, key="compare.like.run"
        )
    with where:
        threshold = st.slider("Say yes from a P(like) of", 0.01, 0.99, 0.5, 0.01, key="compare.threshold")
    left, right = st.columns(2, gap="large")
    with left:
        own = thresholds[thresholds["run_id"] == run_id]
        show(model_charts.by_threshold(own, chosen=threshold), key="compare.threshold.chart")
    with right:
        show(
            model_charts.confusion(compare.confusion(ws, run_id, threshold), threshold=threshold),
            key="compare.confusion",
        )


def _halves(ws: Workspace, runs: list[str], metric: str) -> None:
    if not runs:
        return
    frame = compare.halves(ws, runs, metric).rename(columns={"model": "name"})
    if frame.empty:
        messages.empty(
            "Not measured apart", f"{metric_title(metric)} has no value for each half; rank by NDCG@10."
        )
        return
    show(model_charts.halves(frame, metric=metric_title(metric)), key="compare.halves")


def ways_on(card: DatasetCard, exam: Exam) -> None:
    """Where to go with a result."""
    best = exam.rows[exam.rows["kind"] == "run"].iloc[0]
    with st.container(horizontal=True):
        navigation.link(
            "pages/4_People.py",
            "See the best run's lists",
            icon="👤",
            query={"dataset": card.name, "run": str(best["run_id"])},
        )
        navigation.link("pages/2_Train.py", "Train another", icon="⚙️", query={"dataset": card.name})

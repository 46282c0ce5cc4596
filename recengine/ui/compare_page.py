"""The Compare page's parts: the verdict, the leaderboard, and the curves behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pandas as pd
import streamlit as st

from recengine.services import compare
from recengine.services.compare import ExamBoard, LikelihoodCurves
from recengine.services.datasets import DatasetCard
from recengine.services.runs import Comparison
from recengine.services.workspace import Workspace
from recengine.ui import champion_view, messages, model_charts, navigation
from recengine.ui.charts import show
from recengine.ui.choose import choose
from recengine.ui.downloads import download_table
from recengine.ui.page import guarded
from recengine.ui.tabs import in_tabs
from recengine.ui.wording import baseline_title, beyond_chance, metric_explanation, metric_title

MOST_CURVES = 6  # lines that can still be told apart
CURVES = {
    "ndcg@10": "NDCG@10",
    "recall@10": "Recall@10",
    "precision@10": "Precision@10",
    "f1@10": "F1@10",
    "validation_loss": "Validation loss",
    "loss": "Training loss",
}
# The leaderboard's columns that are no metrics, and their headings: in front of the metrics, and behind.
NAMES = {"model": "model", "kind": "kind"}
FACTS = {
    "settings": "settings",
    "epochs": "epochs",
    "seconds": "seconds",
    "trained_at": "trained",
    "run_id": "run",
}
BY_K = {
    "ndcg": "NDCG",
    "recall": "Recall",
    "precision": "Precision",
    "f1": "F1",
    "hit_rate": "Hit rate",
    "coverage": "Coverage",
}


def choose_exam(ws: Workspace, card: DatasetCard) -> ExamBoard | None:
    """The test whose sitters are compared; None, and a word about it, where nobody sat one yet."""
    exams = {exam.key: exam for exam in compare.leaderboard(ws, card.name).exams}
    if not exams:
        messages.empty(
            "No finished run on these data yet",
            "Train a model; its result then stands here beside simple rules.",
            page="pages/2_Train.py",
            action="Go to Train",
        )
        return None
    key = choose(
        "Test",
        list(exams),
        name="test",
        said=lambda key: exams[key].title,
        help="Only runs that were asked the very same question about the same people can be compared.",
    )
    return exams[key] if key else None


def choose_metric(exam: ExamBoard) -> str:
    """The metric by which runs are ranked on this page."""
    metrics = list(dict.fromkeys(exam.intervals["metric"]))
    about = "\n".join(f"- {metric_title(name)}: {metric_explanation(name)}" for name in metrics)
    return (
        choose("Ranked by", metrics, name="metric", said=metric_title, first="ndcg@10", help=about)
        or metrics[0]
    )


def verdict(exam: ExamBoard, metric: str) -> None:
    """Which run is best, and whether it beats the best baseline beyond chance."""
    runs = exam.intervals[exam.intervals["metric"] == metric]
    best = runs.loc[runs["value"].idxmax()]
    title, (rule, height) = metric_title(metric), _best_rule(exam, metric)
    found = f"{best['model']} has {best['value']:.3f}, the best simple rule ({rule}) {height:.3f}."
    if baseline_title(best["baseline"]) == rule:  # a simple rule trained as a model is held against the next
        compared = Comparison(**{field.name: best[field.name] for field in fields(Comparison)})
        found = f"{found} {beyond_chance(compared)}"
    if best["verdict"] == "better" and best["value"] > height:
        messages.state("done", f"{best['model']} leads on {title} and beats every simple rule", found)
    else:
        messages.state("warn", f"On {title} no run beats the best simple rule ({rule}) yet", found)
    if not exam.current:
        messages.state(
            "warn", "These runs learnt from older data", "The dataset was imported anew since; train again."
        )


def _best_rule(exam: ExamBoard, metric: str) -> tuple[str, float]:
    """The highest baseline, in the reader's words, and its value."""
    rules = titled(exam.rows[exam.rows["kind"] == "baseline"])
    best = rules.loc[rules[metric].idxmax()]
    return str(best["model"]), float(best[metric])


def details(ws: Workspace, exam: ExamBoard, metric: str) -> None:
    """The leaderboard and the curves, each in its tab."""
    parts: dict[str, Callable[[], None]] = {
        "Leaderboard": lambda: _leaderboard(ws, exam, metric),
        "By length of the list": lambda: _by_k(ws, exam),
        "Learning curves": lambda: _learning(ws, exam),
        "P(like)": lambda: _likelihood(ws, exam, _chosen_runs(exam)),
    }
    if exam.repeats == "both":
        parts["Again and new"] = lambda: _halves(ws, _chosen_runs(exam), metric)
    in_tabs(parts, key="compare.tabs")


def _leaderboard(ws: Workspace, exam: ExamBoard, metric: str) -> None:
    chart = model_charts.ranked_with_intervals(ranked(exam, metric), metric=metric_title(metric))
    show(chart, key="compare.ranked")
    table = champion_view.beside(ws, leaderboard_table(exam, metric), metric)
    numbers = [metric_title(name) for name in _quality(exam, metric)]
    st.dataframe(
        table,
        hide_index=True,
        key="compare.table",
        alt="Every run and simple rule with all of its metrics",
        column_config={
            "model": st.column_config.TextColumn(pinned=True),
            "trained": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "seconds": st.column_config.NumberColumn(format="%.1f"),
            **{name: st.column_config.NumberColumn(format="%.3f") for name in numbers},
        },
    )
    download_table(table, f"leaderboard {exam.pairs_digest}", key="compare.table.csv")


def leaderboard_table(exam: ExamBoard, metric: str = "ndcg@10") -> pd.DataFrame:
    """The leaderboard with headings for a reader; best on the metric first, baselines among the runs."""
    headings = NAMES | {name: metric_title(name) for name in _quality(exam, metric)} | FACTS
    table = exam.rows.sort_values(metric, ascending=False, kind="stable", ignore_index=True)
    table = titled(table)[list(headings)].rename(columns=headings)
    return table.assign(trained=pd.to_datetime(table["trained"], unit="s"))


def titled(rows: pd.DataFrame) -> pd.DataFrame:
    """Runs and baselines with the latter's names in the reader's words."""
    words = rows["model"].map(baseline_title)
    return rows.assign(
        model=rows["model"].where(rows["kind"] == "run", words),
        kind=rows["kind"].where(rows["kind"] == "run", "simple rule").replace("run", "model"),
    )


def _quality(exam: ExamBoard, metric: str) -> list[str]:
    """The metrics in the leaderboard: the chosen one, then those on lists of ten."""
    metrics = [name for name in exam.rows if name not in FACTS and name not in NAMES]
    return sorted(metrics, key=lambda name: (name != metric, not name.endswith("@10")))


def ranked(exam: ExamBoard, metric: str) -> pd.DataFrame:
    """Name, value, low, high, is_baseline of runs and baselines on one metric; no interval for the latter."""
    columns = ["name", "value", "low", "high"]
    runs = exam.intervals[exam.intervals["metric"] == metric].rename(columns={"model": "name"})[columns]
    baselines = titled(exam.rows[exam.rows["kind"] == "baseline"])
    others = pd.DataFrame({"name": baselines["model"], "value": baselines[metric]}).assign(
        low=float("nan"), high=float("nan")
    )
    parts = [runs.assign(is_baseline=False), others.assign(is_baseline=True)]
    return pd.concat(parts, ignore_index=True)


def _chosen_runs(exam: ExamBoard) -> list[str]:
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


def _by_k(ws: Workspace, exam: ExamBoard) -> None:
    left, right = st.columns([3, 1])
    with left:
        runs = _chosen_runs(exam)
    with right:
        metric = st.selectbox("Metric", list(BY_K), format_func=BY_K.__getitem__, key="compare.by_k")
    if not runs:
        return
    frame = compare.metric_by_k(ws, runs, metric).rename(columns={"model": "name"})
    frame["is_baseline"] = frame.pop("run_id") == ""
    frame["name"] = frame["name"].where(~frame["is_baseline"], frame["name"].map(baseline_title))
    show(model_charts.metric_by_k(frame, metric=BY_K[metric]), key="compare.by_k.chart")


def _learning(ws: Workspace, exam: ExamBoard) -> None:
    left, right = st.columns([3, 1])
    with left:
        runs = _chosen_runs(exam)
    with right:
        name = st.selectbox("Curve", list(CURVES), format_func=CURVES.__getitem__, key="compare.curve")
    if not runs:
        return
    frame = compare.curves(ws, runs, name).rename(columns={"model": "name"})
    if frame.empty:
        messages.empty("No curve to show", "These models are worked out in one go, not epoch by epoch.")
        return
    show(model_charts.learning_curves(frame, metric=CURVES[name]), key="compare.curve.chart")


def _likelihood(ws: Workspace, exam: ExamBoard, runs: list[str]) -> None:
    if not runs:
        return
    found = _likelihood_curves(str(ws.root), tuple(runs))
    if found.curves.empty:
        messages.empty("No probabilities were measured", "These runs had no validation part to calibrate on.")
        return
    st.caption(
        "A yes-or-no question: would this person choose this item? It is asked about real choices and, for "
        "each of them, about items drawn by chance. That mix is ours, so compare models on it, not tests."
    )
    left, right = st.columns(2, gap="large")
    curve = found.curves.rename(columns={"model": "name"})
    with left:
        base_rate = float(curve.loc[curve["recall"].idxmax(), "precision"])
        show(model_charts.precision_recall(curve, base_rate=base_rate), key="compare.pr")
    with right:
        show(
            model_charts.reliability(found.reliability.rename(columns={"model": "name"})),
            key="compare.reliability",
        )
    _threshold(ws, found.curves)


@st.cache_data(show_spinner=False, max_entries=8)
def _likelihood_curves(root: str, runs: tuple[str, ...]) -> LikelihoodCurves:
    """Finished runs never change, and their ids are never used twice."""
    return compare.likelihood_curves(Workspace(Path(root)), runs)


@st.fragment
@guarded
def _threshold(ws: Workspace, thresholds: pd.DataFrame) -> None:
    """What one threshold makes of the probabilities; moving it redraws only this part."""
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


def ways_on(ws: Workspace, card: DatasetCard, exam: ExamBoard) -> None:
    """The champion, and where to go with a result."""
    best = exam.rows[exam.rows["kind"] == "run"].iloc[0]
    runs = dict(zip(exam.rows["run_id"], exam.rows["model"], strict=True))
    runs.pop("", None)
    champion_view.section(ws, card.name, runs, key="compare", first=str(best["run_id"]))
    with st.container(horizontal=True):
        navigation.link(
            "pages/4_People.py",
            "See the best run's lists",
            icon="👤",
            query={"dataset": card.name, "run": str(best["run_id"])},
        )
        navigation.link("pages/2_Train.py", "Train another", icon="⚙️", query={"dataset": card.name})
        navigation.link(
            navigation.IF_RETRAIN,
            "What if the data were others?",
            icon="🧪",
            query={"dataset": card.name, "run": str(best["run_id"])},
        )

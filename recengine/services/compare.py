"""Which model is better, on which test, and by how much beyond chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.columns import Repeats
from recengine.services.datasets import dataset_card
from recengine.services.results import kept_baselines
from recengine.services.runs import Comparison, Run, get_run, list_runs, points, run_folder, run_report
from recengine.services.workspace import Workspace

ORDERED_BY = "ndcg@10"
SEED_COLUMNS = [field.name for field in fields(Comparison) if field.name != "metric"]
QUESTIONS = {
    "both": "everything may be listed",
    "new": "only what is new",
    "again": "only what was had before",
}


@dataclass(frozen=True)
class ExamBoard:
    """Runs that sat the very same test, so that their numbers may be compared.

    Attributes:
        key: of the test, stable: "<pairs digest>-<repeats>".
        title: the split, the question and the number of people, in words.
        current: whether it is a test on the data that the dataset's name means today.
        rows: run_id ("" for a baseline), model (title), kind ("run" or "baseline"), trained_at, seconds,
            epochs, settings (text: what differs from the preset), then one column per metric; best NDCG
            first.
        intervals: run_id, model, then the fields of `runs.Comparison`: the headline metrics of each run
            against the best baseline.
    """

    key: str
    title: str
    dataset_fingerprint: str
    current: bool
    repeats: Repeats
    pairs_digest: str
    num_people: int
    rows: pd.DataFrame
    intervals: pd.DataFrame


@dataclass(frozen=True)
class Leaderboard:
    """All finished runs of a dataset, by the test they sat; the test with the newest run first."""

    dataset: str
    exams: list[ExamBoard]

    def frame(self) -> pd.DataFrame:
        """Every exam's rows under each other, with the exam's title in front."""
        if not self.exams:
            return pd.DataFrame(columns=["exam", "run_id", "model", "kind"])
        parts = [exam.rows.assign(exam=exam.title) for exam in self.exams]
        together = pd.concat(parts, ignore_index=True)
        return together[["exam", *(name for name in together if name != "exam")]]


@dataclass(frozen=True)
class LikelihoodCurves:
    """P(like) of several runs; every frame has run_id and model in front.

    Attributes:
        curves: threshold (falling), precision, recall, false_positive_rate, f1, accuracy.
        reliability: predicted, observed, pairs, weight; equal-mass bins.
    """

    curves: pd.DataFrame
    reliability: pd.DataFrame


def leaderboard(ws: Workspace, dataset: str) -> Leaderboard:
    """The finished runs of a dataset and the baselines beside them.

    Raises:
        NotFoundError: no such dataset.
    """
    current = dataset_card(ws, dataset).fingerprint
    groups: dict[str, list[Run]] = {}
    for run in list_runs(ws, dataset, status="done"):
        if run.exam is not None:
            groups.setdefault(run.exam.key, []).append(run)
    return Leaderboard(dataset, [_board(runs, current) for runs in groups.values()])


def metric_by_k(ws: Workspace, run_ids: Sequence[str], metric: str = "ndcg") -> pd.DataFrame:
    """One metric at every K measured; columns run_id, model, k, value; the first run's baselines last."""
    rows = [
        {"run_id": run_id, "model": model, "k": int(key.rpartition("@")[2]), "value": value}
        for run_id, model, metrics in _everyone(ws, run_ids)
        for key, value in metrics.items()
        if key.rpartition("@")[0] == metric
    ]
    return pd.DataFrame(rows, columns=["run_id", "model", "k", "value"])


def halves(ws: Workspace, run_ids: Sequence[str], metric: str = ORDERED_BY) -> pd.DataFrame:
    """One metric on what people had before and on what is new to them, apart.

    Columns run_id, model, half ("again" or "new"), value, num_people; no rows where the question was
    one of the halves alone.
    """
    rows = [
        {
            "run_id": run.id,
            "model": run.title,
            "half": half,
            "value": metrics[metric],
            "num_people": int(metrics.get("num_people", 0)),
        }
        for run in (get_run(ws, run_id) for run_id in run_ids)
        for half, metrics in run.halves.items()
        if metric in metrics
    ]
    return pd.DataFrame(rows, columns=["run_id", "model", "half", "value", "num_people"])


def over_seeds(ws: Workspace, dataset: str, metric: str = ORDERED_BY) -> pd.DataFrame:
    """Models trained with several seeds: the chance of the seed told from the chance of the people.

    Columns model (its name), settings, seeds (how many), value (mean), spread (standard deviation over
    seeds), low, high (95 %, over seeds and people), baseline, baseline_value,
    difference, difference_low, difference_high, verdict, sentence. Runs of the newest test only.
    """
    boards = leaderboard(ws, dataset).exams
    runs = [get_run(ws, run_id) for run_id in boards[0].rows["run_id"] if run_id] if boards else []
    groups: dict[tuple[str, str], dict[int, Run]] = {}
    for run in reversed(runs):  # of two runs with one seed the better placed counts; they should be equal
        spec = run.spec.model_copy(update={"seed": 0})
        groups.setdefault((spec.model, settings_in_words(replace(run, spec=spec))), {})[run.spec.seed] = run
    rows = [
        _of_seeds(ws, name, list(same.values()), metric) for name, same in groups.items() if len(same) > 1
    ]
    return pd.DataFrame(rows, columns=["model", "settings", "seeds", "spread", *SEED_COLUMNS])


def _of_seeds(ws: Workspace, name: tuple[str, str], runs: list[Run], metric: str) -> dict[str, Any]:
    from recengine.metrics import metric_of
    from recengine.metrics.intervals import bootstrap, difference

    own_SU = np.stack([run_report(ws, run.id).values(metric) for run in runs])
    baselines = kept_baselines(ws, runs[0].baselines_at)
    found: dict[str, Any] = {
        "model": name[0],
        "settings": name[1],
        "seeds": len(runs),
        "spread": float(own_SU.mean(axis=1).std(ddof=1)),
    }
    mean = bootstrap(own_SU)
    found |= {"value": mean.mean, "low": mean.low, "high": mean.high}
    if not baselines:
        return found
    best = max(baselines, key=lambda baseline: baselines[baseline].metrics[metric])
    other_SU = np.broadcast_to(baselines[best].values(metric), own_SU.shape)
    gap = difference(other_SU, own_SU, better=metric_of(metric).better)
    return found | {
        "baseline": best,
        "baseline_value": baselines[best].metrics[metric],
        "difference": gap.interval.mean,
        "difference_low": gap.interval.low,
        "difference_high": gap.interval.high,
        "verdict": gap.verdict,
        "sentence": gap.sentence,
    }


def curves(ws: Workspace, run_ids: Sequence[str], name: str = "loss") -> pd.DataFrame:
    """What was measured while training, over each other; columns run_id, model, epoch, value."""

    def measured(run: Run) -> pd.DataFrame:
        found = points(ws, run.id)
        return found.loc[found["name"] == name, ["epoch", "value"]]

    return _stacked(ws, run_ids, measured, ["epoch", "value"])


def likelihood_curves(ws: Workspace, run_ids: Sequence[str]) -> LikelihoodCurves:
    """Precision, recall, ROC, thresholds and reliability of P(like); at most 400 points a curve.

    Runs without a P(like) (nobody to calibrate on) have no rows.
    """
    columns = ["threshold", "precision", "recall", "false_positive_rate", "f1", "accuracy"]
    bins = ["predicted", "observed", "pairs", "weight"]
    return LikelihoodCurves(
        curves=_stacked(ws, run_ids, lambda run: _kept(ws, run, "curves", columns), columns),
        reliability=_stacked(ws, run_ids, lambda run: _kept(ws, run, "reliability", bins), bins),
    )


def _kept(ws: Workspace, run: Run, name: str, columns: list[str]) -> pd.DataFrame:
    path = run_folder(ws, run.id) / "report" / f"{name}.parquet"
    return pd.read_parquet(path) if path.exists() else pd.DataFrame(columns=columns)


def confusion(ws: Workspace, run_id: str, threshold: float = 0.5) -> pd.DataFrame:
    """How many pairs the model called right and wrong at a threshold.

    Rows: what happened ("chosen", "not chosen"); columns: what the model said ("would like", "would
    not"). All zero where the run has no P(like).
    """
    like = run_report(ws, run_id).plike
    counts = pd.DataFrame(0, index=["chosen", "not chosen"], columns=["would like", "would not"])
    if like is None:
        return counts
    said = like.probabilities >= threshold
    for row, label in (("chosen", like.labels), ("not chosen", ~like.labels)):
        counts.loc[row] = [int((label & said).sum()), int((label & ~said).sum())]
    return counts


def _board(runs: list[Run], current: str) -> ExamBoard:
    newest, exam = runs[0], runs[0].exam
    assert exam is not None
    rows = [_row(run.id, run.title, "run", run.metrics, run) for run in runs]
    rows += [_row("", name, "baseline", metrics, None) for name, metrics in newest.baselines.items()]
    frame = pd.DataFrame(rows)
    if ORDERED_BY in frame:
        frame = frame.sort_values(ORDERED_BY, ascending=False, kind="stable", ignore_index=True)
    split = newest.spec.split.kind if newest.spec.split else ""
    return ExamBoard(
        key=exam.key,
        title=f"{split} split, {QUESTIONS[exam.repeats]}, {exam.num_people:,} people",
        dataset_fingerprint=newest.dataset_fingerprint,
        current=newest.dataset_fingerprint == current,
        repeats=exam.repeats,
        pairs_digest=exam.pairs_digest,
        num_people=exam.num_people,
        rows=frame,
        intervals=pd.DataFrame(
            [
                {"run_id": run.id, "model": run.title, **asdict(comparison)}
                for run in runs
                for comparison in run.comparisons
            ]
        ),
    )


def _row(run_id: str, model: str, kind: str, metrics: Mapping[str, float], run: Run | None) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "model": model,
        "kind": kind,
        "trained_at": run.ended_at if run else None,
        "seconds": run.seconds if run else None,
        "epochs": run.epochs if run else None,
        "settings": settings_in_words(run) if run else "",
        **metrics,
    }


def settings_in_words(run: Run) -> str:
    """What tells this run from another of the same model: preset, settings, edits, seed."""
    spec = run.spec
    changed = [f"{name} = {value}" for name, value in spec.settings.items()]
    seed = [f"seed {spec.seed}"] if spec.seed else []
    preset = [] if spec.preset == "balanced" else [spec.preset]
    histories = ["edited histories"] if spec.edits and spec.histories == "edited" else []
    return ", ".join([*preset, *changed, *spec.edits, *histories, *seed])


def _everyone(ws: Workspace, run_ids: Sequence[str]) -> list[tuple[str, str, Mapping[str, float]]]:
    """Id, title and metrics of the runs, then of the first run's baselines."""
    runs = [get_run(ws, run_id) for run_id in run_ids]
    baselines = runs[0].baselines if runs else {}
    return [
        *((run.id, run.title, run.metrics) for run in runs),
        *(("", name, metrics) for name, metrics in baselines.items()),
    ]


def _stacked(
    ws: Workspace, run_ids: Sequence[str], frame_of: Callable[[Run], pd.DataFrame], columns: list[str]
) -> pd.DataFrame:
    """A frame for each run, under each other, with run_id and model in front."""
    runs = [get_run(ws, run_id) for run_id in run_ids]
    frames = {run.id: frame_of(run) for run in runs}
    parts = [frames[run.id].assign(run_id=run.id, model=run.title) for run in runs if len(frames[run.id])]
    if not parts:
        return pd.DataFrame(columns=["run_id", "model", *columns])
    return pd.concat(parts, ignore_index=True)[["run_id", "model", *columns]]

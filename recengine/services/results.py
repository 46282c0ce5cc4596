"""A run's result: its metrics, the baselines on the same test, and what lies beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.core.columns import Repeats
from recengine.core.dataset import digest
from recengine.core.split import Split
from recengine.services.files import replacing_folder
from recengine.services.runs import Comparison, Exam
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.evaluation import Report

HEADLINES = ("ndcg", "precision", "recall", "f1", "hit_rate")  # compared with the baselines, person by person
HEADLINE_KS = (5, 10, 20)
PURCHASE_METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
# The simple rules every model is held against, for a reader.
BASELINES_IN_WORDS = {
    "popularity": "most popular",
    "popularity-28d": "popular of late",
    "habit": "own habit",
    "random": "drawing lots",
}
BASELINE_VERSION = 3  # raise it when a baseline or a metric changes: kept reports are then made afresh


def baselines_of(
    ws: Workspace, split: Split, repeats: Repeats, ks: Sequence[int] | None = None
) -> dict[str, Report]:
    """The baselines' reports on the split's test; computed once for each test and kept in the workspace.

    They learn from the unedited data, whatever the model beside them learnt from.
    """
    from recengine.services.evaluation import KS, baseline_reports

    ks, split = KS if ks is None else ks, split.unedited
    folder = ws.baselines / baselines_key(split, repeats, ks)
    if not folder.exists():
        with replacing_folder(folder) as draft:
            for name, report in baseline_reports(split, ks=ks, repeats=repeats).items():
                report.save(draft / name)
    return kept_baselines(ws, folder.name)


def baselines_key(split: Split, repeats: Repeats, ks: Sequence[int]) -> str:
    """The name under which the baselines of one test are kept."""
    split = split.unedited
    return digest(split.before_test.fingerprint, split.test.pairs_digest, repeats, *ks, BASELINE_VERSION)


def kept_baselines(ws: Workspace, key: str) -> dict[str, Report]:
    """The baselines kept under a key; none where nothing is kept."""
    from recengine.services.evaluation import Report

    folder = ws.baselines / key
    if not key or not folder.exists():
        return {}
    return {path.name: Report.load(path) for path in sorted(folder.iterdir())}


def baseline_title(name: str) -> str:
    """What a baseline does: "habit" -> "own habit"; a name nobody knows stays as it is."""
    return BASELINES_IN_WORDS.get(name, name)


def keep_curves(report: Report, folder: Path) -> None:
    """Write the curves of P(like) beside a report, so that a page need not sort all its pairs."""
    if report.plike is not None:
        report.plike.curves().to_parquet(folder / "curves.parquet", index=False)
        report.plike.reliability().to_parquet(folder / "reliability.parquet", index=False)


def result_of(report: Report, baselines: Mapping[str, Report]) -> dict[str, Any]:
    """What the database keeps of an exam, as JSON values."""
    return {
        "metrics": report.metrics,
        "baselines": {name: baseline.metrics for name, baseline in baselines.items()},
        "halves": report.halves,
        "comparisons": [asdict(comparison) for comparison in comparisons(report, baselines)],
        "exam": asdict(exam_of(report)),
        "likelihood": _likelihood(report),
        "protocols": protocols(report, baselines),
    }


def protocols(report: Report, baselines: Mapping[str, Report]) -> dict[str, Any]:
    """The named protocols: the reference article's yes-or-no question, with popularity beside it."""
    if report.plike is None:
        return {}
    asked = {
        "negatives_per_positive": report.plike.negatives_per_positive,
        "threshold": report.plike.threshold,
        "num_pairs": len(report.plike.labels),
    }
    popularity = baselines["popularity"].metrics if "popularity" in baselines else {}
    beside = {name: popularity[name] for name in PURCHASE_METRICS if name in popularity}
    own = {name: report.metrics[name] for name in PURCHASE_METRICS}
    return {"purchase-classification": {**asked, **own, "popularity": beside}}


def _likelihood(report: Report) -> dict[str, Any]:
    if report.plike is None:
        return {}
    return {**report.plike.calibrator.to_dict(), "sampling_rate": report.plike.sampling_rate}


def exam_of(report: Report) -> Exam:
    """Which test a report is about."""
    return Exam(
        pairs_digest=report.pairs_digest,
        repeats=report.repeats,
        num_people=report.num_people,
        num_cold_people=report.num_cold_people,
        num_cold_targets=report.num_cold_targets,
    )


def comparisons(report: Report, baselines: Mapping[str, Report]) -> list[Comparison]:
    """The headline metrics against the best baseline on each, with intervals over people.

    A run that is itself one of the baselines (the same lists for everyone) is held against the others.
    """
    keys = [f"{name}@{k}" for name in HEADLINES for k in HEADLINE_KS]
    others = {name: other for name, other in baselines.items() if not _same_lists(report, other)}
    return [comparison(report, others, key) for key in keys if key in report.metrics and others]


def _same_lists(report: Report, other: Report) -> bool:
    return report.per_person.equals(other.per_person)


def comparison(report: Report, baselines: Mapping[str, Report], key: str) -> Comparison:
    """One metric against the best of some others who were asked the same, with intervals over people."""
    from recengine.metrics.intervals import bootstrap, difference

    best = max(baselines, key=lambda name: baselines[name].metrics[key])
    own, other = report.values(key), baselines[best].values(key)
    mean, gap = bootstrap(own), difference(other, own)
    return Comparison(
        metric=key,
        value=mean.mean,
        low=mean.low,
        high=mean.high,
        baseline=best,
        baseline_value=baselines[best].metrics[key],
        difference=gap.interval.mean,
        difference_low=gap.interval.low,
        difference_high=gap.interval.high,
        verdict=gap.verdict,
        sentence=gap.sentence,
    )

"""Ask a finished run again: other list lengths, the other question, person by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from recengine.core.columns import Repeats
from recengine.services.datasets import prepare
from recengine.services.recommend import check_length
from recengine.services.results import baselines_of, comparisons, protocols
from recengine.services.runs import Comparison, Run, get_run, load_run_model, run_calibrator, run_report
from recengine.services.training import split_of
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.evaluation import Report


@dataclass(frozen=True)
class Examined:
    """A run's test with the baselines beside it.

    Attributes:
        people: one row a person: person (id), then one column per metric.
    """

    run: Run
    report: Report
    baselines: Mapping[str, Report]
    comparisons: Sequence[Comparison]
    people: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """The test as plain JSON values, as `--json` prints it."""
        report = self.report
        return {
            "run": self.run.id,
            "repeats": report.repeats,
            "ks": list(report.ks),
            "num_people": report.num_people,
            "num_left_out": report.num_left_out,
            "num_cold_people": report.num_cold_people,
            "num_cold_targets": report.num_cold_targets,
            "pairs_digest": report.pairs_digest,
            "metrics": report.metrics,
            "baselines": {name: baseline.metrics for name, baseline in self.baselines.items()},
            "halves": report.halves,
            "protocols": protocols(report, self.baselines),
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
        }


def examine(
    ws: Workspace,
    run_id: str,
    *,
    ks: Sequence[int] | None = None,
    repeats: Repeats | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Examined:
    """A finished run's test; what was kept is read, anything else is measured now.

    Args:
        ks: list lengths; by default those every run is measured at.
        repeats: which question; by default the one the run was trained for.
        progress: called with people done and people in all.

    Raises:
        NotFoundError: no such run, or it has no model yet.
        SettingsError: a list length below 1.
        DataError: nobody is left to ask.
    """
    from recengine.services.evaluation import KS, evaluate

    ks = tuple(sorted(set(ks or KS)))
    check_length(ks[0])
    run, model = get_run(ws, run_id), load_run_model(ws, run_id)
    split, asked = split_of(ws, run_id), repeats or run.spec.repeats
    if run.exam and (ks, asked) == (tuple(KS), run.exam.repeats):
        report = run_report(ws, run_id)
    else:
        calibrator = run_calibrator(ws, run_id)
        report = evaluate(model, split, ks=ks, repeats=asked, calibrator=calibrator, progress=progress)
    baselines = baselines_of(ws, split, report.repeats, ks)
    ids = prepare(ws, run.spec.dataset, run.dataset_fingerprint).users.ids
    people = report.per_person.assign(person=list(ids.take(report.per_person["person"].to_numpy())))
    return Examined(run, report, baselines, comparisons(report, baselines), people)

"""Other runs against the champion: the same people, the same questions, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from recengine.services.champion import Champion, champion
from recengine.services.compare import ORDERED_BY
from recengine.services.results import comparison
from recengine.services.runs import Comparison, Run, get_run, list_runs, run_report
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class Standing:
    """A dataset's champion and whoever is ahead of it.

    Attributes:
        run: the champion's run.
        ahead: the run with the highest value on the champion's exam, where it is another one; runs that
            learnt from edited data do not count.
        found: `ahead` against the champion; None where nobody is ahead.
    """

    champion: Champion
    run: Run
    ahead: Run | None
    found: Comparison | None


def standing(ws: Workspace, dataset: str, metric: str = ORDERED_BY) -> Standing | None:
    """Where the champion of a dataset stands; None where there is no champion."""
    made = champion(ws, dataset)
    if made is None:
        return None
    run = get_run(ws, made.run_id)
    rivals = [other for other in _same_exam(ws, run) if not other.spec.edits]
    best = max(rivals, key=lambda other: other.metrics.get(metric, 0.0), default=run)
    found = against_champion(ws, best, run, metric)
    return Standing(made, run, best if found else None, found)


def against_champion(
    ws: Workspace, run: Run, champion_run: Run, metric: str = ORDERED_BY
) -> Comparison | None:
    """A run minus the champion; None for the champion itself and where they sat different exams."""
    if run.id == champion_run.id or run not in _same_exam(ws, champion_run):
        return None
    report, other = run_report(ws, run.id), run_report(ws, champion_run.id)
    return comparison(report, {champion_run.title: other}, metric)


def beside_champions(ws: Workspace, runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Each run that sat the exam of its dataset's champion against it, by the run's id, as JSON values.

    Keys: run (the champion's), metric, difference (run minus champion over the same people) with low and high
    (95 %), verdict, sentence. A report of another version, which cannot be read any more, is left out.
    """
    made = {name: champion(ws, name) for name in {run.spec.dataset for run in runs}}
    kept = {name: get_run(ws, one.run_id) for name, one in made.items() if one is not None}
    told = {}
    for run in runs:
        if run.finished and (holder := kept.get(run.spec.dataset)) is not None:
            with suppress(Exception):
                if (found := against_champion(ws, run, holder)) is not None:
                    told[run.id] = _as_dict(holder, found)
    return told


def _as_dict(holder: Run, found: Comparison) -> dict[str, Any]:
    return {
        "run": holder.id,
        "metric": found.metric,
        "difference": found.difference,
        "low": found.difference_low,
        "high": found.difference_high,
        "verdict": found.verdict,
        "sentence": found.sentence,
    }


def _same_exam(ws: Workspace, run: Run) -> list[Run]:
    """The finished runs that sat a run's exam, itself among them."""
    done = list_runs(ws, run.spec.dataset, status="done")
    return [other for other in done if run.exam and other.exam and other.exam.key == run.exam.key]

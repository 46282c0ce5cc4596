"""How the reasons of a model differ once it has learnt from edited data: its drivers, side by side.

A step of its own, because for neural models it takes as long as a training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from recengine.core.words import MINUS, count, many
from recengine.services import learnt, tasks
from recengine.services.learnt import Learnt, LearntSpec
from recengine.services.learnt_drift import drifted
from recengine.services.verdict_json import frame_of, number, records, without_nan
from recengine.services.workspace import Workspace

SPEC = LearntSpec()  # as on the page What has it learnt: what was worked out there is used here
TOLD = 0.01  # of all weight: a smaller difference is not worth a sentence
COLUMNS = ["kind", "name", "base", "edited", "change", "low", "high", "moved"]


@dataclass(frozen=True, eq=False)
class Drift:
    """What drives the model with and without the edit, over the same people.

    Attributes:
        rows: kind ("action": having had the very item, "group": past actions of one category, "person" and
            "item": a feature), name, base and edited (shares of all weight, 0 to 1), change with low and
            high (95 %), moved (beyond chance and sampling error); the largest change first.
        agreement, low, high: rank correlation of the two orders, with its interval.
        sentence: the finding.
    """

    sentence: str
    num_people: int
    agreement: float
    low: float
    high: float
    rows: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain = {name: value for name, value in vars(self).items() if name != "rows"}
        return without_nan({**plain, "rows": records(self.rows)})

    @classmethod
    def of_dict(cls, described: Mapping[str, Any]) -> Self:
        """The drift that `as_dict` described."""
        ends = {name: number(described[name]) for name in ("agreement", "low", "high")}
        return cls(**{**described, **ends, "rows": frame_of(described["rows"], COLUMNS)})


def kept_drift(ws: Workspace, base_run_id: str, edited_run_id: str) -> Drift | None:
    """The drift, where the reasons of both runs have been worked out already.

    Raises:
        NotFoundError: no such run.
    """
    base, edited = (_kept(ws, run_id) for run_id in (base_run_id, edited_run_id))
    return None if base is None or edited is None else _drift(base, edited)


def ask_for_drift(ws: Workspace, base_run_id: str, edited_run_id: str) -> list[tasks.Task]:
    """Have the reasons worked out in the background that are not there yet; then `kept_drift` has them.

    Raises:
        NotFoundError: no such run, or it has no model yet.
        SettingsError: the model treats everybody alike, so that nothing of people drives it.
    """
    missing = [run_id for run_id in (base_run_id, edited_run_id) if _kept(ws, run_id) is None]
    return [learnt.start(ws, run_id, SPEC) for run_id in missing]


def reasons_drift(
    ws: Workspace,
    base_run_id: str,
    edited_run_id: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    device: str = "cpu",
) -> Drift:
    """The drift, worked out here and now.

    Args:
        progress: called with people done and people in all, for each run that is not worked out yet.

    Raises:
        NotFoundError, SettingsError: as `ask_for_drift`.
    """
    base, edited = (
        _kept(ws, run_id) or learnt.learn(ws, run_id, SPEC, progress=progress, device=device)
        for run_id in (base_run_id, edited_run_id)
    )
    return _drift(base, edited)


def _kept(ws: Workspace, run_id: str) -> Learnt | None:
    return next((found for found in learnt.kept(ws, run_id) if found.spec == SPEC), None)


def _drift(base: Learnt, edited: Learnt) -> Drift:
    found = drifted(base, edited)
    rows = found.rows.rename(columns={"first": "base", "second": "edited", "difference": "change"})[COLUMNS]
    return Drift(
        sentence=_in_a_sentence(rows, base.person, found.num_people),
        num_people=found.num_people,
        agreement=found.agreement,
        low=found.low,
        high=found.high,
        rows=rows,
    )


def _in_a_sentence(rows: pd.DataFrame, person: str, num_people: int) -> str:
    asked = f"over {count(num_people)} {many(person)}"
    told = rows[rows["moved"] & (rows["change"].abs() >= TOLD)]
    if told.empty:
        return f"The same things drive it as before, as far as can be told {asked}."
    most = told.iloc[0]
    sign = "+" if most["change"] > 0 else MINUS
    return (
        f"What drives it most differently, {asked}: “{most['name']}” has {100 * most['edited']:.0f} % of the "
        f"weight, {100 * most['base']:.0f} % before ({sign}{100 * abs(most['change']):.1f} points)."
    )

"""Verdicts as they count among each other: whoever asks often enough finds something by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recengine.services.what_if_store import Entered, entered
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.verdict import Verdict


def verdicts(ws: Workspace, found: Sequence[Entered]) -> dict[str, Verdict]:
    """The verdicts of these what-ifs, by id; final ones are counted among all of the same base run."""
    from recengine.services.verdict import Verdict

    told = {row.id: Verdict.of_dict(row.verdict) for row in found if row.verdict and row.outcome != "done"}
    for base in {row.ask.base for row in found}:
        told |= _counted([row for row in entered(ws, base=base) if row.outcome == "done"])
    return told


def _counted(final: Sequence[Entered]) -> dict[str, Verdict]:
    """Verdicts on one run, each among all questions that were asked of it; asked again is one question."""
    from recengine.services.verdict import Verdict, corrected

    told = {row.id: Verdict.of_dict(row.verdict) for row in final if row.verdict}
    question = {row.id: (row.ask.edits, row.ask.histories) for row in final if row.id in told}
    latest = {asked: row_id for row_id, asked in question.items()}
    known = [told[row_id] for row_id in latest.values()]
    counted = dict(zip(latest.values(), corrected(known), strict=True))
    for older in told.keys() - counted.keys():
        others = [told[other] for asked, other in latest.items() if asked != question[older]]
        counted[older] = corrected([told[older], *others])[0]
    return counted

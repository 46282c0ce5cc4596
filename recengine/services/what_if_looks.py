"""Verdicts as they count among each other: whoever asks often enough finds something by chance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from recengine.services.kept import Kept
from recengine.services.what_if_store import Entered, entered
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.services.verdict import Verdict


_decoded: Kept[Verdict] = Kept(size=200)


def verdicts(ws: Workspace, found: Sequence[Entered]) -> dict[str, Verdict]:
    """The verdicts of these what-ifs, by id; final ones are counted among all of the same base run."""
    from recengine.services.verdict import corrected

    told = {row.id: _verdict(row) for row in found if row.verdict and row.outcome != "done"}
    for base in {row.ask.base for row in found}:
        asked = entered(ws, base=base)
        final = {row.id: _verdict(row) for row in asked if row.verdict and row.outcome == "done"}
        told |= dict(zip(final, corrected(list(final.values())), strict=True))
    return told


def _verdict(row: Entered) -> Verdict:
    from recengine.services.verdict import Verdict

    return _decoded.get(row.verdict, lambda: Verdict.of_dict(json.loads(row.verdict)))

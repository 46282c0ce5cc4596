"""Explanation drift: what drives one run beside what drives another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.errors import SettingsError
from recengine.core.words import count, many
from recengine.explain.overall import drift
from recengine.services.learnt import Learnt
from recengine.services.learnt_views import FEWEST, SOURCE, effects_of


@dataclass(frozen=True, eq=False)
class Drifted:
    """Two runs' drivers side by side.

    Attributes:
        rows: kind, name, first and second (shares of all strengths), each with _low and _high, difference
            with its low and high, moved (beyond chance and sampling error); the largest difference first.
        agreement, low, high: rank correlation of the two orders, with its interval.
        num_people: asked of both runs.
        sentence: the finding.
    """

    first: str
    second: str
    rows: pd.DataFrame
    agreement: float
    low: float
    high: float
    num_people: int
    sentence: str

    def frame(self) -> pd.DataFrame:
        """The rows, for tables and exports."""
        return self.rows


def drifted(first: Learnt, second: Learnt) -> Drifted:
    """How the drivers of a second run differ from those of a first one, over the people asked of both.

    Raises:
        SettingsError: too few people were asked of both.
    """
    people = sorted(set(first.rows["person"]) & set(second.rows["person"]))
    if len(people) < FEWEST:
        raise SettingsError(
            f"only {len(people)} {many(first.person)} were asked of both runs; a comparison takes {FEWEST}. "
            "Work both out with the same draw."
        )
    parts = [one.rows[one.rows["person"].isin(people)] for one in (first, second)]
    sources = pd.concat(parts)[[*SOURCE, "sensitive"]].drop_duplicates(SOURCE).sort_values(SOURCE)
    found = drift(*(effects_of(rows, sources)[0] for rows in parts))
    spans = {"first": found.first, "second": found.second}
    shares: dict[str, Any] = {}
    for name, span in spans.items():
        shares |= {name: span.value, f"{name}_low": span.low, f"{name}_high": span.high}
    change = found.difference
    rows = sources.assign(
        **shares, difference=change.value, low=change.low, high=change.high, moved=found.moved
    )
    rows = rows.sort_values("difference", key=np.abs, ascending=False, ignore_index=True)
    return Drifted(
        first=first.model,
        second=second.model,
        rows=rows,
        agreement=found.agreement,
        low=found.low,
        high=found.high,
        num_people=len(people),
        sentence=_in_a_sentence(first, second, rows, len(people)),
    )


def _in_a_sentence(first: Learnt, second: Learnt, rows: pd.DataFrame, num_people: int) -> str:
    moved = rows[rows["moved"]]
    asked = f"over the same {count(num_people)} {many(first.person)}"
    if moved.empty:
        return f"{first.model} and {second.model} lean on the same things, as far as can be told {asked}."
    most = moved.iloc[0]
    return (
        f"The largest difference beyond chance, {asked}: “{most['name']}” has {100 * most['first']:.0f}% of "
        f"the weight in {first.model} and {100 * most['second']:.0f}% in {second.model}."
    )

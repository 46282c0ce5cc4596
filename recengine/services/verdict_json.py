"""Tables and numbers of a verdict as JSON has them, and back: NaN is null there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

WORDS = {"of", "id", "title", "segment", "said", "metric", "family", "verdict", "side", "run_id", "device"}
WORDS |= {"why", "person", "left", "entered", "kind", "name"}
COUNTS = {"num_people", "seed", "epochs", "events", "people", "items", "same"}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One object a row."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict(orient="records")]


def frame_of(described: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """The table that `records` described, with these columns even where it has no rows."""
    return pd.DataFrame({name: _column(name, described) for name in columns}, columns=list(columns))


def _column(name: str, described: Sequence[Mapping[str, Any]]) -> Any:
    """Words and yes-or-no as they are, numbers with NaN for null."""
    values = [record.get(name) for record in described]
    if name in WORDS:
        return pd.Series(values, dtype="str")
    kind = np.bool_ if name == "moved" else np.int64 if name in COUNTS else np.float64
    return np.array(values, kind)


def without_nan(value: Any) -> Any:
    """The same with null for NaN wherever it is, and numpy's numbers as plain ones."""
    if isinstance(value, Mapping):
        return {name: without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(one) for one in value]
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value


def number(value: float | None) -> float:
    """NaN for null."""
    return float("nan") if value is None else value

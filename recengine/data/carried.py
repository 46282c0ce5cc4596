"""Columns that events carry along about their item or their person: a description, a country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from recengine.data.kinds import read_features
from recengine.data.tables import Table
from recengine.data.texts import is_no_text, texts

SAME = 0.95  # share of rows that must agree with the usual value of their id
SEVERAL = 2  # rows an id needs to show whether its value stays the same


def find_carried(sample: pa.Table, id_column: str, others: Sequence[str]) -> list[str]:
    """The columns that say the same in (nearly) every row of an id, and not the same of all ids."""
    ids = texts(sample.column(id_column)).to_pandas()
    several = ids.map(ids.value_counts()) >= SEVERAL
    return [name for name in others if _belongs(ids[several], sample.column(name), several)]


def _belongs(ids: pd.Series[str], column: pa.ChunkedArray, several: pd.Series[bool]) -> bool:
    if is_no_text(column.type) or len(ids) == 0:
        return False
    values = texts(column).to_pandas()[several].fillna("")
    if values.nunique() < 2:
        return False
    together = pd.DataFrame({"id": ids, "value": values}).value_counts().groupby("id").max()
    return bool(together.sum() / len(ids) >= SAME)


@dataclass
class Carried:
    """Collects what the events say of each id: the first value that is not missing.

    Attributes:
        columns: the columns in question.
    """

    id_column: str
    columns: list[str]
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, table: pa.Table) -> None:
        """The next rows of the events."""
        if self.columns:
            frame = pd.DataFrame(
                {n: texts(table.column(n)).to_pandas() for n in (self.id_column, *self.columns)}
            )
            self._parts.append(frame.groupby(self.id_column, sort=False).first().reset_index())

    def table(self) -> Table | None:
        """A table as if it had come in a file of its own; None if there is nothing in it."""
        if not self._parts:
            return None
        frame = pd.concat(self._parts).groupby(self.id_column, sort=False).first().reset_index()
        columns = pa.Table.from_pandas(frame[self.columns], preserve_index=False)
        features, kinds, title = read_features(columns)
        features.insert(0, self.id_column, frame[self.id_column])
        return Table(features, self.id_column, kinds, title)

"""Values of categories as numbers: which ones an item has, and how many items have each. I items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Kind
from recengine.core.ragged import Ragged
from recengine.data.encoders import SEPARATOR


@dataclass(frozen=True)
class ItemValues:
    """Row i of `of_item` holds the codes of item i's values; none where unknown.

    Attributes:
        names: what each code stands for.
        single: whether no item has two values.
    """

    of_item: Ragged
    names: tuple[str, ...]

    @cached_property
    def single(self) -> bool:
        return int(self.of_item.lengths.max(initial=0)) <= 1

    @cached_property
    def codes(self) -> dict[str, int]:
        """The code of each name."""
        return {name: code for code, name in enumerate(self.names)}

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many items have each value."""
        return np.bincount(self.of_item.values, minlength=len(self.names))

    def having(self, name: str) -> NDArray[np.bool_]:
        """Which items have this value, shape (I,); none has a name that is not known."""
        has_I = np.zeros(len(self.of_item), bool)
        if name in self.codes:
            has_I[self.of_item.rows[self.of_item.values == self.codes[name]]] = True
        return has_I


def values_of(features: pd.DataFrame, columns: dict[str, Kind]) -> ItemValues:
    """The values of these columns; of several, "column: value" is the name of each."""
    texts = [_texts(features[name], kind, name if len(columns) > 1 else "") for name, kind in columns.items()]
    parts = pd.concat(texts) if texts else pd.Series(dtype="str")
    codes, names = pd.factorize(parts, sort=True)
    pairs = pd.DataFrame({"item": parts.index.to_numpy(np.int64), "code": codes}).drop_duplicates()
    rows = Ragged.of_rows(pairs["item"].to_numpy(), pairs["code"].to_numpy(np.int32), len(features))
    return ItemValues(rows, tuple(map(str, names)))


def _texts(column: pd.Series, kind: Kind, prefix: str) -> pd.Series:
    """One text per value, the item's code beside it; missing and empty ones are left out."""
    known = column.reset_index(drop=True).dropna().astype("str")
    parts = known.str.split(SEPARATOR).explode() if kind == "multi" else known
    parts = parts.str.strip()
    parts = parts[parts != ""]
    return prefix + ": " + parts if prefix else parts

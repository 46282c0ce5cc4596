"""Rules that count, as arrays: how many items of which values a list of k places may and must have.

I items, R counted values, G groups of needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.strategy.pool import CatalogueFacts
from recengine.strategy.rules import Bound, Rule


class Limits(NamedTuple):
    """What compiled loops read: item i counts for ids[offsets[i] : offsets[i + 1]].

    Attributes:
        low, high: int64, shape (R,): from `low` to `high` of these among the k places.
        group: int32, shape (R,): needs of one group are never met by one item; -1 without a need.
    """

    offsets: NDArray[np.int64]
    ids: NDArray[np.int32]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    group: NDArray[np.int32]


@dataclass(frozen=True)
class Bounds:
    """The bounds of a strategy for lists of k places.

    Attributes:
        keys: the column and value that each counts.
        rules: the rules each comes from.
        one_column: whether all are over one column of single values. Taking the best that fits, place
            by place, then keeps every bound that can be kept; otherwise that has to be looked at.
    """

    limits: Limits
    keys: tuple[tuple[str, str], ...]
    rules: tuple[tuple[Bound, ...], ...]
    one_column: bool

    def counts(self, items_LK: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many of each are on each list, shape (L, R)."""
        lists, _ = np.nonzero(items_LK >= 0)
        rows = Ragged(self.limits.offsets, self.limits.ids).take(items_LK[items_LK >= 0].astype(np.int64))
        size = len(self.keys)
        cells = lists[rows.rows] * size + rows.values
        return np.bincount(cells, minlength=len(items_LK) * size).reshape(len(items_LK), size)


def bounds_of(rules: Sequence[Rule], facts: CatalogueFacts, k: int) -> Bounds:
    """The bounds of these rules; several over one value become one."""
    found: dict[tuple[str, str], list[Bound]] = {}
    for rule in rules:
        if isinstance(rule, Bound):
            for value in [rule.value] if rule.value else facts.values(rule.column).names:
                found.setdefault((rule.column, value), []).append(rule)
    keys = tuple(found)
    low = np.array([max(rule.low(k) for rule in found[key]) for key in keys], np.int64)
    high = np.array([min(rule.high(k) for rule in found[key]) for key in keys], np.int64)
    counted = _counted(keys, facts)
    columns = {column for column, _ in keys}
    limits = Limits(counted.offsets, counted.values, low, high, _groups(keys, low, facts))
    one_column = len(columns) <= 1 and all(facts.values(column).single for column in columns)
    return Bounds(limits, keys, tuple(tuple(found[key]) for key in keys), one_column)


def _counted(keys: Sequence[tuple[str, str]], facts: CatalogueFacts) -> Ragged:
    """For which bounds each item counts."""
    items, ids = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
    for column in dict.fromkeys(column for column, _ in keys):
        values = facts.values(column)
        id_of_code = np.full(len(values.names), -1, np.int32)
        for place, (name, value) in enumerate(keys):
            if name == column:
                id_of_code[values.codes[value]] = place
        ids.append(id_of_code[values.of_item.values])
        items.append(values.of_item.rows)
    all_items, all_ids = np.concatenate(items), np.concatenate(ids)
    return Ragged.of_rows(all_items[all_ids >= 0], all_ids[all_ids >= 0], facts.num_items)


def _groups(
    keys: Sequence[tuple[str, str]], low: NDArray[np.int64], facts: CatalogueFacts
) -> NDArray[np.int32]:
    """Needs over one column of single values share a group; others have one each."""
    names = [column if facts.values(column).single else f"{column}\0{value}" for column, value in keys]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(np.array(names, object)[low > 0]))}
    found = [numbers[name] if need else -1 for name, need in zip(names, low, strict=True)]
    return np.array(found, np.int32)

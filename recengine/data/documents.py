"""Documents as rows: fields of fields by dotted path, one row per element of a list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from recengine.core.dataset import as_id
from recengine.data.mapping import guess_mapping

Document: TypeAlias = dict[str, Any]
MOST_COLUMNS = 500  # documents that use ids as keys would have one per id
PLAIN = (str, int, float, bool, datetime, type(None))  # what Arrow takes as it is
WORDS = {"str": "text", "int": "whole number", "Int64": "whole number", "float": "number", "bool": "yes/no"}
WORDS |= {"datetime": "date", "DatetimeMS": "date", "Decimal128": "number", "list": "list"}


@dataclass(frozen=True)
class Shape:
    """What some documents hold.

    Attributes:
        kinds: by dotted path, the types of the values found there, the most frequent first.
        lists: paths whose values are lists.
    """

    kinds: dict[str, list[str]]
    lists: list[str]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Shape:
        """Keys that no path can name (with a dot, or a $ in front) are left out."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for document in documents:
            _look(document, "", found)
        lists = [path for path, kinds in found.items() if kinds.pop("list", 0)]
        kept = sorted(found, key=lambda path: -found[path].total())[:MOST_COLUMNS]
        kinds = {path: [kind for kind, _ in found[path].most_common()] for path in found if path in kept}
        return cls({path: kind for path, kind in kinds.items() if kind}, lists)

    def type_of(self, path: str) -> str:
        """In words: text, whole number, date..."""
        known = dict.fromkeys(WORDS.get(kind, kind) for kind in self.kinds[path])
        return " or ".join(known)


def _look(value: Any, path: str, found: dict[str, Counter[str]]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key and "." not in key and not key.startswith("$"):
                _look(inner, f"{path}.{key}" if path else key, found)
    elif isinstance(value, list):
        found[path]["list"] += 1
        for inner in value:
            _look(inner, path, found)
    elif value is not None:
        found[path][type(value).__name__] += 1


@dataclass(frozen=True)
class Unwound:
    """Documents of a shape, one row each, or one row per element of a list in them.

    Attributes:
        at: the path of that list; "" for none.
    """

    shape: Shape
    at: str = ""

    @property
    def columns(self) -> list[str]:
        """Paths with values; what lies in the list comes last, as fields of the document lead."""
        return sorted(self.shape.kinds, key=self.inside)

    def inside(self, path: str) -> bool:
        """Whether the path leads into the list."""
        return bool(self.at) and (path == self.at or path.startswith(f"{self.at}."))

    def needed(self, columns: Sequence[str]) -> dict[str, int]:
        """A projection that fetches these columns and no more than it must."""
        asked = {*columns} if any(map(self.inside, columns)) or not self.at else {*columns, self.at}
        wide = {path for path in asked if not any(path.startswith(f"{other}.") for other in asked)}
        return {"_id": int("_id" in asked), **dict.fromkeys(sorted(wide - {"_id"}), 1)}

    def rows(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Any]]:
        """Each row's document and its element; a document whose list is empty still gives one row."""
        if not self.at:
            yield from ((document, None) for document in documents)
            return
        parts = self.at.split(".")
        for document in documents:
            elements = value_at(document, parts)
            for element in elements if isinstance(elements, list) and elements else [elements or None]:
                yield document, element

    def table(self, rows: Sequence[tuple[Document, Any]], columns: Sequence[str]) -> pa.Table:
        """The rows' cells in typed columns; text where one holds several types."""
        return pa.table([column_of(self._cells(rows, path)) for path in columns], names=list(columns))

    def _cells(self, rows: Sequence[tuple[Document, Any]], path: str) -> list[Any]:
        if path == self.at:
            return [element for _, element in rows]
        if self.inside(path):
            parts = path[len(self.at) + 1 :].split(".")
            return [value_at(element, parts) for _, element in rows]
        parts = path.split(".")
        if len(parts) == 1:
            return [document.get(path) for document, _ in rows]
        return [value_at(document, parts) for document, _ in rows]


def value_at(value: Any, parts: Sequence[str]) -> Any:
    """What lies at a path; a list of what its elements hold where it leads through a list."""
    for place, part in enumerate(parts):
        if isinstance(value, list):
            found = (value_at(inner, parts[place:]) for inner in value)
            return [inner for inner in found if inner is not None]
        value = value.get(part) if isinstance(value, dict) else None
    return value


def column_of(cells: list[Any]) -> pa.Array:
    """One column; mixed types, ids of the store's own kind, lists and bytes become text."""
    kinds = set(map(type, cells))
    if not kinds.issubset(PLAIN):
        cells = [_plain(cell) for cell in cells]
        kinds = set(map(type, cells))
    if bool in kinds and len(kinds - {type(None)}) > 1:
        return _texts(cells)
    try:
        return pa.array(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _texts(cells)


def _texts(cells: list[Any]) -> pa.Array:
    return pa.array([None if cell is None else as_id(cell) for cell in cells], pa.string())


def _plain(cell: Any) -> Any:
    """A value that Arrow takes; an object is nothing by itself, its fields have columns of their own."""
    if isinstance(cell, dict) or cell is None:
        return None
    if isinstance(cell, list):
        return "|".join(as_id(_plain(inner)) for inner in cell if not isinstance(inner, dict | None))
    if isinstance(cell, bytes):
        return cell.hex()
    if hasattr(cell, "to_decimal"):  # bson's Decimal128
        number = cell.to_decimal()
        return int(number) if number.is_finite() and number == number.to_integral_value() else float(number)
    for kind in (int, float):
        if isinstance(cell, kind) and not isinstance(cell, bool):  # bson's Int64 is an int of its own
            return kind(cell)
    return cell if isinstance(cell, PLAIN) else str(cell)


def where_events_lie(shape: Shape, documents: Sequence[Document]) -> str:
    """The list whose elements are the events: one that holds the person or the item. "" if none does."""
    for path in shape.lists:
        guess = guess_mapping(frame_of(Unwound(shape, path), documents)).mapping
        if any(name and Unwound(shape, path).inside(name) for name in (guess.user, guess.item)):
            return path
    return ""


def frame_of(unwound: Unwound, documents: Sequence[Document]) -> pd.DataFrame:
    """Documents at hand as a frame."""
    table = unwound.table(list(unwound.rows(documents)), unwound.columns)
    return table.to_pandas(integer_object_nulls=True)

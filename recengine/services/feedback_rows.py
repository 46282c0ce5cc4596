"""Rows of a file or a table as events of feedback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import digest
from recengine.core.errors import DataError, did_you_mean
from recengine.services.feedback import Event

if TYPE_CHECKING:
    import pyarrow as pa

    from recengine.data.data_file import DataFile
    from recengine.data.times import TimeFormat

Numbers: TypeAlias = NDArray[np.float64]
NEEDED = ("list_id", "item", "kind")


def columns_of(file: DataFile, said: Mapping[str, str]) -> dict[str, str]:
    """The column of each field of an event, as far as there is one.

    Raises:
        DataError: one that is needed is not there, or nothing could tell rows apart.
    """
    if unknown := [name for name in said if name not in Event._fields]:
        raise DataError(f"an event has no field '{unknown[0]}'. {did_you_mean(unknown[0], Event._fields)}")
    called = {name.lower(): name for name in reversed(file.columns)}
    found = {}
    for name in Event._fields:
        column = called.get(said.get(name, name).lower())
        if column is not None:
            found[name] = column
        elif name in said or name in NEEDED:
            wanted = said.get(name, name)
            raise DataError(
                f"there is no column '{wanted}' to be the {name} of the events. "
                f"{did_you_mean(wanted, file.columns)} Say which with --column {name}=COLUMN."
            )
    if "event_id" not in found and "at" not in found:
        raise DataError(
            "the rows have neither an event_id nor a time (at), so rows read twice could not be told from "
            "new ones. Say which column is one of them with --column event_id=COLUMN or at=COLUMN."
        )
    return found


class TimeCells:
    """Reads the cells of a column of moments; how they are written is seen in the first that come."""

    def __init__(self, name: str | None) -> None:
        self._name = name or "at"
        self._written: TimeFormat | None = None

    def read(self, cells: pa.Array) -> list[float | None]:
        """Seconds since 1970; None where there is nothing, NaN where it cannot be read.

        Raises:
            DataError: they are no moments, or one of them can be read in two ways.
        """
        from recengine.data.times import guess_time, is_moment

        self._written = self._written or guess_time(cells, self._name)
        if cells.null_count == len(cells):
            return [None] * len(cells)
        if self._written is None or self._written.kind != "date":
            raise self._no_moments(cells[0].as_py())
        if self._written.pattern is None or is_moment(cells.type):
            return _or_none(self._written.read(cells), cells)
        return _or_none(self._texts(cells), cells)

    def _texts(self, cells: pa.Array) -> Numbers:
        from recengine.data.texts import texts
        from recengine.data.times import all_iso, read_texts

        if (seconds := all_iso(cells)) is not None:
            return seconds
        found = read_texts(texts(cells))
        open_ = np.isfinite(found.dmy) & np.isfinite(found.mdy) & (found.dmy != found.mdy)
        if open_.any():
            raise self._no_moments(cells[int(open_.argmax())].as_py())
        return np.where(np.isnan(found.dmy), found.mdy, found.dmy)

    def _no_moments(self, cell: object) -> DataError:
        return DataError(
            f"column '{self._name}' holds no moments that can be read for sure: {cell!r}. Use ISO text such "
            "as 2026-03-01T09:30:00Z, or seconds since 1970."
        )


def events_of(table: pa.Table, columns: dict[str, str], at: TimeCells) -> list[Event]:
    """A row each; a cell that cannot be read is put so that the event is refused."""
    from recengine.data.texts import numbers, texts

    nothing: list[Any] = [None] * len(table)

    def words(name: str) -> list[str | None]:
        return texts(table.column(columns[name])).to_pylist() if name in columns else nothing

    def values(name: str) -> list[float | None]:
        if name not in columns:
            return nothing
        return _or_none(numbers(table.column(columns[name])), table.column(columns[name]))

    lists, items, kinds = ([cell or "" for cell in words(name)] for name in NEEDED)
    kinds = [kind.lower() for kind in kinds]
    amounts, moments = (
        values("value"),
        nothing if "at" not in columns else at.read(table.column(columns["at"])),
    )
    positions = [None if one is None else int(one) if one % 1 == 0 else 0 for one in values("position")]
    if "event_id" in columns:
        ids = [cell or "" for cell in words("event_id")]
    else:
        ids = [f"row-{digest(*row)}" for row in zip(lists, items, kinds, amounts, moments, strict=True)]
    return list(map(Event, ids, lists, items, kinds, amounts, moments, positions, words("person")))


def _or_none(found: Numbers, cells: pa.Array) -> list[float | None]:
    """The numbers; None where the cell is empty, NaN where it is not but holds no number."""
    if not np.isnan(found).any():
        return list(found.tolist())
    import pyarrow as pa

    from recengine.data.texts import texts

    there = (texts(cells) if pa.types.is_string(cells.type) else cells).is_valid().to_pylist()
    return [number if known else None for number, known in zip(found.tolist(), there, strict=True)]

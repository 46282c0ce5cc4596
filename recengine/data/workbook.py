"""Workbooks of Excel and LibreOffice: one sheet, or all sheets of the same columns one after the other."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from recengine.core.errors import DataError, Question, did_you_mean
from recengine.data.data_file import BATCH_ROWS, DataFile, Tables
from recengine.data.layout import SAMPLE_LINES, has_header, lines_above, names_of
from recengine.data.packing import BOMB_BYTES, BOMB_TIMES
from recengine.data.texts import plain

ALL = "all"  # the answer that takes every sheet
XLS = bytes.fromhex("d0cf11e0a1b11ae1")
INSIDE = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")  # of .xlsx, .xlsb, .ods
WHOLE = 1e15  # larger numbers have lost digits anyway


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook, by its content."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == XLS:
        return True
    return zipfile.is_zipfile(path) and any(name in INSIDE for name in zipfile.ZipFile(path).namelist())


class WorkbookFile(DataFile):
    """Cells of a workbook, every one read as text; it is read whole.

    Args:
        sheet: the name of the sheet, or "all"; None where there is only one with rows in it.
    """

    form = "workbook"

    def __init__(self, path: Path, header: bool | None = None, sheet: str | None = None) -> None:
        self._sheet = sheet
        super().__init__(path, header)

    def _look(self, header: bool | None) -> None:
        _refuse_bombs(self.path)
        sheets = {
            name: found for name, rows in _sheets(self.path) if (found := _Sheet(rows, header)).is_table
        }
        if not sheets:
            raise DataError("it holds no rows. Choose a workbook with one event per row.")
        self._parts = self._chosen(sheets)
        self.columns, self.header = self._parts[0].columns, self._parts[0].header
        self.above = tuple(line for part in self._parts for line in part.above)

    def _chosen(self, sheets: dict[str, _Sheet]) -> list[_Sheet]:
        alike = len({tuple(sheet.columns) for sheet in sheets.values()}) == 1
        if len(sheets) == 1 or (self._sheet == ALL and alike):
            return list(sheets.values())
        if self._sheet in sheets:
            return [sheets[self._sheet]]
        if self._sheet is not None:
            raise DataError(f"there is no sheet '{self._sheet}'. {did_you_mean(self._sheet, sheets)}")
        total = sum(len(sheet.rows) for sheet in sheets.values())
        every = {ALL: f"{total:,} rows of all {len(sheets)} sheets, one after the other"} if alike else {}
        raise Question("sheet", self.path.name, every | {name: one.words for name, one in sheets.items()})

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells are text; empty ones are null."""
        places = [self.columns.index(name) for name in columns]
        for part in self._parts:
            for start in range(0, len(part.rows), BATCH_ROWS):
                rows = part.rows[start : start + BATCH_ROWS]
                cells = ([row[place] if place < len(row) else None for row in rows] for place in places)
                yield pa.table([pa.array(column, pa.string()) for column in cells], names=columns)


class _Sheet:
    """One sheet's rows below its header.

    Attributes:
        rows: cells as text, None where empty; rows without any are left out.
    """

    def __init__(self, rows: Iterator[list[Any]], header: bool | None) -> None:
        texts = ([_text(cell) for cell in row] for row in rows)
        self.rows = [_short(row) for row in texts if any(row)]
        self.columns: list[str] = []
        self.header = False
        self.above: tuple[str, ...] = ()
        if self.rows:
            self._find_header(header)

    def _find_header(self, header: bool | None) -> None:
        start = [[cell or "" for cell in row] for row in islice(self.rows, SAMPLE_LINES)]
        width = max(map(len, start))
        start = [row + [""] * (width - len(row)) for row in start]
        num_above = 0 if header is False else lines_above(start, width, header)
        self.header = has_header(start[num_above:], width) if header is None else header
        self.columns = names_of(start[num_above] if self.header else [], width)
        self.above = tuple(" ".join(filter(None, row)) for row in self.rows[:num_above])
        self.rows = self.rows[num_above + self.header :]

    @property
    def is_table(self) -> bool:
        """A title page or remarks are none."""
        return bool(self.rows) and len(self.columns) > 1

    @property
    def words(self) -> str:
        """What it holds, for whoever has to choose."""
        return f"{len(self.rows):,} rows with {', '.join(self.columns[:6])}"


def _sheets(path: Path) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise DataError(
            'workbooks need one more package: pip install "python-calamine". Or save the sheet as CSV.'
        ) from None
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            yield name, iter(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    except CalamineError as error:
        raise DataError(
            f"it is no whole workbook: {error}. Save it again, or save the sheet as CSV."
        ) from None


def _refuse_bombs(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    unpacked = sum(member.file_size for member in zipfile.ZipFile(path).infolist())
    if unpacked > max(BOMB_BYTES, BOMB_TIMES * path.stat().st_size):
        raise DataError(
            f"it unpacks to {unpacked / 2**30:,.0f} GB, as no workbook does. "
            "Save the sheet as CSV if you trust it."
        )


def _short(row: list[str | None]) -> list[str | None]:
    """The row without the empty cells at its end."""
    while row[-1] is None:
        row.pop()
    return row


def _text(cell: Any) -> str | None:
    """A cell as a CSV would have it."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < WHOLE else plain(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return str(cell).strip() or None

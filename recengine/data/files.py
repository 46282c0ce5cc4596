"""Files in the forms data come in, read in batches so that their size does not matter.

CSV, TSV and any other delimiter, with or without header, in common encodings; Parquet; JSON
lines; plain or packed. To add a form: write its class, then add its line to FORMATS.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from recengine.core.dataset import as_id
from recengine.core.errors import DataError
from recengine.data.cleaning import EXAMPLES
from recengine.data.layout import BLANKS, clean_name, find_layout
from recengine.data.packing import Utf8Stream, errors_in_words, find_encoding, is_packed, open_bytes
from recengine.data.texts import MISSING_WORDS

Tables = Iterator[pa.Table]
BLOCK_BYTES = 16 * 2**20  # read at a time
BATCH_ROWS = 262_144
HEAD_BYTES = 2**20  # looked at to find out how a file is written
CONTROL = re.compile(r"[\x00\x02-\x08\x0b\x0e-\x1e\x7f\ufffd]")
MOST_CONTROL = 0.06  # share of characters that no text has; in packed bytes every tenth is one
CELL = "\x1f"  # stands between cells once a longer delimiter has been replaced


@dataclass(frozen=True)
class Preview:
    """The start of a file, and how it is written.

    Attributes:
        frame: the first rows, as the importer reads them.
        format: a name in FORMATS.
        delimiter, encoding, header: of text files; "" and None otherwise.
        num_bytes: size on disk.
    """

    frame: pd.DataFrame
    format: str
    delimiter: str
    encoding: str
    header: bool | None
    num_bytes: int


class DataFile(ABC):
    """One file, read from its start as often as asked.

    Attributes:
        columns: names of the columns, cleaned and distinct.
        delimiter, encoding, header: how a text file is written.
    """

    form: ClassVar[str]
    delimiter: str = ""
    encoding: str = ""
    header: bool | None = None

    def __init__(self, path: Path, header: bool | None = None) -> None:
        self.path = path
        self.columns: list[str] = []
        self._malformed: list[str] = []
        self._num_malformed = 0
        self._look(header)

    @abstractmethod
    def _look(self, header: bool | None) -> None:
        """Find out how the file is written, and its columns."""

    def batches(self, columns: Sequence[str] | None = None, block_bytes: int = BLOCK_BYTES) -> Tables:
        """The rows in pieces, in file order, with these columns only (all if None).

        Raises:
            DataError: the file is cut off or broken somewhere.
        """
        self._malformed, self._num_malformed = [], 0
        with errors_in_words(self.path):
            yield from self._read(self.columns if columns is None else list(columns), block_bytes)

    @abstractmethod
    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """The rows in pieces of about that many bytes, with these columns."""

    @property
    def malformed(self) -> tuple[int, tuple[str, ...]]:
        """How many rows could not be made out, among those read so far, and the first few of them."""
        return self._num_malformed, tuple(self._malformed)

    def _set_aside(self, text: str) -> None:
        self._num_malformed += 1
        if len(self._malformed) < EXAMPLES:
            self._malformed.append(text[:200])


class TextFile(DataFile):
    """Cells between delimiters; every cell is read as text."""

    form = "text"

    def _look(self, header: bool | None) -> None:
        self.encoding = find_encoding(self.path)
        with open_bytes(self.path) as stream:
            head = stream.read(HEAD_BYTES)
        text = head.decode(self.encoding, errors="replace")
        if len(CONTROL.findall(text)) > MOST_CONTROL * len(text):
            raise DataError("it is no text and no Parquet. Save the data as CSV, Parquet or JSON lines.")
        if len(head) == HEAD_BYTES and "\n" in text:
            text = text[: text.rfind("\n")]
        self.layout = find_layout(text, header)
        self.columns = list(self.layout.columns)
        self.delimiter, self.header = self.layout.delimiter, self.layout.header

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells are text, words for "missing" are null."""
        if self.layout.lists:
            yield from self._lists(block_bytes)
            return
        try:
            yield from map(pa.table, self._reader(columns, block_bytes))
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):  # a header and nothing else
                raise

    def _reader(self, columns: list[str], block_bytes: int) -> Iterator[pa.RecordBatch]:
        layout, narrow = self.layout, len(self.layout.delimiter) == 1
        batches: Iterator[pa.RecordBatch] = pa.csv.open_csv(
            self._stream(),
            pa.csv.ReadOptions(column_names=self.columns, skip_rows=layout.skip, block_size=block_bytes),
            pa.csv.ParseOptions(
                delimiter=layout.delimiter if narrow and layout.delimiter.isascii() else CELL,
                quote_char=False if layout.quoting == "none" else '"',
                escape_char="\\" if layout.quoting == "escaped" else False,
                newlines_in_values=layout.multiline,
                invalid_row_handler=self._skip,
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                include_columns=columns,
                null_values=MISSING_WORDS,
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        return batches

    def _skip(self, row: Any) -> str:
        found = f"{row.actual_columns} cells where {row.expected_columns} are wanted"
        self._set_aside(f"{found}: {row.text}")
        return "skip"

    def _stream(self) -> Any:
        delimiter = self.layout.delimiter
        if len(delimiter) > 1 or not delimiter.isascii():
            return Utf8Stream(open_bytes(self.path), self.encoding, self._with_cells_marked)
        if self.encoding not in ("utf-8", "utf-8-sig"):
            return Utf8Stream(open_bytes(self.path), self.encoding, str)
        return open_bytes(self.path) if is_packed(self.path) else pa.OSFile(str(self.path))

    def _with_cells_marked(self, text: str) -> str:
        """The text with one character between cells, for the reader takes no more."""
        delimiter = self.layout.delimiter
        return re.sub(BLANKS, CELL, text) if delimiter == BLANKS else text.replace(delimiter, CELL)

    def _lists(self, block_bytes: int) -> Iterator[pa.Table]:
        """Lines "person item item item" as one row per item."""
        with open_bytes(self.path) as lines:
            for _ in range(self.layout.skip):
                lines.readline()
            while block := lines.readlines(block_bytes):
                cells = pc.utf8_split_whitespace(pa.array([line.decode("latin-1").strip() for line in block]))
                user = pc.list_element(cells, 0)
                rest = pc.list_slice(cells, 1)
                yield pa.table(
                    {"user": user.take(pc.list_parent_indices(rest)), "item": pc.list_flatten(rest)}
                )


class ParquetFile(DataFile):
    """Typed columns; nested ones other than lists are left out."""

    form = "parquet"

    def _look(self, header: bool | None) -> None:
        try:
            schema = pa.parquet.read_schema(self.path)
        except pa.ArrowInvalid as error:
            raise DataError(f"it is no whole Parquet file: {error}") from None
        flat = [f.name for f in schema if not pa.types.is_struct(f.type) and not pa.types.is_map(f.type)]
        self._names = {clean_name(name): name for name in flat}
        self.columns = list(self._names)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells have the types they have in the file."""
        names = [self._names[name] for name in columns]
        with pa.parquet.ParquetFile(self.path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=names):
                yield pa.table(batch).select(names).rename_columns(columns)


class JsonLinesFile(DataFile):
    """One JSON object per line; columns are the keys seen at the start of the file."""

    form = "json lines"

    def _look(self, header: bool | None) -> None:
        with open_bytes(self.path) as stream:
            head = stream.readlines(HEAD_BYTES)
        keys = {key: None for line in head if (row := self._parsed(line)) for key in row}
        if not keys:
            raise DataError(f"it holds no JSON object per line. Its first line: {head[0][:80]!r}.")
        self.columns = list(keys)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """A key that a line lacks is null."""
        with open_bytes(self.path) as stream:
            while lines := stream.readlines(block_bytes):
                yield self._table(lines, columns)

    def _table(self, lines: list[bytes], columns: list[str]) -> pa.Table:
        fields = pa.json.ParseOptions(newlines_in_values=False)
        try:
            table = pa.json.read_json(
                pa.BufferReader(b"".join(lines)), pa.json.ReadOptions(block_size=2 * BLOCK_BYTES), fields
            )
        except pa.ArrowInvalid:  # a broken line, or a key that is a number here and a text there
            rows = [row for line in lines if line.strip() and (row := self._parsed(line, count=True))]
            return _table_of(rows, columns)
        nothing = pa.nulls(len(table), pa.string())
        return pa.table(
            {name: _flat(table, name) if name in table.column_names else nothing for name in columns}
        )

    def _parsed(self, line: bytes, count: bool = False) -> dict[str, Any] | None:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            return row
        if count:
            self._set_aside(line.decode(errors="replace").strip())
        return None


class JsonFile(DataFile):
    """One JSON array of objects; such a file can only be read whole."""

    form = "json"

    def _look(self, header: bool | None) -> None:
        with open_bytes(self.path) as stream:
            try:
                rows = json.load(stream)
            except ValueError as error:
                raise DataError(f"it is no whole JSON array: {error}") from None
        self._rows = [row for row in rows if isinstance(row, dict)]
        self.columns = list({key: None for row in self._rows for key in row})
        if not self.columns:
            raise DataError("it holds no objects. Wanted: [{...}, {...}] or one object per line.")

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """All rows in one piece."""
        yield _table_of(self._rows, columns)


def _table_of(rows: list[dict[str, Any]], columns: list[str]) -> pa.Table:
    """Rows as text columns; lists become "a|b"."""
    return pa.table({c: pa.array([_as_text(row.get(c)) for row in rows], pa.string()) for c in columns})


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return "|".join(map(str, value))
    return None if value is None else as_id(value)


def _flat(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column by its name; null where it is absent or made of objects, which are of no use here."""
    if name not in table.column_names or pa.types.is_struct(table.column(name).type):
        return pa.chunked_array([pa.nulls(len(table), pa.string())])
    return table.column(name)


class FrameFile(DataFile):
    """A frame in memory, read as if it were a file."""

    form = "frame"

    def __init__(self, frame: pd.DataFrame, called: str) -> None:
        self._table = pa.Table.from_pandas(frame, preserve_index=False)
        super().__init__(Path(called))

    def _look(self, header: bool | None) -> None:
        self._table = self._table.rename_columns([clean_name(name) for name in self._table.column_names])
        self.columns = list(self._table.column_names)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells have the types they have in the frame."""
        table = self._table.select(columns)
        for start in range(0, len(table), BATCH_ROWS):
            yield table.slice(start, BATCH_ROWS)


FORMATS: dict[str, type[DataFile]] = {
    kind.form: kind for kind in (TextFile, ParquetFile, JsonLinesFile, JsonFile)
}


def open_file(path: Path, header: bool | None = None) -> DataFile:
    """The file, ready to be read; its form is seen in its first bytes, not in its name.

    Args:
        header: whether the first line of a text file holds names; found out if None.

    Raises:
        DataError: there is no such file, it is empty, or nothing in it can be read.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"there is no file {path}. Check the path.")
    with errors_in_words(path):
        with open_bytes(path) as stream:
            start = stream.read(4096)
        if not start.strip():
            raise DataError("it is empty. Choose a file with one event per line.")
        return FORMATS[_form_of(start)](path, header)


def _form_of(start: bytes) -> str:
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PAR1"):
        return "parquet"
    if text.startswith(b"[") and text[1:].lstrip()[:1] in (b"{", b"]"):
        return "json"
    return "json lines" if text.startswith(b"{") else "text"


def preview(path: Path, rows: int = 50, header: bool | None = None) -> Preview:
    """The first rows of a file and how it is written.

    Raises:
        DataError: as `open_file`.
    """
    file = open_file(path, header)
    first = next(file.batches(block_bytes=HEAD_BYTES), None)
    frame = pd.DataFrame(columns=file.columns) if first is None else first.slice(0, rows).to_pandas()
    size = file.path.stat().st_size
    return Preview(frame, file.form, file.delimiter, file.encoding, file.header, size)

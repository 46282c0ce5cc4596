"""Text with a delimiter between the cells, however it is written."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from recengine.core.errors import DataError
from recengine.data.data_file import HEAD_BYTES, DataFile, Tables
from recengine.data.encodings import find_encoding
from recengine.data.layout import BLANKS, ESCAPES, find_layout
from recengine.data.packing import Utf8Stream, is_packed, open_bytes
from recengine.data.quotes import ClosedQuotes, Cutter
from recengine.data.texts import MISSING_WORDS

CONTROL = re.compile(r"[\x00\x02-\x08\x0b\x0e-\x1e\x7f\ufffd]")
MOST_CONTROL = 0.06  # share of characters that no text has; in packed bytes every tenth is one
NO_ROWS = re.compile("Empty CSV|Could not skip")  # what the reader says of a header and nothing else
CELL = "\x1f"  # stands between cells once a longer delimiter has been replaced


class TextFile(DataFile):
    """Cells between delimiters; every cell is read as text."""

    form = "text"

    def _look(self, header: bool | None) -> None:
        with open_bytes(self.path) as stream:
            self.encoding, self._has_quotes = find_encoding(stream)
        with open_bytes(self.path) as stream:
            head = stream.read(HEAD_BYTES)
        text = head.decode(self.encoding, errors="replace")
        if len(CONTROL.findall(text)) > MOST_CONTROL * len(text):
            raise DataError("it is no text and no Parquet. Save the data as CSV, Parquet or JSON lines.")
        if len(head) == HEAD_BYTES and "\n" in text:
            text = text[: text.rfind("\n")]
        self.layout = find_layout(text, header)
        self.columns = list(self.layout.columns)
        self.delimiter, self.header, self.above = self.layout.delimiter, self.layout.header, self.layout.above
        self._has_quotes = self._has_quotes and self.layout.quoting != "none"

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """Cells are text, words for "missing" are null."""
        if self.layout.lists:
            yield from self._lists(block_bytes)
            return
        try:
            yield from map(pa.table, self._reader(columns, block_bytes))
        except pa.ArrowInvalid as error:
            if not NO_ROWS.search(str(error)):
                raise

    def _reader(self, columns: list[str], block_bytes: int) -> Iterator[pa.RecordBatch]:
        layout, narrow, rejects = self.layout, len(self.layout.delimiter) == 1, self._rejects

        def skip(row: Any) -> str:
            rejects.add(f"{row.actual_columns} cells where {row.expected_columns} are wanted: {row.text}")
            return "skip"

        batches: Iterator[pa.RecordBatch] = pa.csv.open_csv(
            self._stream(),
            pa.csv.ReadOptions(column_names=self.columns, skip_rows=layout.skip, block_size=block_bytes),
            pa.csv.ParseOptions(
                delimiter=layout.delimiter if narrow and layout.delimiter.isascii() else CELL,
                quote_char=False if layout.quoting == "none" else '"',
                escape_char="\\" if layout.quoting == "escaped" else False,
                newlines_in_values=self._has_quotes,
                invalid_row_handler=skip,
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

    def _stream(self) -> Any:
        layout, utf8 = self.layout, self.encoding in ("utf-8", "utf-8-sig")
        if len(layout.delimiter) > 1 or not layout.delimiter.isascii():
            return Utf8Stream(open_bytes(self.path), self.encoding, self._with_cells_marked)
        if utf8 and not self._has_quotes:
            return open_bytes(self.path) if is_packed(self.path) else pa.OSFile(str(self.path))
        stream = open_bytes(self.path)
        if not utf8:
            stream = io.BufferedReader(cast(io.RawIOBase, Utf8Stream(stream, self.encoding, str)))
        cutter = Cutter(layout.delimiter, ESCAPES.get(layout.quoting))
        return ClosedQuotes(stream, cutter, len(self.columns), layout.skip, self._rejects.add)

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

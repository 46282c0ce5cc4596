"""Files in the forms data come in, read in batches so that their size does not matter.

CSV, TSV and any other delimiter, with or without header, in common encodings; Parquet; JSON
lines; plain or packed; workbooks. To add a form: write its class, then add its line to FORMATS.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recengine.core.errors import DataError
from recengine.data.data_file import HEAD_BYTES, DataFile
from recengine.data.packing import errors_in_words, open_bytes
from recengine.data.text_file import TextFile
from recengine.data.typed_files import JsonFile, JsonLinesFile, ParquetFile
from recengine.data.workbook import WorkbookFile, is_workbook

FORMATS: dict[str, type[DataFile]] = {
    kind.form: kind for kind in (TextFile, ParquetFile, JsonLinesFile, JsonFile)
}


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


def open_file(path: Path, header: bool | None = None, sheet: str | None = None) -> DataFile:
    """The file, ready to be read; its form is seen in its first bytes, not in its name.

    Args:
        header: whether the first line of a text file holds names; found out if None.
        sheet: of a workbook: a sheet's name, or "all".

    Raises:
        DataError: there is no such file, it is empty, or nothing in it can be read.
        Question: several sheets of a workbook hold rows, and none was chosen.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"there is no file {path}. Check the path.")
    with errors_in_words(path):
        if is_workbook(path):
            return WorkbookFile(path, header, sheet)
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


def preview(path: Path, rows: int = 50, header: bool | None = None, sheet: str | None = None) -> Preview:
    """The first rows of a file and how it is written.

    Raises:
        DataError, Question: as `open_file`.
    """
    file = open_file(path, header, sheet)
    first = next(file.batches(block_bytes=HEAD_BYTES), None)
    frame = pd.DataFrame(columns=file.columns) if first is None else first.slice(0, rows).to_pandas()
    size = file.path.stat().st_size
    return Preview(frame, file.form, file.delimiter, file.encoding, file.header, size)

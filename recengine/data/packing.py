"""Bytes of files, unpacked and in UTF-8, whatever they were packed and written with."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from recengine.core.errors import DataError

BLOCK = 2**20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FAR_EAST_PAIRS = 0.9  # share of bytes above 127 that come in pairs, in GBK text
LONG_RUN = 3.0  # mean length of runs of bytes above 127 where every letter is one (Cyrillic)
HIGH = re.compile(rb"[\x80-\xff]+")
BROKEN: tuple[type[Exception], ...] = (EOFError, OSError, UnicodeError, csv.Error, pa.ArrowInvalid)
BROKEN += (zlib.error, zipfile.BadZipFile, lzma.LZMAError)
NOT_DATA = re.compile(r"(^|/)(__MACOSX|\.)|/$|readme|licen[cs]e", re.IGNORECASE)


@contextmanager
def errors_in_words(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside becomes a DataError that names the file."""
    try:
        yield
    except DataError as error:
        raise DataError(str(error) if path.name in str(error) else f"{path.name}: {error}") from None
    except BROKEN as error:
        raise DataError(
            f"{path.name} cannot be read: {error}. Is it cut off, or of another kind than its name says? "
            "Save or download it again."
        ) from None


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked; how it is packed is seen in its first bytes, not in its name."""
    with path.open("rb") as file:
        start = file.read(8)
    for magic, opened in PACKED.items():
        if start.startswith(magic):
            return cast(IO[bytes], opened(path))
    return path.open("rb")


def is_packed(path: Path) -> bool:
    """Whether the bytes of the file are not the bytes of the data."""
    with path.open("rb") as file:
        return file.read(8).startswith(tuple(PACKED))


def _open_zip(path: Path) -> IO[bytes]:
    """The largest data file inside."""
    archive = zipfile.ZipFile(path)
    members = [m for m in archive.infolist() if m.file_size and not NOT_DATA.search(m.filename)]
    if any(m.filename.startswith("xl/") for m in members):
        raise DataError("it is an Excel workbook. Save the sheet as CSV and import that.")
    if not members:
        raise DataError("it holds no data file. Put one CSV, Parquet or JSON lines file into it.")
    return archive.open(max(members, key=lambda m: m.file_size))


PACKED: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"PK\x03\x04": _open_zip,
}


def find_encoding(path: Path) -> str:
    """The encoding of all the bytes of a text file: UTF-8 if they allow it, else the likeliest other."""
    with open_bytes(path) as stream:
        head = stream.read(BLOCK)
        for bom, name in BOMS:
            if head.startswith(bom):
                return name
        for odd, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if head[odd::2].count(0) > len(head) / 4:  # every other byte of plain letters is 0 there
                return name
        decoder = codecs.getincrementaldecoder("utf-8")()
        block = head
        try:
            while block:
                # Nearly all blocks of nearly all files are ASCII, which is far quicker to see than to decode.
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
                block = stream.read(BLOCK)
            return "utf-8"
        except UnicodeDecodeError:
            return _other_encoding(block)


def _other_encoding(block: bytes) -> str:
    runs = [len(run) for run in HIGH.findall(block)]
    in_pairs = sum(length for length in runs if length % 2 == 0) / sum(runs)
    if in_pairs >= FAR_EAST_PAIRS and _decodes(block, "gb18030"):
        return "gb18030"
    if sum(runs) / len(runs) >= LONG_RUN:
        return "cp1251"
    return "cp1252" if _decodes(block, "cp1252") else "latin-1"


def _decodes(block: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(block)
    except UnicodeDecodeError:
        return False
    return True


class Utf8Stream(io.RawIOBase):
    """Another stream as UTF-8, every text of whole lines put through `change`."""

    def __init__(self, stream: IO[bytes], encoding: str, change: Callable[[str], str]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._change = change
        self._rest = ""
        self._ready = b""

    def readable(self) -> bool:
        """It is for reading only."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill the buffer with what is ready, fetching more when nothing is."""
        while not self._ready and self._fetch():
            pass
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._stream.close()
        super().close()

    def _fetch(self) -> bool:
        """Take in the next block; False at the end."""
        block = self._stream.read(BLOCK)
        text = self._rest + self._decoder.decode(block, final=not block)
        end = text.rfind("\n") + 1 if block else len(text)
        self._ready, self._rest = self._change(text[:end]).encode(), text[end:]
        return bool(block)

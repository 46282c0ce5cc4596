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

from recengine.core.errors import DataError, Question

BLOCK = 2**20
BOMB_BYTES, BOMB_TIMES = 2**30, 200  # data that unpack to more than both are made to fill memory and disk
BROKEN: tuple[type[Exception], ...] = (EOFError, OSError, UnicodeError, csv.Error, pa.ArrowException)
BROKEN += (zlib.error, zipfile.BadZipFile, lzma.LZMAError, RuntimeError)
NOT_DATA = re.compile(r"(^|/)(__MACOSX|\.)|/$|readme|licen[cs]e", re.IGNORECASE)


@contextmanager
def errors_in_words(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside becomes a DataError that names the file."""
    try:
        yield
    except Question:
        raise
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
            return cast(IO[bytes], io.BufferedReader(Unpacked(opened(path), path.stat().st_size), BLOCK))
    return path.open("rb")


def is_packed(path: Path) -> bool:
    """Whether the bytes of the file are not the bytes of the data."""
    with path.open("rb") as file:
        return file.read(8).startswith(tuple(PACKED))


def _open_zip(path: Path) -> IO[bytes]:
    """The largest data file inside."""
    archive = zipfile.ZipFile(path)
    members = [m for m in archive.infolist() if m.file_size and not NOT_DATA.search(m.filename)]
    if not members:
        raise DataError("it holds no data file. Put one CSV, Parquet or JSON lines file into it.")
    return archive.open(max(members, key=lambda m: m.file_size))


PACKED: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"PK\x03\x04": _open_zip,
}


class Unpacked(io.RawIOBase):
    """What a packed stream unpacks to, as long as it is no bomb.

    Args:
        num_packed: bytes of the packed file.
    """

    def __init__(self, stream: IO[bytes], num_packed: int) -> None:
        self._stream = stream
        self._left = max(BOMB_BYTES, BOMB_TIMES * num_packed)

    def readable(self) -> bool:
        """It is for reading only."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """The next bytes.

        Raises:
            DataError: there are far more of them than any data would unpack to.
        """
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._left -= len(block)
        if self._left < 0:
            raise DataError(
                f"it unpacks to more than {BOMB_TIMES} times its size, as no data do. "
                "Unpack it yourself if you trust it, and import what comes out."
            )
        return len(block)

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._stream.close()
        super().close()


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

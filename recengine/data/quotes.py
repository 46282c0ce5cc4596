"""Quotes that protect line ends: which lines make up one row, and which quote is never closed.

A quote that is never closed would swallow every row up to the next quote. Here its line alone is set
aside, and reading goes on with the line below.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import DataError

BLOCK = 2**20
LONGEST = 100_000  # characters of a line, and of a row that takes several
MOST_LINES = 500  # of one row; more of them mean that a quote was forgotten
MOST_BYTES = 2**26  # without any line end: no table
QUOTE, BACKSLASH, LF, CR = b'"\\\n\r'
LINES = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$")


class Cutter:
    """Cuts lines into the cells of rows; a row may take several lines, where quotes say so."""

    def __init__(self, delimiter: str, escape: str | None = None) -> None:
        self.delimiter, self.escape = delimiter, escape
        cut = re.escape(delimiter)
        # x,"never closed,"12,5",y: the second quote opens a cell, so the first one was forgotten.
        self._forgotten = re.compile(rf'(?:^|{cut})"[^"]*{cut}"(?=[^"{cut}])')

    def row(self, lines: Iterable[str], width: int | None = None) -> tuple[list[str] | None, int]:
        """The cells of the row at the start of these lines, and how many lines it takes.

        Where a quote is never closed (or only by swallowing rows of `width` cells), the cells are None.
        """
        taken: list[str] = []
        reader = self._reader(_kept_short(lines, taken), strict=True)
        try:
            cells: list[str] = next(reader, [])
        except csv.Error as error:
            whole = len(taken) == 1 and "unexpected end" not in str(error)
            return (self._one(taken[0]) if whole else None), 1
        several = len(taken) > 1 and width is not None
        if several and self._swallows(taken, cells, width or 0):
            return None, 1
        return cells, len(taken)

    def _swallows(self, lines: list[str], cells: list[str], width: int) -> bool:
        """Whether these lines could be rows by themselves: as many cells, and begun in the same way.

        Where they make a row with too many or too few cells together, it is enough that some could.
        """
        quoted = lines[0].startswith('"')
        like = [line.count(self.delimiter) == width - 1 and line.startswith('"') == quoted for line in lines]
        if len(cells) == width:
            return all(like)
        return any(like[1:-1]) or (like[0] and like[-1])

    def rows(self, lines: list[str]) -> tuple[list[list[str]], list[int], int]:
        """All rows, at which line each begins, and how many lines have quotes that do not fit.

        Such a line is cut as if quotes were letters.
        """
        rows, starts, num_broken, place = [], [], 0, 0
        while place < len(lines):
            cells, count = self.row(lines[place:])
            num_broken += cells is None or not self._fits(lines[place])
            rows.append(lines[place].split(self.delimiter) if cells is None else cells)
            starts.append(place)
            place += count
        return rows, starts, num_broken

    def _reader(self, lines: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self.delimiter, escapechar=self.escape, strict=strict)

    def _one(self, line: str) -> list[str] | None:
        """The cells of a line some of whose quotes are letters; None where one is left open."""
        if self._forgotten.search(line):
            return None
        lines = iter([f"{line}\n", ""])
        cells = next(self._reader(lines, strict=False))
        return cells if next(lines, None) is not None else None  # an open quote asks for more

    def _fits(self, line: str) -> bool:
        try:
            next(self._reader([line], strict=True), [])
        except csv.Error as error:
            return "unexpected end" in str(error)  # closed further down, or it would be no row
        return True


def _kept_short(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, as long as they may still be one row; `taken` has those that were asked for."""
    size = 0
    for line in islice(lines, MOST_LINES):
        size += len(line)
        if taken and size > LONGEST:
            return
        taken.append(line)
        yield f"{line}\n"


class ClosedQuotes(io.RawIOBase):
    """A stream of UTF-8 without the lines whose quotes are never closed; `set_aside` gets those.

    Args:
        width: cells of a row; several lines make one row only if that many come of it.
        skip: lines at the top that are no rows.
    """

    def __init__(
        self, stream: IO[bytes], cutter: Cutter, width: int, skip: int, set_aside: Callable[[str], None]
    ) -> None:
        self._stream, self._cutter, self._width, self._skip = stream, cutter, width, skip
        self._set_aside = set_aside
        self._rest, self._ready, self._ended = b"", b"", False

    def readable(self) -> bool:
        """It is for reading only."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill the buffer with what is ready, fetching more when nothing is."""
        while not self._ready and not self._ended:
            self._fetch()
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._stream.close()
        super().close()

    def _fetch(self) -> None:
        block = self._stream.read(BLOCK)
        text, self._ended = self._rest + block, not block
        # A carriage return at the very end may be half of a line end.
        end = len(text) if self._ended else max(text.rfind(b"\n"), text.rfind(b"\r", 0, -1)) + 1
        if end == 0 and len(text) > MOST_BYTES:
            raise DataError(f"a line of it is longer than {MOST_BYTES >> 20} MB. Is it a table at all?")
        self._ready, rest = self._closed(text[:end])
        self._rest = rest + text[end:]

    def _closed(self, text: bytes) -> tuple[bytes, bytes]:
        """What can be read now, and what has to wait for the lines to come."""
        suspects = suspicious_lines(text, ord(self._cutter.delimiter), bool(self._cutter.escape))
        suspects, self._skip = suspects[suspects >= self._skip], 0
        if not len(suspects):
            return text, b""
        lines = LINES.findall(text)
        kept: list[bytes] = []
        place = 0
        for suspect in suspects.tolist():
            if suspect < place:
                continue  # inside a row that began above
            kept += lines[place:suspect]
            cells, count = self._cutter.row(_decoded(lines, suspect), self._width)
            if cells is None and not self._ended and _is_near_the_end(lines, suspect):
                return b"".join(kept), b"".join(lines[suspect:])
            if cells is None:
                self._set_aside(f"a quote is not closed: {lines[suspect].decode(errors='replace').strip()}")
            else:
                kept += lines[suspect : suspect + count]
            place = suspect + count
        return b"".join(kept + lines[place:]), b""


def _decoded(lines: list[bytes], start: int) -> Iterator[str]:
    return (lines[place].decode(errors="replace").rstrip("\r\n") for place in range(start, len(lines)))


def _is_near_the_end(lines: list[bytes], start: int) -> bool:
    """Whether a row that starts there may go on behind the last line."""
    return start + MOST_LINES > len(lines) and sum(map(len, lines[start:])) <= LONGEST


def suspicious_lines(text: bytes, delimiter: int, escaped: bool) -> NDArray[np.int64]:
    """Numbers of the lines whose quotes are not seen at once to open and close whole cells."""
    if b'"' not in text:
        return np.zeros(0, np.int64)
    characters = np.frombuffer(b"\n" + text + b"\n", np.uint8)
    quotes = np.flatnonzero(characters == QUOTE)
    if escaped:
        quotes = quotes[characters[quotes - 1] != BACKSLASH]
    is_end = characters == LF
    is_end[:-1] |= (characters[:-1] == CR) & (characters[1:] != LF)
    line = np.searchsorted(np.flatnonzero(is_end)[1:], quotes)  # the first end was put before the text
    rank = np.arange(len(quotes)) - np.searchsorted(line, line)  # among the quotes of its line
    beside = np.where(rank % 2 == 0, characters[quotes - 1], characters[quotes + 1])
    fits = np.isin(beside, np.array([delimiter, QUOTE, LF, CR], np.uint8))
    odd = np.bincount(line, minlength=1)[line] % 2 == 1
    return np.unique(line[odd | ~fits])

"""What every form of file promises: columns, and rows in pieces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from recengine.data.packing import errors_in_words

Tables = Iterator[pa.Table]
BLOCK_BYTES = 16 * 2**20  # read at a time
HEAD_BYTES = 2**20  # looked at to find out how a file is written
BATCH_ROWS = 262_144
EXAMPLES = 3  # kept of the rows that cannot be made out


class Rejects:
    """Rows that cannot be made out; every reading has its own, for one given up halfway may still run on."""

    def __init__(self) -> None:
        self.count = 0
        self.examples: list[str] = []

    def add(self, text: str) -> None:
        """One more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(text[:200])


class DataFile(ABC):
    """One file, read from its start as often as asked.

    Attributes:
        columns: names of the columns, cleaned and distinct.
        delimiter, encoding, header: how a text file is written.
        above: the lines above the names of the columns.
    """

    form: ClassVar[str]
    delimiter: str = ""
    encoding: str = ""
    header: bool | None = None
    above: tuple[str, ...] = ()

    def __init__(self, path: Path, header: bool | None = None) -> None:
        self.path = path
        self.columns: list[str] = []
        self._rejects = Rejects()
        self._look(header)

    @abstractmethod
    def _look(self, header: bool | None) -> None:
        """Find out how the file is written, and its columns."""

    def batches(self, columns: Sequence[str] | None = None, block_bytes: int = BLOCK_BYTES) -> Tables:
        """The rows in pieces, in file order, with these columns only (all if None).

        Raises:
            DataError: the file is cut off or broken somewhere.
        """
        self._rejects = Rejects()
        with errors_in_words(self.path):
            yield from self._read(self.columns if columns is None else list(columns), block_bytes)

    @abstractmethod
    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        """The rows in pieces of about that many bytes, with these columns."""

    @property
    def malformed(self) -> tuple[int, tuple[str, ...]]:
        """How many rows could not be made out, among those read so far, and the first few of them."""
        return self._rejects.count, tuple(self._rejects.examples)

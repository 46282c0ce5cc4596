"""Files of a known data set: found in a folder or in the publisher's archive, however they are packed."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from recengine.core.dataset import About
from recengine.core.errors import DataError
from recengine.core.words import listed
from recengine.data.data_file import DataFile, Tables
from recengine.data.packing import Unpacked, errors_in_words

if TYPE_CHECKING:
    from recengine.data.assemble import Imported

Files = Mapping[str, Path]


@dataclass(frozen=True)
class Asked:
    """What a recipe is to make of the files.

    Attributes:
        progress: called with the rows read so far.
    """

    name: str
    about: About
    progress: Callable[[int], None] | None = None


@dataclass(frozen=True)
class Layout:
    """One way in which the files of a set come: by their publisher, or as others pack them.

    Attributes:
        files: what each file is called, by its role; * stands for any characters, case is all the same.
        read: the recipe.
    """

    files: Mapping[str, str]
    read: Callable[[Files, Asked], Imported]

    def found(self, folder: Path) -> Files | None:
        """The files by role, in the folder or below it; None unless all are there."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        found = {role: _first(paths, pattern) for role, pattern in self.files.items()}
        return None if None in found.values() else cast(Files, found)


def _first(paths: Sequence[Path], pattern: str) -> Path | None:
    return next((path for path in paths if fnmatch(path.name.lower(), pattern.lower())), None)


def find_layout(layouts: Sequence[Layout], folder: Path) -> tuple[Layout, Files]:
    """The first layout of which all files are in the folder.

    Raises:
        DataError: there is no such folder, or no layout is complete.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}. Check the path.")
    for layout in layouts:
        if files := layout.found(folder):
            return layout, files
    wanted = listed([listed(list(layout.files.values())) for layout in layouts], last="or")
    raise DataError(f"{folder} does not hold the files of this set: {wanted}. Name the folder that does.")


@contextmanager
def unpacked(archive: Path, layouts: Sequence[Layout]) -> Iterator[Path]:
    """A folder with what the layouts need of an archive (or with the file itself); gone afterwards.

    Raises:
        DataError: the archive is broken, or made to fill the disk.
    """
    patterns = {pattern.lower() for layout in layouts for pattern in layout.files.values()}
    if any(fnmatch(archive.name.lower(), pattern) for pattern in patterns):
        yield archive.parent
        return
    with TemporaryDirectory(prefix=".unpacked-", dir=archive.parent) as folder:
        with errors_in_words(archive), zipfile.ZipFile(archive) as packed:
            for member in packed.infolist():
                path = Path(folder) / Path(member.filename).name  # its folders could lead out of this one
                if not path.exists() and any(fnmatch(path.name.lower(), wanted) for wanted in patterns):
                    _unpack(packed, member, path)
        yield Path(folder)


def _unpack(packed: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    with packed.open(member) as stream, path.open("wb") as file:
        shutil.copyfileobj(Unpacked(stream, member.compress_size), file)


class NamedFile(DataFile):
    """Another file whose columns get names, in their order: what publishers leave to their readme."""

    form = "named"

    def __init__(self, file: DataFile, *names: str) -> None:
        self._file = file
        self._own = dict(zip(names, file.columns, strict=False))
        super().__init__(file.path)

    def _look(self, header: bool | None) -> None:
        self.columns = list(self._own)

    def _read(self, columns: list[str], block_bytes: int) -> Tables:
        own = [self._own[name] for name in columns]
        for table in self._file.batches(own, block_bytes):
            yield table.select(own).rename_columns(columns)

    @property
    def malformed(self) -> tuple[int, tuple[str, ...]]:
        """As the other file says."""
        return self._file.malformed

"""Folders and object stores: Parquet in many files, or any one file the importer reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import finalize

import pandas as pd
import pyarrow as pa
import pyarrow.fs

from recengine.core.errors import DataError, did_you_mean
from recengine.data.data_file import DataFile
from recengine.data.files import open_file
from recengine.data.layout import clean_name
from recengine.data.parquet_parts import Parts
from recengine.data.remote import Place, Query, Remote, RemoteFile, Since, Wanted, clean_errors, driver

PARQUET = (".parquet", ".parq", ".pq")
WHOLE = "."  # the place that is the address itself
MOST_LISTED = 50  # files of one folder; more are parts of one table
LOCAL, WEB = ("folder", "file"), ("http", "https")


class FolderRemote(Remote):
    """A folder here or in an object store; a place is a path inside it."""

    title = "Folder or object store"
    example = "s3://bucket/events"
    extra = "cloud"
    by_path = True

    @property
    def root(self) -> str:
        """Where it is, as its file system calls it."""
        here = self.connection
        if here.scheme in WEB:
            return here.url()
        if here.scheme not in LOCAL:
            return str(self._files._strip_protocol(f"{here.scheme}://{here.host}/{here.database}"))
        relative = here.scheme == "folder" and Path(here.database).exists()
        return str(Path(here.database if relative else f"/{here.database}").absolute())

    def probe(self) -> None:
        """There is something to read."""
        self._found(WHOLE)

    def places(self) -> list[Place]:
        """Folders of Parquet files that belong together, and single files."""
        return sorted(self._places(), key=lambda place: place.name)

    def columns(self, place: str) -> list[tuple[str, str]]:
        """As the files say; of a text file, nothing but names."""
        with clean_errors(self.connection):
            start, files = self._found(place)
            if _is_parquet(files):
                return list(self._parts(start, files).columns().items())
            return [(name, "text") for name in self._one_file(files[0]).columns]

    def file(self, wanted: Wanted, since: Since | None = None) -> DataFile:
        """A folder's files one after the other, or one file."""
        if isinstance(wanted, Query):
            raise DataError("a folder takes no query. Name a folder or a file.")
        with clean_errors(self.connection):
            start, files = self._found(wanted)
            if not _is_parquet(files):
                if since is not None:
                    raise DataError(
                        "a text file cannot be read from a moment on. Bring in everything instead."
                    )
                return self._one_file(files[0])
            parts = self._parts(start, files)
            columns = list(parts.columns())
        after = None if since is None else (_column(since[0], columns), since[1])

        def read(asked: list[str], limit: int | None) -> Iterator[pa.Table]:
            yield from parts.read(asked, limit, after)

        return RemoteFile(f"folder {wanted}" if len(files) > 1 else wanted, columns, read, self.connection)

    def write(
        self,
        place: str,
        frame: pd.DataFrame,
        keys: Sequence[str],
        batch: str,
        whole: dict[str, str] | None = None,
    ) -> int:
        """Folders are only read."""
        raise DataError(
            "rows are not written into a folder. Write to a database, or download them as a file."
        )

    @cached_property
    def _files(self) -> Any:
        """The file system of fsspec; the address's options are its settings."""
        here = self.connection
        settings: dict[str, Any] = {} if here.scheme in WEB else {**dict(here.options)}
        settings = {key: {"true": True, "false": False}.get(value, value) for key, value in settings.items()}
        if here.user and here.scheme == "s3":
            settings |= {"key": here.user, "secret": here.password}
        try:
            kind = "file" if here.scheme in LOCAL else here.scheme
            return driver("fsspec", self.extra).filesystem(kind, **settings)
        except (ImportError, ValueError) as error:
            raise DataError(
                f"{here.scheme}:// needs a library that is not installed ({error}). "
                'Run: pip install "recengine[cloud]"'
            ) from None

    def _found(self, place: str) -> tuple[str, list[str]]:
        """Where a place starts, and its data files; Parquet alone where there is any."""
        with clean_errors(self.connection):
            start = self.root if place in ("", WHOLE, Path(self.root).name) else f"{self.root}/{place}"
            files = self._data_files(start)
            if not files and start != self.root:
                hint = did_you_mean(place, [one.name for one in self._places()])
                raise DataError(f"there is no '{place}' in {self.label}. {hint}")
        if not files:
            raise DataError(f"there is nothing to read at {self.label}. Check the path.")
        parquet = [path for path in files if _is_parquet([path])]
        if not parquet and len(files) > 1:
            raise DataError(f"'{place}' holds {len(files):,} files and none is Parquet. Name one of them.")
        return start, parquet or files

    def _data_files(self, start: str) -> list[str]:
        """Files below, by name; hidden ones and marks such as _SUCCESS are left out."""
        if self.connection.scheme in WEB:
            return [start] if self._files.isfile(start) else []
        self._files.invalidate_cache()
        found = self._files.find(start)
        return sorted(path for path in found if not _is_hidden(path.removeprefix(start)))

    def _places(self) -> Iterator[Place]:
        with clean_errors(self.connection):
            files = self._found_all()
            folders: dict[str, list[str]] = defaultdict(list)
            for name in files:
                folders[_table_folder(name)].append(name)
            for folder, names in folders.items():
                plain = [name for name in names if "=" not in name]
                if self._belong_together([name for name in names if _is_parquet([name])]):
                    yield Place(folder, "folder")
                if len(plain) <= MOST_LISTED:
                    yield from (Place(name, "table") for name in plain)

    def _found_all(self) -> list[str]:
        """Paths of the data files inside the address."""
        root = self.root
        names = [path.removeprefix(root).strip("/") or WHOLE for path in self._data_files(root)]
        if not names:
            raise DataError(f"there is nothing to read at {self.label}. Check the path.")
        return names

    def _belong_together(self, names: list[str]) -> bool:
        """Whether folders are named by a column, or the first and the last file share most columns."""
        if len(names) < 2 or any("=" in name for name in names):
            return any("=" in name for name in names)
        first, last = (
            {*self._parts(self.root, [f"{self.root}/{name}"]).columns()} for name in (names[0], names[-1])
        )
        return len(first & last) > max(len(first), len(last)) / 2

    def _parts(self, start: str, files: Sequence[str]) -> Parts:
        local = self.connection.scheme in LOCAL
        own = pyarrow.fs.LocalFileSystem() if local else pyarrow.fs.FSSpecHandler(self._files)
        return Parts(files, start, own if local else pyarrow.fs.PyFileSystem(own))

    def _one_file(self, path: str) -> DataFile:
        """A file as the importer reads files; one that is elsewhere is fetched first."""
        if self.connection.scheme in LOCAL:
            return open_file(Path(path))
        folder = TemporaryDirectory(prefix="recengine-")
        copy = Path(folder.name) / (path.partition("?")[0].rsplit("/", 1)[-1] or "file")
        self._files.get_file(path, str(copy))
        file = open_file(copy)
        finalize(file, folder.cleanup)
        return file


def _is_parquet(files: Sequence[str]) -> bool:
    return files[0].partition("?")[0].lower().endswith(PARQUET)


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in path.split("/"))


def _table_folder(name: str) -> str:
    """The folder of a table whose file this is: what comes before parts such as month=05."""
    parts = name.split("/")[:-1]
    first = next((place for place, part in enumerate(parts) if "=" in part), len(parts))
    return "/".join(parts[:first]) or WHOLE


def _column(name: str, columns: Sequence[str]) -> str:
    known = {clean_name(column): column for column in columns}
    if (found := known.get(clean_name(name))) is None:
        raise DataError(f"there is no column '{name}' to go on from. {did_you_mean(name, known)}")
    return found

"""Known data sets and ready examples: fetch, verify, import."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

from recengine.core.errors import DataError, RecengineError
from recengine.services.datasets import DatasetCard, check_name, ensure_sample, keep
from recengine.services.lineage import Lineage
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.data.assemble import Imported
    from recengine.data.catalogue import KnownSet
    from recengine.data.download import Download
    from recengine.data.known_files import Asked, Files, Layout

MEGABYTE = 1_000_000
BROKEN = (KeyError, ValueError, IndexError, TypeError, OSError)  # what recipes raise where files are others


@dataclass(frozen=True)
class Stage:
    """How far the work is.

    Attributes:
        done, total: bytes or rows, as the unit says; total is None where it is unknown.
        seconds: since this stage began.
    """

    title: Literal["Downloading", "Reading"]
    done: int
    total: int | None
    unit: Literal["bytes", "rows"]
    seconds: float

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where the end is unknown."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def sentence(self) -> str:
        """ "Downloading: 3.1 of 5.9 MB, 1.2 MB/s, 2 s left"."""
        rate = self.done / max(self.seconds, 1e-3)
        if self.unit == "rows":
            return f"{self.title}: {self.done:,} rows, {rate:,.0f} rows/s"
        of = f" of {self.total / MEGABYTE:,.1f}" if self.total else ""
        left = f", {(self.total - self.done) / max(rate, 1):,.0f} s left" if self.total else ""
        return f"{self.title}: {self.done / MEGABYTE:,.1f}{of} MB, {rate / MEGABYTE:,.1f} MB/s{left}"


Progress = Callable[[Stage], None]


@dataclass(frozen=True)
class Origin:
    """Which files a dataset was made of, for its lineage.

    Attributes:
        source: the address, or the folder's name.
        seen: what is known of them: the archive's checksum, or the files' names.
    """

    source: str
    seen: str


def get_known(
    ws: Workspace,
    known: str,
    *,
    name: str | None = None,
    folder: Path | None = None,
    url: str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Fetch a known data set (going on where it broke off), verify it, import it under a name.

    Args:
        known: its name in the catalogue.
        name: what to call it here; by default the same.
        folder: files that are there already (or the publisher's archive); nothing is fetched then.
        url: another address of the publisher's file.

    Raises:
        NotFoundError: the catalogue does not know it.
        DataError: it cannot be fetched, is not what was published, or its files cannot be read.
    """
    from recengine.data.catalogue import find_known
    from recengine.data.known_files import Asked, find_layout, unpacked

    one, name = find_known(known), name or known
    check_name(name)
    archive, origin = _archive(ws, one, folder, url, progress)
    asked = Asked(name, one.about, _rows(progress))
    if archive is None:
        layout, files = find_layout(one.layouts, Path(folder or ""))
        origin = replace(origin, seen=", ".join(sorted(path.name for path in files.values())))
        imported = _read(layout, files, asked)
    else:
        with unpacked(archive, one.layouts) as place:
            imported = _read(*find_layout(one.layouts, place), asked)
    imported = _with_note(imported, one, origin)
    keep(ws, imported, Lineage(f"{one.title}, {origin.source}", place=origin.seen))
    return imported


def add_example(ws: Workspace, domain: str, progress: Progress | None = None) -> DatasetCard:
    """The data set to try a domain's preset with: the sample, a made-up feed, or a known set that is fetched.

    Raises:
        SettingsError: there is no such domain.
        DataError: as `get_known`.
    """
    from recengine.data import SOURCES
    from recengine.data.domains import find_domain
    from recengine.services.datasets import SAMPLE, dataset_card

    found = find_domain(domain)
    example = found.example if found else SAMPLE
    if example == SAMPLE:
        return ensure_sample(ws, _rows(progress))
    if example in SOURCES:
        title = SOURCES[example].title.lower()
        return keep(ws, SOURCES[example]().load(title, _rows(progress)))
    get_known(ws, example, progress=progress)
    return dataset_card(ws, example)


def _archive(
    ws: Workspace, one: KnownSet, folder: Path | None, url: str | None, progress: Progress | None
) -> tuple[Path | None, Origin]:
    """The publisher's file, checked, and where it comes from; None where the folder holds loose files."""
    from recengine.data.download import Download

    download = one.download
    if folder is not None:
        packed = folder if folder.is_file() else _packed_in(folder, download)
        if packed is None:
            return None, Origin(f"folder {folder.name}", "")
        checksum = download.checksum if download else ""
        return packed, Origin(f"file {packed.name}", _verified(packed, checksum))
    if url is not None:
        download = replace(download, url=url) if download else Download(url)
    if download is None:
        raise DataError(f"'{one.name}' cannot be fetched. {one.by_hand} The page is {one.page}")
    path = ws.downloads / one.name / download.file
    with _alone(path):
        return path, Origin(download.shown, _fetched(download, path, progress))


def _packed_in(folder: Path, download: Download | None) -> Path | None:
    found = [] if download is None else sorted(folder.glob(download.file))
    return found[0] if found else None


def _fetched(download: Download, path: Path, progress: Progress | None) -> str:
    from recengine.data.download import fetch

    began = time.monotonic()

    def told(done: int, total: int | None) -> None:
        if progress:
            progress(Stage("Downloading", done, total, "bytes", time.monotonic() - began))

    seen = fetch(download, path, told)
    return f"{path.name}, {seen} ({'as published' if download.checksum else 'none is published'})"


def _verified(path: Path, published: str) -> str:
    """What is to be said of a file that was there already; unlike a download it is never removed.

    Raises:
        DataError: it is not the file that was published.
    """
    from recengine.data.download import checksum

    seen = checksum(path, published.partition(":")[0] or "sha256")
    if published and seen != published:
        raise DataError(
            f"{path.name} is not the file that was published: it has {seen}, published is {published}. Is it "
            "cut off? Fetch it again; or unpack it and name the folder, if you trust it."
        )
    return f"{path.name}, {seen} ({'as published' if published else 'none is published'})"


def _rows(progress: Progress | None) -> Callable[[int], None] | None:
    if progress is None:
        return None
    began = time.monotonic()
    return lambda rows: progress(Stage("Reading", rows, None, "rows", time.monotonic() - began))


def _read(layout: Layout, files: Files, asked: Asked) -> Imported:
    try:
        return layout.read(files, asked)
    except RecengineError:
        raise
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise
        named = ", ".join(sorted(path.name for path in files.values()))
        raise DataError(
            f"{named} cannot be read as the files of this set: {type(error).__name__} {error}. Are they as "
            "the publisher packs them? Fetch them again, or import them with `recengine import`."
        ) from None


def _with_note(imported: Imported, one: KnownSet, origin: Origin) -> Imported:
    notes = (f"{one.how} Cite: {one.cite}.", f"Read from {origin.source}: {origin.seen}.")
    return replace(imported, cleaning=replace(imported.cleaning, notes=(*notes, *imported.cleaning.notes)))


_lock, _busy = Lock(), set[Path]()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One fetch of a file at a time: two would write into each other's part.

    Raises:
        DataError: it is being fetched already.
    """
    with _lock:
        if path in _busy:
            raise DataError(f"{path.name} is being fetched already. Wait until it is here.")
        _busy.add(path)
    try:
        yield
    finally:
        _busy.discard(path)

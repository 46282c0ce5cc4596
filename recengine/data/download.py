"""Fetching a file over HTTP: with progress, going on where it broke off, and checked before it counts."""

from __future__ import annotations

import errno
import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from recengine import __version__
from recengine.core.errors import DataError

BLOCK = 2**18
SILENT_S = 30.0  # without a byte for so long, a connection counts as broken
TRIES = 4  # in a row without a byte of progress
WAIT_S = 1.0  # before the second try; doubled for each after it
PARTIAL, NOT_FOUND, NOT_SATISFIABLE = 206, 404, 416
LATER = (408, 429)  # as well as all from 500 on: the same question may be answered later
OF_THIS_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EISDIR}

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if known


@dataclass(frozen=True)
class Download:
    """A file of a publisher.

    Attributes:
        checksum: "md5:..." or "sha256:..." as published; "" where the publisher gives none.
        size: bytes, for a reader who decides whether to fetch it; None where unknown.
    """

    url: str
    checksum: str = ""
    size: int | None = None

    @property
    def file(self) -> str:
        """What the file is called on disk."""
        return Path(urlsplit(self.url).path).name or "download"

    @property
    def shown(self) -> str:
        """The address as it may be kept: without user, password and query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def fetch(download: Download, path: Path, progress: Progress | None = None) -> str:
    """The file at `path`, whole and checked; its checksum ("sha256:..." where none is published).

    What was fetched by an earlier call that broke off is gone on with. A file that is there already is only
    checked.

    Raises:
        DataError: no such address, no answer, cut off again and again, or not the file that was published.
    """
    parts = urlsplit(download.url)
    if parts.username or parts.password:
        raise DataError(f"{download.shown} is fetched without a user and a password; leave them out.")
    if parts.scheme not in ("http", "https"):
        raise DataError(
            f"'{download.shown}' is no address to fetch from; it begins with http:// or https://."
        )
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        _fetch_all(download, part, progress)
        seen = _checked(download, part)
        part.replace(path)
        _mark(part).unlink(missing_ok=True)
        return seen
    return _checked(download, path)


def checksum(path: Path, kind: str = "sha256") -> str:
    """ "sha256:..." of a file's bytes."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False))
    return f"{kind}:{found.hexdigest()}"


def _checked(download: Download, path: Path) -> str:
    """The checksum, once it is the published one; a file that fails is removed, for it helps nobody."""
    seen = checksum(path, download.checksum.partition(":")[0] or "sha256")
    if download.checksum and seen != download.checksum:
        size = path.stat().st_size
        path.unlink()
        _mark(path).unlink(missing_ok=True)
        raise DataError(
            f"{download.shown} is not the file that was published: {size:,} bytes with {seen}, published is "
            f"{download.checksum}. It was removed. Ask again later, or fetch it by hand and name its folder."
        )
    return seen


def _fetch_all(download: Download, part: Path, progress: Progress | None) -> None:
    """Ask until the last byte is there; give up after a few answers in a row that bring nothing new."""
    failures, had = 0, -1
    while True:
        try:
            return _fetch_rest(download, part, progress)
        except (OSError, HTTPException) as error:
            if getattr(error, "errno", None) in OF_THIS_MACHINE:
                raise
            have = part.stat().st_size if part.exists() else 0
            failures = failures + 1 if have <= had else 1
            had = max(had, have)
            if failures >= TRIES:
                raise DataError(_broken(download, error, have)) from None
            time.sleep(WAIT_S * 2 ** (failures - 1))


def _broken(download: Download, error: Exception, have: int) -> str:
    reason = getattr(error, "reason", error)
    kept = f"the first {have:,} bytes are kept, so ask again to go on" if have else "try again later"
    return (
        f"{download.shown} could not be fetched: {reason or type(error).__name__}. Check the connection; "
        f"{kept}. Or fetch it by hand and name its folder."
    )


def _fetch_rest(download: Download, part: Path, progress: Progress | None) -> None:
    """The bytes that are missing.

    Raises:
        OSError, HTTPException: the connection broke, or ended before the last byte.
    """
    have = part.stat().st_size if part.exists() else 0
    with _open(download, part, have) as answer:
        if answer.status == PARTIAL:
            _must_go_on(answer, part, have)
        else:
            have = 0
            version = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
            _mark(part).write_text(json.dumps(version))
        length = answer.headers.get("Content-Length")
        total = None if length is None else have + int(length)
        with part.open("ab" if have else "wb") as file:
            while block := answer.read1(BLOCK):
                file.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    if total is not None and have < total:
        raise ConnectionError(f"it was cut off after {have:,} of {total:,} bytes")


def _must_go_on(answer: HTTPResponse, part: Path, have: int) -> None:
    """Begin anew unless the answer begins where the part ends.

    Raises:
        ConnectionError: it does not.
    """
    if not (answer.headers.get("Content-Range") or "").startswith(f"bytes {have}-"):
        part.unlink()
        raise ConnectionError("the server sends another part of it than was asked for")


def _open(download: Download, part: Path, have: int) -> HTTPResponse:
    headers = {"User-Agent": f"recengine/{__version__}", "Accept-Encoding": "identity"}
    version = json.loads(_mark(part).read_text()) if have and _mark(part).exists() else None
    if version:  # without it nobody can say that the rest belongs to what is here
        headers |= {"Range": f"bytes={have}-", "If-Range": version}
    request = urllib.request.Request(download.url, headers=headers)
    try:
        return cast(HTTPResponse, urllib.request.urlopen(request, timeout=SILENT_S))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == NOT_SATISFIABLE:
            part.unlink()
            raise ConnectionError("the rest of it does not fit to what was fetched before") from None
        if error.code >= 500 or error.code in LATER:
            raise ConnectionError(f"the server answers {error.code} {error.reason}") from None
        raise DataError(_refused(download, error)) from None


def _refused(download: Download, error: urllib.error.HTTPError) -> str:
    refused = f"the server refuses ({error.code} {error.reason})"
    what = "there is nothing at" if error.code == NOT_FOUND else refused
    return (
        f"{what} {download.shown}. Look for the file on the publisher's page, and give its new address; or "
        "fetch it by hand and name its folder."
    )


def _mark(part: Path) -> Path:
    """Where it is written down which version of the file the part belongs to."""
    return part.with_name(f"{part.name}.version")

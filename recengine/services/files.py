"""Writing so that a kill at any moment leaves the old file or the new one, never half of it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recengine.core.errors import DataError

DRAFT = re.compile(r"\.([\w-]+\.)?[0-9a-f]{32}(\.\w+)?")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write to; it becomes `path` once the block ends well, and vanishes otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def refusals_in_words(root: Path) -> Iterator[None]:
    """What the disk refuses inside, for lack of room or of permission, becomes a DataError."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise DataError(
            f"the data cannot be kept in {root}: {error}. The data of before are unharmed; see whether the "
            "disk is full and the folder writable, and import again."
        ) from error


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to fill; it becomes `folder` once the block ends well.

    An older `folder` is moved aside first, so for an instant there may be none, but never a mixture.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{uuid.uuid4().hex}")
    draft.mkdir()
    try:
        yield draft
        remove_folder(folder)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder at once from sight, then its files; nothing if it is not there."""
    doomed = folder.with_name(f".{uuid.uuid4().hex}")
    try:
        folder.replace(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)


def sweep(root: Path, older_than_s: float = 3600.0) -> None:
    """Remove drafts that a killed process left behind."""
    for draft in root.glob("**/.*"):
        if DRAFT.fullmatch(draft.name) and time.time() - draft.stat().st_mtime > older_than_s:
            shutil.rmtree(draft, ignore_errors=True) if draft.is_dir() else draft.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write JSON, replacing the file atomically."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(value))


def read_json(path: Path) -> Any:
    """The file's value; None where there is no such file."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None

"""Files handed over in the browser: spooled into the workspace, and gone once they are read."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from recengine.services.files import replacing
from recengine.services.workspace import Workspace

UNUSED_S = 6 * 3600.0  # an upload that nobody imported by then is removed
SAMPLE_BYTES = 1 << 18  # of a text file, by which its rows are estimated
# What `spool` puts before a file's name.
_FILE_ID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-")
TEXTS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".dat", ".data")


def spool(ws: Workspace, upload: BinaryIO, file_id: str, name: str) -> Path:
    """Where an upload lies in the workspace; written on the first call, whole or not at all."""
    told = re.sub(r"[^\w.\-]+", "_", Path(name).name)[-80:]
    path = ws.uploads / f"{file_id}-{told}"
    if not path.exists():
        upload.seek(0)
        with replacing(path) as draft, draft.open("wb") as file:
            shutil.copyfileobj(upload, file)
    return path


def as_handed(message: str) -> str:
    """A message with uploads called as their owner calls them."""
    return _FILE_ID.sub("", message)


def sweep_uploads(ws: Workspace, wanted: Collection[Path]) -> None:
    """Remove old uploads that were never imported, but for those that a task still wants."""
    for path in ws.uploads.glob("*"):
        if path not in wanted and time.time() - path.stat().st_mtime > UNUSED_S:
            path.unlink(missing_ok=True)


def num_rows(path: Path) -> int | None:
    """About how many rows a file has, where that is told at once: Parquet knows, texts are estimated."""
    kind = path.suffix.lower()
    if kind == ".parquet":
        return _parquet_rows(path)
    if kind not in TEXTS:
        return None
    with path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    return round(path.stat().st_size * start.count(b"\n") / len(start)) if start else None


def _parquet_rows(path: Path) -> int | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):  # who reads it tells what is wrong
        return None

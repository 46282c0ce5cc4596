"""Rows of a server, fetched by a process of its own.

connectorx holds Python still while it connects, prints its panics, and cannot be stopped; in a
process that can be killed none of this reaches the web server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO

import pyarrow as pa

from recengine.core.errors import DataError
from recengine.data.data_file import BATCH_ROWS

WORKER = Path(__file__).with_name("rows_worker.py")
GRACE_S = 10  # for a server to stop a query that took too long, before we do
SILENT = "it fell silent"
STALLED_S = 120  # without a single row after the first ones


def server_rows(url: str, select: str, before: list[str], seconds: int) -> Iterator[pa.Table]:
    """The rows in pieces; whole, or an error at the end.

    Args:
        url: the address with its secrets, as connectorx reads it.
        before: statements for the session, such as that it may only read.
        seconds: the first rows must be there by then.

    Raises:
        DataError: the server said no, fell silent or went away; in the driver's words.
    """
    asked = {"url": url, "select": select, "before": before, "batch_rows": BATCH_ROWS // 4}
    with TemporaryFile() as said, _worker(asked, said) as process:
        assert process.stdout is not None
        with suppress(pa.ArrowInvalid, OSError):  # broken off within a batch; the exit code says so too
            yield from _tables(process, seconds)
        if process.wait() != 0:
            raise DataError(_reason(said))


def _tables(process: subprocess.Popen[bytes], seconds: int) -> Iterator[pa.Table]:
    patience = float(seconds + GRACE_S)
    with _killed_after(process, patience):
        reader = pa.ipc.open_stream(process.stdout)
    while True:
        with _killed_after(process, patience):
            try:
                batch = reader.read_next_batch()
            except StopIteration:  # also where the stream was cut between two batches
                return
        yield pa.Table.from_batches([batch])
        patience = STALLED_S


@contextmanager
def _worker(asked: dict[str, object], said: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-P", str(WORKER)]  # -P: modules beside the script are not the library's
    environment = {**os.environ, "RUST_BACKTRACE": "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said, env=environment) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(asked).encode())
            process.stdin.close()
            yield process
        finally:
            process.kill()


@contextmanager
def _killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    timer = Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _reason(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").split("\n")
    try:
        return str(json.loads(lines[-2]))
    except (IndexError, ValueError):  # killed
        return SILENT

"""A line that counts rows while something long runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from recengine.ui import format

SHOWN_EVERY_S = 0.2  # between two updates


@contextmanager
def rows_counted(words: str) -> Iterator[Callable[[int], None]]:
    """A status line that counts the rows read, and how many a second, while something long runs."""
    status = st.status(f"{words}…", state="running")
    started = time.perf_counter()
    shown_at = 0.0

    def progress(rows: int) -> None:
        nonlocal shown_at
        elapsed = time.perf_counter() - started
        if elapsed - shown_at >= SHOWN_EVERY_S:
            shown_at = elapsed
            status.update(label=f"{words}: {rows:,} rows, {rows / elapsed:,.0f} a second")

    try:
        yield progress
    except BaseException:
        status.update(label=f"{words}: stopped", state="error")
        raise
    status.update(
        label=f"{words}: done in {format.duration(time.perf_counter() - started)}", state="complete"
    )

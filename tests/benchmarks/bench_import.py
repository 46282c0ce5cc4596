"""Importing ten million events: time, memory, and rows per second against pandas.

Two comparisons, because they say different things: `pandas.read_csv` alone only parses (and turns the id
"007" into 7), while an import also keeps ids as text, finds codes, cleans, checks, sorts, fingerprints and
writes Parquet. The fair one is reading as far as both can go: ids as text, codes, times as numbers.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from recengine.data.build import import_files
from recengine.data.files import open_file
from recengine.data.log_builder import LogBuilder
from recengine.data.mapping import Mapping
from recengine.data.store import save
from recengine.data.synthetic import big_log

NUM_EVENTS = 10_000_000
MAPPING = Mapping(user="user_id", item="item_id", time="timestamp", weight="quantity")
Row = tuple[str, float, str, str, float | None, float | None]


def run(num_events: int = NUM_EVENTS) -> list[Row]:
    """Rows for docs/benchmarks.md."""
    with TemporaryDirectory() as folder:
        path = big_log(Path(folder) / "log.csv", num_events)
        whole = seconds(lambda: import_and_keep(path))
        memory = peak_bytes() / 1e9
        ours, theirs = seconds(lambda: read_to_codes(path)), seconds(lambda: pandas_to_codes(path))
        parsed = seconds(lambda: pd.read_csv(path))
    return [
        (f"import of {num_events:,} events, CSV to Parquet", whole, "s", "", None, 60.0),
        ("peak memory of that import", memory, "GB", "", None, 4.0),
        rate(
            "rows read to text ids, codes and times", num_events, ours, "pandas.read_csv + factorize", theirs
        ),
        rate("rows imported, all steps", num_events, whole, "pandas.read_csv alone, parsing only", parsed),
    ]


def rate(name: str, rows: int, ours: float, against: str, theirs: float) -> Row:
    """Rows per second of ours, and how many times those of theirs."""
    return name, rows / ours, "rows/s", f"{against}: {rows / theirs:,.0f} rows/s", theirs / ours, 3.0


def import_and_keep(path: Path) -> None:
    """Everything `recengine import` does."""
    save(path.parent / "kept", import_files(path, name="big"))


def read_to_codes(path: Path) -> None:
    """The reading half of an import."""
    builder = LogBuilder(MAPPING)
    for table in open_file(path).batches(MAPPING.columns):
        builder.add(table)
    builder.finish()


def pandas_to_codes(path: Path) -> None:
    """The same with pandas: ids must stay text, or "007" becomes 7."""
    frame = pd.read_csv(path, dtype={"user_id": str, "item_id": str})
    pd.factorize(frame["user_id"])
    pd.factorize(frame["item_id"])
    frame[["timestamp", "quantity"]].astype("float64")


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one go."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_bytes() -> float:
    """The most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

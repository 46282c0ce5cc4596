"""Benchmarks: each in a process of its own, one at a time, every figure a ratio measured in one run.

A benchmark is a file tests/benchmarks/bench_NAME.py with a function `run()` that returns rows of
(name, value, unit, against, ratio, aim). To add one, write the file.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recengine.core.errors import NotFoundError, RecengineError, did_you_mean
from recengine.services.app import checkout

MARKS = ("<!-- figures: begin -->", "<!-- figures: end -->")
LIMIT_S = 30 * 60  # a benchmark that takes longer is broken


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        against: what else was measured in the same run, in words, with its figure.
        ratio: ours over theirs, so that more is better; None where there is nothing to compare with.
        aim: the ratio (or, without one, the value) that was asked for; None where none was.
    """

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    aim: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        return asdict(self)

    def as_markdown(self) -> str:
        """The row as a line of the table in docs/benchmarks.md."""
        ratio = "" if self.ratio is None else f"**{self.ratio:.3g}x**"
        aim = "" if self.aim is None else f"{self.aim:g}x" if self.ratio is not None else f"{self.aim:g}"
        return f"| {self.name} | {_number(self.value)} {self.unit} | {self.against} | {ratio} | {aim} |"


def benchmark_names() -> list[str]:
    """The benchmarks there are.

    Raises:
        NotFoundError: this is an installed package; benchmarks come with the source.
    """
    return [path.stem.removeprefix("bench_") for path in sorted(_folder().glob("bench_*.py"))]


def run_benchmarks(
    names: Sequence[str] = (), *, progress: Callable[[str], None] = lambda line: None
) -> dict[str, list[Row]]:
    """Run these benchmarks (all, if none is named) one after the other; rows by benchmark.

    Raises:
        NotFoundError: no benchmark of that name.
        RecengineError: one failed; carries the end of what it wrote.
    """
    known = benchmark_names()
    for name in names:
        if name not in known:
            raise NotFoundError(f"no benchmark '{name}'. {did_you_mean(name, known)}")
    results = {}
    for name in names or known:
        progress(f"{name} ...")
        results[name] = _run_alone(_folder() / f"bench_{name}.py")
        for row in results[name]:
            progress(f"  {row.as_markdown()}")
    return results


def write_document(results: dict[str, list[Row]], path: Path | None = None) -> Path:
    """Put the figures in docs/benchmarks.md, leaving those of other benchmarks as they are."""
    path = path or _folder().parents[1] / "docs" / "benchmarks.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(MARKS[0])
    figures, _, after = rest.partition(MARKS[1])
    sections = {**_sections(figures), **{name: _section(name, rows) for name, rows in results.items()}}
    figures = "\n\n".join(sections[name] for name in sorted(sections))
    path.write_text(f"{before}{MARKS[0]}\n\n{figures}\n\n{MARKS[1]}{after}", encoding="utf-8")
    return path


def _folder() -> Path:
    top = checkout()
    if top is None:
        raise NotFoundError(
            "benchmarks come with the source of recengine, not with the installed package. "
            "Run this in a checkout."
        )
    return top / "tests" / "benchmarks"


def _run_alone(path: Path) -> list[Row]:
    """Run one file in a fresh process, so that its memory, threads and imports are its own."""
    code = f"from pathlib import Path; from {__name__} import print_rows; print_rows(Path({str(path)!r}))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        raise RecengineError(f"benchmark {path.stem} failed:\n{done.stderr.strip()[-2000:]}")
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def _sections(figures: str) -> dict[str, str]:
    """The sections of the document by the name of their benchmark."""
    parts = [part.strip() for part in figures.split("### ") if part.strip()]
    return {part.partition("\n")[0].strip(): f"### {part}" for part in parts}


def _section(name: str, rows: Iterable[Row]) -> str:
    lines = [
        f"### {name}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}",
        "",
        "| what | reached | measured against, in the same run | ratio | aim |",
        "|---|---|---|---|---|",
        *(row.as_markdown() for row in rows),
    ]
    return "\n".join(lines)


def _machine() -> str:
    threads = os.environ.get("OMP_NUM_THREADS", "as the library chooses")
    python = platform.python_version()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {python}, threads: {threads}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_rows(path: Path) -> None:
    """Load one benchmark file, run it, and print its rows as the last line, for the process that asked."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise NotFoundError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    rows = [row if isinstance(row, Row) else Row(*row) for row in module.run()]
    sys.stdout.write(f"\n{json.dumps([row.as_json() for row in rows])}\n")

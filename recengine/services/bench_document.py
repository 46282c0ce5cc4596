"""The figures of the benchmarks in docs/benchmarks.md, written row by row."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from recengine.services.app import checkout
from recengine.services.bench import Row
from recengine.services.files import replacing

MARKS = ("<!-- figures: begin -->", "<!-- figures: end -->")
COLUMNS = ("what", "reached", "measured against", "ratio", "aim", "note", "on")
MEASURED_ON = "Measured on "


def keep_row(benchmark: str, row: Row, path: Path | None = None) -> Path:
    """Put one figure into the document; everything else there stays as it is.

    A row of the same name is replaced. Rows that were measured on another machine are not kept in
    the same table.
    """
    path = path or Path(checkout() or ".") / "docs" / "benchmarks.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(MARKS[0])
    figures, _, after = rest.partition(MARKS[1])
    sections = _sections(figures)
    title = f"{benchmark}: {row.part}" if row.part else benchmark
    sections[title] = _with_row(sections.get(title, ""), title, row)
    figures = "\n\n".join(sections[title] for title in sorted(sections))
    with replacing(path) as draft:
        draft.write_text(f"{before}{MARKS[0]}\n\n{figures}\n\n{MARKS[1]}{after}", encoding="utf-8")
    return path


def machine() -> str:
    """This machine's processor, in words."""
    threads = os.environ.get("OMP_NUM_THREADS", "as the library chooses")
    python = platform.python_version()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {python}, threads: {threads}"


def _sections(figures: str) -> dict[str, str]:
    """The sections of the document by their title."""
    parts = [part.strip() for part in figures.split("### ") if part.strip()]
    return {part.partition("\n")[0].strip(): f"### {part}" for part in parts}


def _with_row(section: str, title: str, row: Row) -> str:
    where = f"{MEASURED_ON}{row.machine or machine()}."
    kept = _lines(section) if where in section else {}
    cells = (*row.cells, f"{datetime.now(UTC):%Y-%m-%d}")
    kept[row.cells[0]] = _line(cells)
    head = [f"### {title}", "", *([row.about, ""] if row.about else []), where, ""]
    return "\n".join([*head, _line(COLUMNS), "|---" * len(COLUMNS) + "|", *kept.values()])


def _lines(section: str) -> dict[str, str]:
    """The lines of a section's table by their first cell."""
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines[1:]}


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"

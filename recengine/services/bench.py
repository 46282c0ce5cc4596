"""Benchmarks: each in a process of its own, one at a time, every figure told as soon as it exists.

A benchmark is a file tests/benchmarks/bench_NAME.py with a function `run` that returns or yields rows of
(name, value, unit, against, ratio, aim, ...). To add one, write the file. One that has parts, seeds or models
to choose from takes them as `run(options)`.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from pydantic import Field

from recengine.core.config import Config
from recengine.core.errors import NotFoundError, RecengineError, SettingsError, did_you_mean
from recengine.services.app import checkout

ROW_MARK = "\x1e"  # starts a line of the child's output that is a row; everything else is for the reader
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        value: None where it could not be measured here; `note` says why.
        against: what else was measured in the same run, or was published, in words, with its figure.
        ratio: ours over theirs, so that more is better; None where there is nothing to compare with.
        aim: the ratio (or, without one, the value) that was asked for; None where none was.
        spread: standard deviation of `value` over seeds; None where it was measured once.
        note: what a reader has to know to judge the figure.
        part: the table it stands in; "" for the only one of its benchmark.
        about: what all rows of that table share: data, split, seeds.
        machine: what it was measured on; "" for this machine's processor.
    """

    name: str
    value: float | None
    unit: str = ""
    against: str = ""
    ratio: float | None = None
    aim: float | None = None
    spread: float | None = None
    note: str = ""
    part: str = ""
    about: str = ""
    machine: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as the columns of the table in docs/benchmarks.md."""
        ratio = "" if self.ratio is None else f"**{self.ratio:.3g}x**"
        aim = "" if self.aim is None else f"{self.aim:g}x" if self.ratio is not None else f"{self.aim:g}"
        cells = (self.name, self._reached, self.against, ratio, aim, self.note)
        return tuple(cell.replace("|", "/").replace("\n", " ") for cell in cells)

    def as_markdown(self) -> str:
        """The row as a line of that table."""
        return f"| {' | '.join(self.cells)} |"

    @property
    def _reached(self) -> str:
        if self.value is None:
            return "not measured"
        spread = "" if self.spread is None else f" ± {_number(self.spread)}"
        return f"{_number(self.value)}{spread} {self.unit}".strip()


class BenchOptions(Config):
    """What to run of a benchmark; nothing said = all of it, as it is meant to be repeated."""

    only: tuple[str, ...] = Field(default=(), description="Parts to run.")
    models: tuple[str, ...] = Field(default=(), description="Models to measure.")
    seeds: int = Field(default=0, ge=0, le=100, description="Trainings per model; 0 = the benchmark's own.")
    device: str = Field(default="cpu", description="Where models are trained.")

    def parts(self, known: Collection[str]) -> list[str]:
        """Those of the known parts that were asked for, in the order they are known.

        Raises:
            SettingsError: there is no such part.
        """
        return _chosen(self.only, known, "part")

    def among(self, known: Collection[str]) -> list[str]:
        """Those of the known models that were asked for; unlike a part, one may lack a model."""
        return [name for name in known if not self.models or name in self.models]


def _chosen(asked: Collection[str], known: Collection[str], what: str) -> list[str]:
    for name in asked:
        if name not in known:
            raise SettingsError(f"there is no {what} '{name}'. {did_you_mean(name, known)}")
    return [name for name in known if not asked or name in asked]


def benchmark_names() -> list[str]:
    """The benchmarks there are.

    Raises:
        NotFoundError: this is an installed package; benchmarks come with the source.
    """
    files = sorted(_folder().glob("bench_*.py"))
    return [path.stem.removeprefix("bench_").replace("_", "-") for path in files]


def run_benchmarks(
    names: Sequence[str] = (),
    options: BenchOptions | None = None,
    *,
    progress: Progress = lambda line: None,
    on_row: Callable[[str, Row], None] = lambda name, row: None,
) -> dict[str, list[Row]]:
    """Run these benchmarks (all, if none is named) one after the other; rows by benchmark.

    A row that is told again (after one more seed) takes the place of the first.

    Args:
        progress: called with lines for the reader.
        on_row: called with the benchmark's name and each row as soon as it is measured.

    Raises:
        NotFoundError: no benchmark of that name.
        RecengineError: one failed; carries the end of what it wrote. Rows it had measured were told.
    """
    results: dict[str, list[Row]] = {}
    for name in _chosen_benchmarks(names):
        progress(f"{name} ...")
        rows: dict[tuple[str, str], Row] = {}
        for row in _run_alone(_file(name), options or BenchOptions(), progress):
            rows[row.part, row.name] = row
            progress(f"  {row.as_markdown()}")
            on_row(name, row)
        results[name] = list(rows.values())
    return results


def _chosen_benchmarks(names: Sequence[str]) -> Sequence[str]:
    known = benchmark_names()
    for name in names:
        if name not in known:
            raise NotFoundError(f"no benchmark '{name}'. {did_you_mean(name, known)}")
    return names or known


def _folder() -> Path:
    top = checkout()
    if top is None:
        raise NotFoundError(
            "benchmarks come with the source of recengine, not with the installed package. "
            "Run this in a checkout."
        )
    return top / "tests" / "benchmarks"


def _file(name: str) -> Path:
    return _folder() / f"bench_{name.replace('-', '_')}.py"


def _run_alone(path: Path, options: BenchOptions, progress: Progress) -> Iterator[Row]:
    """Run one file in a fresh process, so that its memory, threads and imports are its own."""
    command = [sys.executable, "-c", f"from {__name__} import child; child()"]
    arguments = [str(path), options.model_dump_json()]
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=errors, text=True)
        with process:
            try:
                yield from _rows(process.stdout or (), progress)
            finally:
                if sys.exc_info()[0] is not None:  # the reader has stopped listening
                    process.kill()
        if process.returncode != 0:
            errors.seek(0)
            raise RecengineError(f"benchmark {path.stem} failed:\n{errors.read().strip()[-2000:]}")


def _rows(lines: Iterable[str], progress: Progress) -> Iterator[Row]:
    for line in lines:
        if line.startswith(ROW_MARK):
            yield Row(**json.loads(line[1:]))
        elif line.strip():
            progress(f"    {line.rstrip()}")


def child() -> None:
    """The other side: load one benchmark's file, run it, and write each row as a line of its own."""
    path, options = Path(sys.argv[1]), BenchOptions.model_validate_json(sys.argv[2])
    sys.path.insert(0, str(path.parents[2]))  # benchmarks share modules: tests.benchmarks.floors
    run = _load(path)
    if inspect.signature(run).parameters:
        found = run(options)
    elif options == BenchOptions():
        found = run()
    else:
        raise SettingsError(f"the benchmark {path.stem} has no parts or models to choose.")
    for row in found:
        row = row if isinstance(row, Row) else Row(*row)
        sys.stdout.write(f"{ROW_MARK}{json.dumps(asdict(row))}\n")
        sys.stdout.flush()


def _load(path: Path) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise NotFoundError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    run: Callable[..., Any] = module.run
    return run


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 1 else f"{value:.4f}"

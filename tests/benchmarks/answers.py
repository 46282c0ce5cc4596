"""How long does the sample's quick what-if take, from the command to the verdict?"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

from recengine.services.bench import BenchOptions, Row
from recengine.services.datasets import SAMPLE
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.benchmarks.what_ifs import sample_workspace

AIMS_S = {"ease": 5.0, "lstm": 60.0}
EDITS = ("drop people where age = 65+", "from 2017-06-01")
COMMAND = "from recengine.cli import main; main()"


def rows(part: str, options: BenchOptions) -> Iterator[Row]:
    """One row for each model: the first edit in a fresh process; then both edits in one."""
    about = "The sample, quick presets, one seed. A new process: import, data, training, test, verdict."
    for name in options.among(list(AIMS_S)):
        with sample_workspace() as ws:
            run = train(ws, TrainSpec(dataset=SAMPLE, model=name, preset="quick", device="cpu"))
            wall_s, cpu_s = _answered(ws, run.id, EDITS[:1])
            yield Row(
                f"{name}, a verdict on `{EDITS[0]}`",
                wall_s,
                "s",
                aim=AIMS_S[name],
                note=f"{cpu_s:.1f} CPU s, with the machine's load at {os.getloadavg()[0]:.1f}",
                part=part,
                about=about,
            )


def _answered(ws: Workspace, run_id: str, edits: tuple[str, ...]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, of the command."""
    began, spent = perf_counter(), _spent_s()
    arguments = [argument for edit in edits for argument in ("--edit", edit)]
    environment = os.environ | {"RECENGINE_HOME": str(ws.root)}
    command = [sys.executable, "-c", COMMAND, "what-if", run_id, *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return perf_counter() - began, _spent_s() - spent


def _spent_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

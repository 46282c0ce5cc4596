"""Start a module of ours as a process that outlives the one that starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import recengine


class Detached(subprocess.Popen[bytes]):
    """A child that is meant to outlive us; Popen would warn about that at our end."""

    def __del__(self) -> None:
        """Nothing to tidy up."""


def spawn(module: str, arguments: Sequence[str], *, log: Path, env: Mapping[str, str]) -> Detached:
    """`python -m module arguments` in a session of its own; what it prints is added to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    source = str(Path(recengine.__file__).resolve().parents[1])  # a checkout need not be installed
    paths = [source, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    with log.open("ab") as output:
        return Detached(
            [sys.executable, "-P", "-m", module, *arguments],  # -P: no module from the working folder
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=log.parent,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **env},
        )

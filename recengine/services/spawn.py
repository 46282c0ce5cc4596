"""Start a module of ours as a process that outlives the one that starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import recengine


class Detached(subprocess.Popen[bytes]):
    """A child that is meant to outlive us; Popen would warn about that at our end."""

    def __del__(self) -> None:
        """Nothing to tidy up."""


def spawn(
    module: str, arguments: Sequence[str], *, log: Path, env: Mapping[str, str], secret: str = ""
) -> Detached:
    """`python -m module arguments` in a session of its own; what it prints is added to `log`.

    Args:
        secret: goes to its standard input, where no file and no list of processes shows it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    source = str(Path(recengine.__file__).resolve().parents[1])  # a checkout need not be installed
    paths = [source, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    with log.open("ab") as output:
        child = Detached(
            [sys.executable, "-P", "-m", module, *arguments],  # -P: no module from the working folder
            stdin=subprocess.PIPE if secret else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=log.parent,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **env},
        )
    if child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin:  # it may be gone already; its state will tell
            child.stdin.write(secret.encode())
    return child

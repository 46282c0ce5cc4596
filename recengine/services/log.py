"""What the process of a run printed."""

from __future__ import annotations

from pathlib import Path

from recengine.services.workspace import Workspace

LINE_BYTES = 500  # generous for one line; only the end of the file is read


def log_path(ws: Workspace, run_id: str) -> Path:
    """The file to which the processes of a run print, one after the other."""
    return ws.runs / run_id / "log.txt"


def log_tail(ws: Workspace, run_id: str, lines: int = 20) -> str:
    """The end of what the run's process printed; "" if it printed nothing."""
    return tail_of(log_path(ws, run_id), lines)


def tail_of(path: Path, lines: int) -> str:
    """The last lines of a file; "" where there is no such file."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LINE_BYTES * lines))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])

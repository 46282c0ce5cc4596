"""What every contestant's script shares: reading its task, telling its result. Runs in any environment.

Needs numpy only, and nothing of recengine.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

LISTS = "lists.npy"  # in the working folder, which is the contestant's own


def read_task() -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The task, and the arrays of its events: user, item, target_user, target_item, shape (people, items)."""
    task = json.loads(sys.stdin.read())
    with np.load(task["events"], allow_pickle=False) as file:
        return task, {name: file[name] for name in file.files}


def tell(cpu_s: float, count: float, lists_UK: np.ndarray | None = None, **more: Any) -> None:
    """Print the result as the last line of output."""
    result = {"cpu_s": float(cpu_s), "count": float(count), **more}
    if lists_UK is not None:
        result["lists"] = LISTS
        np.save(LISTS, lists_UK.astype(np.int32), allow_pickle=False)
    sys.stdout.write(f"\n{json.dumps(result)}\n")

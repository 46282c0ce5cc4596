"""How many threads a model may keep busy."""

from __future__ import annotations

import os


def num_threads() -> int:
    """As many as OMP_NUM_THREADS says, else one a core."""
    return int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

from recengine.ui import warm


def test_everything_warmed_up_is_there_to_import() -> None:
    assert [name for name in warm.NEEDED if find_spec(name) is None] == []


def test_warming_up_loads_what_the_first_click_needs_and_asks_no_gpu() -> None:
    code = (
        "import sys; from recengine.ui import warm; warm._server_is_up = lambda: True; warm.up().join();"
        "import torch; assert not torch.cuda.is_initialized();"
        "print(*{'plotly', 'duckdb', 'recengine.models.network'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["duckdb", "plotly", "recengine.models.network"]

"""What pages will need, read while nobody waits: the first click should find it there.

In a thread of the server's own: modules and one small figure; no data are touched and no GPU is asked.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from functools import cache

log = logging.getLogger("recengine.ui")
# In the order in which a visitor meets them: charts, the tables behind them, models and their lists.
NEEDED = (
    "pyarrow.parquet",
    "duckdb",
    "recengine.ui.overview_page",
    "recengine.ui.data_page",
    "recengine.ui.import_page",
    "recengine.ui.train_page",
    "recengine.ui.compare_page",
    "recengine.ui.people_page",
    "recengine.ui.item_page",
    "recengine.ui.explain_page",
    "recengine.ui.what_if_page",
    "recengine.services.recommend",
    "recengine.models.network",
    "recengine.models.sequence_problem",
    "shap",
)


@cache
def up() -> threading.Thread:
    """Begin to import, once a process; returns the thread that does it."""
    thread = threading.Thread(target=_import_all, name="recengine-warm", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    try:
        if not _server_is_up():
            return
        _draw_one()
        for name in NEEDED:
            importlib.import_module(name)
    except Exception:  # whoever needs it will say so; warming up is nobody's errand
        log.info("not everything could be imported in advance", exc_info=True)


def _server_is_up() -> bool:
    """Whether there is a server to warm up, waited for a little: caches made before it would complain."""
    from streamlit import runtime

    for _ in range(300):
        if runtime.exists():
            return True
        time.sleep(0.1)
    return False


def _draw_one() -> None:
    """Plotly imports its parts only when a figure asks for them."""
    import pandas as pd

    from recengine.ui import data_charts, model_charts

    shares = pd.DataFrame({"share_of_items": [0.0, 1.0], "share_of_events": [0.0, 1.0]})
    data_charts.long_tail(shares, items_for_half=1, item="item").figure.to_json()
    bars = pd.DataFrame({"events": [1], "to": [1], "people": [1]})
    data_charts.history_lengths(bars, median=1.0, person="person").figure.to_json()
    blocks = pd.DataFrame({"said": [1, 1], "said not": [1, 1]}, index=["was", "was not"])
    model_charts.confusion(blocks, threshold=0.5).figure.to_json()

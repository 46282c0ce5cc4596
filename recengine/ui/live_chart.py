"""A chart that grows while somebody looks at it, zoom and legend kept.

`st.plotly_chart` is built anew whenever its data change, so a zoom lasts a second while training runs.
This small component hands the new points to Plotly.react instead. Everything comes from this server:
the script beside this file, and plotly.min.js out of the plotly package.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import plotly
import streamlit as st
from streamlit.components.v1 import declare_component

from recengine.ui.charts import Chart, config_of, framed

SCRIPT = Path(__file__).with_name("live_chart.js")
PLOTLY = Path(plotly.__file__).parent / "package_data"  # holds plotly.min.js


def show_live(chart: Chart, *, key: str, growing: bool) -> None:
    """Draw a chart in place; called again with the same key and more points, it keeps zoom and legend.

    Args:
        growing: whether more is to come; the numbers can be opened once it has ended.
    """
    figure = json.loads(chart.figure.to_json())  # what is not a number becomes a gap
    layout = figure["layout"]
    layout.pop("template", None)
    with framed(chart, key=key, numbers=not growing):
        _component()(
            key=key,
            data={
                "traces": figure["data"],
                "layout": layout | {"uirevision": key, "dragmode": "zoom"},
                "config": config_of(chart.title) | {"responsive": True},
                "alt": f"{chart.title}. {chart.alt}",
                "points": len(chart.table),
                "plotly": _library(),
            },
        )


@cache
def _component() -> Callable[..., Any]:
    """Registered once a process, when first needed."""
    return st.components.v2.component(
        "recengine_live_chart",
        html='<div class="live-chart" style="width: 100%"></div>',
        js=SCRIPT.read_text(encoding="utf-8"),
        isolate_styles=False,  # Plotly writes its styles into the document
    )


@cache
def _library() -> str:
    """The address of plotly.min.js on this server."""
    name = declare_component("plotly", path=PLOTLY).name
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}/component/{name}/plotly.min.js".replace("//", "/")

from __future__ import annotations

import json
import math

from streamlit.testing.v1 import AppTest

from recengine.ui.live_chart import PLOTLY, SCRIPT


def test_all_that_the_browser_loads_lies_on_this_machine() -> None:
    assert (PLOTLY / "plotly.min.js").stat().st_size > 1_000_000
    assert "http" not in SCRIPT.read_text(encoding="utf-8")


def script(points: int, growing: bool) -> None:
    import pandas as pd

    from recengine.ui.live_chart import show_live
    from recengine.ui.model_charts import loss_curves

    rows = [(float(epoch), "loss", 1 / epoch) for epoch in range(1, points + 1)]
    show_live(
        loss_curves(pd.DataFrame(rows, columns=["epoch", "name", "value"])), key="live", growing=growing
    )


def sent(points: int, growing: bool = True) -> tuple[AppTest, dict[str, object]]:
    """The app, and what it sends to the component."""
    app = AppTest.from_function(script, args=(points, growing)).run()
    assert not app.exception, app.exception[0].value
    return app, json.loads(app.get("bidi_component")[0].proto.json)


def test_zoom_and_legend_survive_because_the_revision_stays_the_same() -> None:
    revisions = {sent(points)[1]["layout"]["uirevision"] for points in (2, 9)}  # type: ignore[index]
    assert revisions == {"live"}


def test_the_component_gets_the_points_and_says_them_aloud() -> None:
    _, data = sent(3)
    assert data["points"] == 3
    assert data["alt"] == "Loss. At epoch 3: training 0.3333."
    assert str(data["plotly"]).startswith("/component/")
    assert "template" not in data["layout"]  # type: ignore[operator]


def test_numbers_can_be_opened_once_it_has_ended() -> None:
    growing, _ = sent(2, growing=True)
    ended, _ = sent(2, growing=False)
    assert len(growing.dataframe) == 0
    assert ended.dataframe[0].value["training"].tolist() == [1.0, 0.5]
    assert not math.isnan(ended.dataframe[0].value["epoch"].sum())

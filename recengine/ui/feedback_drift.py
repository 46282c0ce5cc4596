"""Whether a model's lists have become worse of late, and what follows from it."""

from __future__ import annotations

import plotly.graph_objects as go

from recengine.core.errors import SettingsError
from recengine.services import drift
from recengine.services.drift import Drift
from recengine.services.runs import Run
from recengine.services.workspace import Workspace
from recengine.ui import charts, messages
from recengine.ui.charts import COLOURS, Chart, line, styled, thinned
from recengine.ui.page import Page, guarded, sentence


@guarded
def show(ws: Workspace, run: Run, page: Page) -> None:
    """The finding, and the curve it was read from."""
    try:
        found = drift.watch(ws, run.id)
    except SettingsError as error:  # what watches is not installed
        messages.state("info", "Drift is not watched", sentence(str(error)))
        return
    if found.curve.empty:
        body = "Drift is looked for in lists that were shown, and in what came of them."
        messages.empty(f"No list of {run.title} was shown yet", body)
    elif found.found:
        messages.state("warn", "Its lists have become worse: train it from the start", found.sentence)
    else:
        messages.state("done", "No drift found", found.sentence)
    if len(found.curve) > 1:
        charts.show(drift_chart(found), key=page.name("drift"))


def drift_chart(found: Drift) -> Chart:
    """The mean of the window that is watched, list by list; the moment at which it fell is marked."""
    frame = thinned(found.curve)
    figure = go.Figure([line("mean of the window", frame["at"], frame["mean"], 0)])
    if found.at is not None:
        figure.add_shape(
            type="line",
            x0=found.at,
            x1=found.at,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": COLOURS[1], "dash": "dot"},
        )
    return Chart(
        title="Share of lists that earned something",
        figure=styled(figure, x="", y="share of the lists"),
        alt=found.sentence,
        reading="the mean over the latest lists; where they change beyond chance, it is cut.",
        table=found.curve,
    )

"""The charts of the Train and Compare pages: how models learn and how they differ."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from recengine.ui.charts import (
    COLOURS,
    INK,
    PALE_SCALE,
    QUIET,
    SYMBOLS,
    Chart,
    label,
    line,
    styled,
    thinned,
)


def ranked_with_intervals(frame: pd.DataFrame, *, metric: str) -> Chart:
    """One dot with its interval for each model, best on top.

    Args:
        frame: columns name, value, low, high (NaN where there is no interval), is_baseline; any order.
        metric: the metric's title.
    """
    ordered = frame.sort_values("value")
    figure = go.Figure()
    for place, (is_baseline, word) in enumerate(((False, "trained model"), (True, "simple rule"))):
        part = ordered[ordered["is_baseline"] == is_baseline]
        figure.add_scatter(
            x=part["value"],
            y=[label(name) for name in part["name"]],
            name=word,
            mode="markers",
            marker={"color": QUIET if is_baseline else COLOURS[0], "size": 11, "symbol": SYMBOLS[place]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": part["high"] - part["value"],
                "arrayminus": part["value"] - part["low"],
                "thickness": 2,
                "width": 5,
            },
            customdata=part[["low", "high"]],
            hovertemplate="%{y}: %{x:.4f}"
            + ("" if is_baseline else "<br>95% interval %{customdata[0]:.4f} to %{customdata[1]:.4f}")
            + "<extra></extra>",
        )
    styled(figure, x=metric, y="", height=110 + 40 * len(frame))
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=[label(name) for name in ordered["name"]]
    )
    figure.update_xaxes(rangemode="tozero", showgrid=True)
    best = ordered.iloc[-1]
    return Chart(
        title=f"{metric}, with 95% intervals",
        figure=figure,
        alt=f"{best['name']} is highest with {best['value']:.3f}.",
        reading="further right is better; the bar around each dot is where the value would fall for 95% of "
        "redraws of the people. Overlapping bars settle nothing; the verdict compares person by person.",
        table=frame,
    )


def metric_by_k(frame: pd.DataFrame, *, metric: str) -> Chart:
    """How a metric changes with the length of the list.

    Args:
        frame: columns name, is_baseline, k, value; one line per name.
    """
    figure = go.Figure()
    places = {False: 0, True: 0}
    for (name, is_baseline), part in frame.groupby(["name", "is_baseline"], sort=False):
        part = part.sort_values("k")
        trace = line(str(name), part["k"], part["value"], places[is_baseline])
        figure.add_trace(_quiet(trace) if is_baseline else trace)
        places[is_baseline] += 1
    styled(figure, x="items shown (K)", y=metric)
    figure.update_xaxes(tickvals=sorted(frame["k"].unique()))
    figure.update_yaxes(rangemode="tozero")
    longest = frame[frame["k"] == frame["k"].max()]
    best = longest.loc[longest["value"].idxmax()]
    return Chart(
        title=f"{metric} by length of the list",
        figure=figure,
        alt=f"With {best['k']} items shown, {best['name']} is highest at {best['value']:.3f}.",
        reading="look at the length that your own page really shows; where lines cross, the better model "
        "depends on it. Grey lines are simple rules.",
        table=frame,
    )


def _quiet(trace: go.Scatter) -> go.Scatter:
    """A baseline's line: in the background, told apart by dash and marker."""
    return trace.update(line={"color": QUIET, "width": 1.5}, marker={"color": QUIET, "size": 6})


def learning_curves(frame: pd.DataFrame, *, metric: str) -> Chart:
    """One metric per epoch, run over run.

    Args:
        frame: columns name, epoch, value; a name with a single row is drawn as a level.
    """
    figure = go.Figure()
    last = frame["epoch"].max()
    for place, (name, part) in enumerate(frame.groupby("name", sort=False)):
        part = thinned(part.sort_values("epoch"))
        if len(part) == 1 and last > 1:
            part = pd.concat([part, part.assign(epoch=last)])
        figure.add_trace(line(str(name), part["epoch"], part["value"], place))
    best = frame.loc[frame["value"].idxmax()]
    return Chart(
        title=f"{metric} while learning",
        figure=_by_epoch(figure, y=metric, most=last),
        alt=f"The highest value is {best['value']:.4g}, of {best['name']} at epoch {best['epoch']:g}.",
        reading="each line is one run, measured on the validation people after every epoch. A line that has "
        "turned flat has learnt what it can; a level one was worked out in one go.",
        table=frame,
    )


def precision_recall(frame: pd.DataFrame, *, base_rate: float) -> Chart:
    """Precision against recall of P(like) over all thresholds.

    Args:
        frame: columns name, recall, precision; one curve per name.
        base_rate: share of positives among the pairs asked about: what guessing gives.
    """
    figure = go.Figure()
    for place, (name, part) in enumerate(frame.groupby("name", sort=False)):
        part = thinned(part, 300)
        figure.add_trace(line(str(name), part["recall"], part["precision"], place))
    figure.add_hline(y=base_rate, line={"color": QUIET, "dash": "dot", "width": 1.5})
    styled(figure, x="recall: share of the real ones found", y="precision: right among those called")
    figure.update_xaxes(range=[0, 1.01], tickformat=".0%")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return Chart(
        title="Precision against recall",
        figure=figure,
        alt=f"Guessing gives a precision of {base_rate:.0%} at any recall.",
        reading=f"higher and further right is better; the dotted line ({base_rate:.0%}) is guessing.",
        table=frame,
    )


def by_threshold(frame: pd.DataFrame, *, chosen: float) -> Chart:
    """Precision, recall and F1 as the threshold on P(like) moves.

    Args:
        frame: columns threshold, precision, recall, f1.
        chosen: the threshold picked on the page.
    """
    drawn = thinned(frame, 300)
    figure = go.Figure()
    for place, column in enumerate(("precision", "recall", "f1")):
        name = "F1" if column == "f1" else column
        figure.add_trace(line(name, drawn["threshold"], drawn[column], place))
    figure.add_vline(x=chosen, line={"color": QUIET, "dash": "dot", "width": 1.5})
    styled(figure, x="threshold on P(like)", y="value")
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    best = frame.loc[frame["f1"].idxmax()]
    return Chart(
        title="What the threshold trades",
        figure=figure,
        alt=f"F1 is highest, {best['f1']:.2f}, at a threshold of {best['threshold']:.2f}.",
        reading="move the threshold up to be right more often, down to miss fewer; "
        f"F1 balances both and is highest at {best['threshold']:.2f}.",
        table=frame,
    )


def confusion(frame: pd.DataFrame, *, threshold: float) -> Chart:
    """The four counts at one threshold.

    Args:
        frame: 2 x 2 counts; index = what happened, columns = what the model said.
    """
    shares = frame.div(frame.sum(axis=1), axis=0).fillna(0.0)
    figure = go.Figure(
        go.Heatmap(
            z=shares.to_numpy(),
            x=list(frame.columns),
            y=list(frame.index),
            customdata=frame.to_numpy(),
            colorscale=[list(step) for step in PALE_SCALE],
            zmin=0,
            zmax=1,
            showscale=False,
            hovertemplate="%{y}, model said %{x}: %{customdata:,} (%{z:.1%})<extra></extra>",
        )
    )
    for happened, counts in frame.iterrows():
        for told, count in counts.items():
            words = f"<b>{count:,}</b><br>{shares.loc[happened, told]:.0%}"
            figure.add_annotation(x=told, y=happened, text=words, showarrow=False, font=INK)
    styled(figure, x="the model said", y="what happened", height=260)
    figure.update_yaxes(autorange="reversed")
    right = int(frame.iloc[0, 0] + frame.iloc[1, 1])
    total = int(frame.to_numpy().sum())
    return Chart(
        title=f"Right and wrong at a threshold of {threshold:.2f}",
        figure=figure,
        alt=f"{right:,} of {total:,} pairs are called right.",
        reading="each row is what really happened; the share is that of the row, so a good model is strong "
        "from the upper left to the lower right.",
        table=frame.reset_index(names="what happened"),
    )


def reliability(frame: pd.DataFrame) -> Chart:
    """Predicted against observed probability in bins of equal size.

    Args:
        frame: columns name, predicted, observed, count.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="as promised",
        line={"color": QUIET, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    for place, (name, part) in enumerate(frame.groupby("name", sort=False)):
        figure.add_trace(line(str(name), part["predicted"], part["observed"], place))
    styled(figure, x="predicted P(like)", y="share that really was chosen")
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    gap = (frame["predicted"] - frame["observed"]).abs()
    worst = frame.loc[gap.idxmax()]
    return Chart(
        title="Can the probabilities be taken at their word?",
        figure=figure,
        alt=f"The largest gap: predicted {worst['predicted']:.0%}, observed {worst['observed']:.0%}.",
        reading="on the dotted line, 30% means 30 of 100; below it the model promises too much, above it "
        "too little. Each dot holds equally many pairs.",
        table=frame,
    )


def halves(frame: pd.DataFrame, *, metric: str) -> Chart:
    """What was had before and what is new, apart.

    Args:
        frame: columns name, half ("again" or "new"), value.
    """
    figure = go.Figure()
    for place, half in enumerate(("again", "new")):
        part = frame[frame["half"] == half]
        figure.add_bar(
            y=[label(name) for name in part["name"]],
            x=part["value"],
            name=half,
            orientation="h",
            marker={"color": COLOURS[place], "pattern": {"shape": ("", "/")[place]}},
            hovertemplate=f"%{{y}}, {half}: %{{x:.4f}}<extra></extra>",
        )
    styled(figure, x=metric, y="", height=120 + 46 * frame["name"].nunique(), barmode="group")
    figure.update_yaxes(type="category", autorange="reversed")
    best = frame.loc[frame.groupby("half")["value"].idxmax()]
    finding = "; ".join(f"{row['half']}: {row['name']} {row['value']:.3f}" for _, row in best.iterrows())
    return Chart(
        title=f"{metric}: buying again and discovering, apart",
        figure=figure,
        alt=f"Highest in each half: {finding}.",
        reading="'again' lists only what the person had before, 'new' only what they had not; they are two "
        "tasks, and a model can be good at one and useless at the other.",
        table=frame,
    )


def loss_curves(points: pd.DataFrame) -> Chart:
    """Training and validation loss as one run learns.

    Args:
        points: columns epoch, name, value; names running_loss, loss, validation_loss are drawn.
    """
    figure = go.Figure()
    for place, (name, words) in enumerate(_LOSSES.items()):
        part = points[points["name"] == name]
        if name == "running_loss":
            figure.add_trace(_faint(words, part))
        elif len(part):
            figure.add_trace(line(words, part["epoch"], part["value"], place))
    _by_epoch(figure, y="loss (lower is better)", most=points["epoch"].max())
    return Chart(
        title="Loss",
        figure=figure,
        alt=_latest(points, _LOSSES),
        reading="both lines should fall; where validation turns up while training still falls, the model "
        "starts to learn by heart.",
        table=_wide(points, _LOSSES),
    )


def validation_curves(points: pd.DataFrame) -> Chart:
    """The lists' quality on the validation people as one run learns.

    Args:
        points: columns epoch, name, value; precision@10, recall@10, f1@10, ndcg@10 are drawn.
    """
    figure = go.Figure()
    for place, (name, words) in enumerate(_WATCHED.items()):
        part = points[points["name"] == name]
        if len(part):
            figure.add_trace(line(words, part["epoch"], part["value"], place))
    _by_epoch(figure, y="value (higher is better)", most=points["epoch"].max())
    figure.update_yaxes(rangemode="tozero")
    return Chart(
        title="Quality of the lists of ten",
        figure=figure,
        alt=_latest(points, _WATCHED),
        reading="measured after every epoch on people whose next choices the model has not seen; training "
        "keeps the epoch with the highest NDCG.",
        table=_wide(points, _WATCHED),
    )


_LOSSES = {"loss": "training", "validation_loss": "validation", "running_loss": "within an epoch"}
_WATCHED = {"ndcg@10": "NDCG@10", "recall@10": "recall@10", "precision@10": "precision@10", "f1@10": "F1@10"}


def _by_epoch(figure: go.Figure, *, y: str, most: float) -> go.Figure:
    """The look of curves over epochs; a few epochs are named one by one."""
    styled(figure, x="epoch (one pass over the training data)", y=y)
    return figure.update_xaxes(dtick=1 if 1 <= most <= 12 else None, rangemode="tozero")


def _faint(name: str, part: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=part["epoch"],
        y=part["value"],
        name=name,
        mode="lines",
        line={"color": QUIET, "width": 1.5},
        hoverinfo="skip",
    )


def _latest(points: pd.DataFrame, names: dict[str, str]) -> str:
    """The newest value of each series in words."""
    last = points[points["name"].isin(names)].groupby("name", sort=False).tail(1)
    if last.empty:
        return "Nothing has been measured yet."
    found = ", ".join(f"{names[row['name']]} {row['value']:.4g}" for _, row in last.iterrows())
    return f"At epoch {last['epoch'].max():.3g}: {found}."


def _wide(points: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """One row an epoch, one column a series."""
    kept = points[points["name"].isin(names) & (points["name"] != "running_loss")]
    wide = kept.pivot(index="epoch", columns="name", values="value").rename(columns=names)
    return wide.rename_axis(columns=None).reset_index()

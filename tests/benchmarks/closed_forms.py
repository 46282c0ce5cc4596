"""Are EASE's short ways to edited weights exact, and how much shorter are they?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from time import process_time

import numpy as np

from recengine.core.columns import ITEM, USER
from recengine.core.dataset import Dataset
from recengine.core.edits import Edits
from recengine.core.split import SplitConfig
from recengine.models import event_matrix
from recengine.models.ease import Weights, weights
from recengine.models.ease_updates import WORTH_IT, Change, Solved, fit_operations
from recengine.models.gram import gram, item_weights
from recengine.services.bench import BenchOptions, Row
from recengine.services.datasets import SAMPLE, load_dataset
from tests.benchmarks.what_ifs import drawn_edits, sample_workspace

RIDGE = 200.0
GROUPS = (30, 100, 300, 1000)  # people, or items, left out by chance
SWEEP = (50.0, 100.0, 200.0, 400.0, 800.0)
ABOUT = (
    "EASE on the sample's events before the test, against a fit anew, in CPU seconds of one thread. Error: "
    "the largest difference of a weight as a share of the largest weight; both are float32."
)


def rows(part: str, options: BenchOptions) -> Iterator[Row]:
    """Groups of growing size, edits drawn by chance, and a sweep of the regularisation."""
    with sample_workspace() as ws:
        split = SplitConfig().build(load_dataset(ws, SAMPLE))
    data = split.before_test
    start = Solved.of(event_matrix.of_dataset(data, "log"), RIDGE)
    _compared(start, data)  # compiled, loaded and warm
    edits = {text: split.edited(Edits.of([text]).named(data)).before_test for text in drawn_edits(split)}
    for row in chain(_groups(start, data), _drawn(start, edits), _sweep(start)):
        yield replace(row, part=part, about=ABOUT)


def _groups(start: Solved, data: Dataset) -> Iterator[Row]:
    draw = np.random.default_rng(0)
    for what, column, size in (("people", USER, data.num_users), ("items", ITEM, data.num_items)):
        for count in GROUPS:
            gone = draw.choice(size, count, replace=False)
            kept = data.interactions.where(~np.isin(data.interactions.column(column), gone))
            error, update_s, fit_s = _compared(start, data.with_interactions(kept, f"{what} {count}"))
            name = f"{count:,} {what} left out"
            against = f"a fit: {fit_s:.2f}"
            yield Row(name, update_s, "CPU s", against, fit_s / update_s, note=f"error {error:.0e}")


def _drawn(start: Solved, edits: dict[str, Dataset]) -> Iterator[Row]:
    """Those edits for which the short way is taken, all together."""
    taken = [_compared(start, data) for data in edits.values() if _is_taken(start, data)]
    errors, updates, fits = zip(*taken, strict=True)
    yield Row(
        f"{len(taken)} of {len(edits)} edits drawn by chance, where the short way is taken",
        float(np.mean(updates)),
        "CPU s each",
        f"a fit: {np.mean(fits):.2f}",
        float(np.sum(fits) / np.sum(updates)),
        note=f"largest error {max(errors):.0e}; the others change too much and are fitted",
    )


def _is_taken(start: Solved, data: Dataset) -> bool:
    x_UI = event_matrix.of_dataset(data, "log")
    return Change.between(start.x_UI, x_UI).operations() <= WORTH_IT * fit_operations(x_UI)


def _compared(start: Solved, data: Dataset) -> tuple[float, float, float]:
    """Error, and seconds of the update and of a fit."""
    x_UI = event_matrix.of_dataset(data, "log")
    began = process_time()
    found_II = item_weights(start.changed(x_UI, Change.between(start.x_UI, x_UI)).inverse_II)
    between = process_time()
    fitted_II = weights(x_UI, RIDGE)
    return _error(found_II, fitted_II), between - began, process_time() - between


def _sweep(start: Solved) -> Iterator[Row]:
    """All regularisations from one eigendecomposition, which gives each inverse by one more product."""
    from scipy.linalg import eigh

    began = process_time()
    value_I, vector_II = eigh(gram(start.x_UI), lower=True)
    found = [item_weights((vector_II / (value_I + ridge)) @ vector_II.T) for ridge in SWEEP]
    between = process_time()
    fitted = [weights(start.x_UI, ridge) for ridge in SWEEP]
    sweep_s, fits_s = between - began, process_time() - between
    error = max(_error(one, other) for one, other in zip(found, fitted, strict=True))
    yield Row(
        f"a sweep of {len(SWEEP)} regularisations by one eigendecomposition",
        sweep_s,
        "CPU s",
        f"{len(SWEEP)} fits: {fits_s:.2f}",
        fits_s / sweep_s,
        note=f"error {error:.0e}; not taken: its products alone cost what the fits do",
    )


def _error(found_II: Weights, fitted_II: Weights) -> float:
    return float(np.abs(found_II - fitted_II).max() / np.abs(fitted_II).max())

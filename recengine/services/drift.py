"""Whether lists have become worse than they were, and if so since when: a reason to train again in full.

ADWIN (Bifet & Gavalda, SDM 2007; river's) keeps a window of the latest lists and cuts it where the mean of
its older part differs from that of its newer part by more than chance would have it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.errors import SettingsError
from recengine.core.words import plural
from recengine.services.exploring import GOOD
from recengine.services.feedback import events
from recengine.services.profile_changes import LIKED
from recengine.services.runs import get_run
from recengine.services.shown import places
from recengine.services.workspace import Workspace

DELTA = 0.002  # ADWIN's usual chance of an alarm where nothing has changed
CURVE = ["number", "at", "hit", "mean"]


@dataclass(frozen=True)
class Change:
    """A cut of the window.

    Attributes:
        noticed: place of the list at which it was noticed, from 0; since: of the first one after the cut.
        before, after: means of both parts.
    """

    noticed: int
    since: int
    before: float
    after: float


@dataclass(frozen=True)
class Drift:
    """What became of a row of lists.

    Attributes:
        found: whether lists have become worse; that is when a full training is proposed.
        sentence: the finding, with when, from what and to what.
        at: since when; None where nothing was found.
        before, after: the means that differ; NaN where nothing was found.
        curve: number (from 1), at, hit (what the list earned), mean (over the window of the moment).
    """

    found: bool
    sentence: str
    at: pd.Timestamp | None
    before: float
    after: float
    curve: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values, without the curve."""
        kept = {name: value for name, value in asdict(self).items() if name != "curve"}
        means = {name: None if np.isnan(kept[name]) else kept[name] for name in ("before", "after")}
        return {
            **kept,
            **means,
            "at": None if self.at is None else self.at.isoformat(),
            "lists": len(self.curve),
        }


def watch(ws: Workspace, run_id: str) -> Drift:
    """The lists of this run that were shown, in their order; each earns 1 where something good came of it.

    Raises:
        NotFoundError: no such run.
        SettingsError: the extra `learn` is not installed.
    """
    run, shown, said = get_run(ws, run_id), places(ws, run=run_id), events(ws, run=run_id)
    good = said[said["kind"].isin(GOOD) | ((said["kind"] == "rating") & (said["value"] >= LIKED))]
    lists = shown.drop_duplicates("list_id").sort_values("shown_at", kind="stable")
    hit_N = lists["list_id"].isin(good["list_id"]).to_numpy(np.float64)
    return drift_of(
        hit_N, lists["shown_at"].reset_index(drop=True), f"lists of {run.title} that earned something"
    )


def drift_of(value_N: NDArray[np.float64], at_N: pd.Series, what: str) -> Drift:
    """The last change of a row of values from 0 to 1, if it was for the worse.

    Args:
        what: of which the values are the share or the mean, for the sentence.

    Raises:
        SettingsError: the extra `learn` is not installed.
    """
    changes, mean_N = cuts(value_N)
    frame = {"number": np.arange(1, len(value_N) + 1), "at": at_N, "hit": value_N, "mean": mean_N}
    curve = pd.DataFrame(frame, columns=CURVE)
    if not len(value_N):
        return Drift(False, f"There are no {what} yet.", None, float("nan"), float("nan"), curve)
    if not changes:
        said = f"No change in {what}: {plural(len(value_N), 'list')}, mean {value_N.mean():.3f}."
        return Drift(False, said, None, float("nan"), float("nan"), curve)
    last = changes[-1]
    since = pd.Timestamp(at_N.iloc[last.since])
    moved = f"{what}: {last.before:.3f} before {since:%d %b %Y}, {last.after:.3f} since"
    if last.after >= last.before:
        return Drift(False, f"Better, in {moved}.", since, last.before, last.after, curve)
    said = f"Worse, in {moved} (noticed after {last.noticed - last.since + 1:,} lists). Train again in full."
    return Drift(True, said, since, last.before, last.after, curve)


def cuts(value_N: NDArray[np.float64]) -> tuple[list[Change], NDArray[np.float64]]:
    """Every alarm with the cut it is about, and the mean of ADWIN's window after each value.

    ADWIN only drops what is old for certain, so the cut is put where both sides differ most (CUSUM), and a
    new window begins there.

    Raises:
        SettingsError: the extra `learn` is not installed.
    """
    window, begin = _window(value_N[:0]), 0
    changes, mean_N = [], np.zeros(len(value_N))
    for place, value in enumerate(value_N.tolist()):
        window.update(value)
        mean_N[place] = window.estimation
        if window.drift_detected:
            since = begin + _most_different(value_N[begin : place + 1])
            before, after = value_N[begin:since].mean(), value_N[since : place + 1].mean()
            changes.append(Change(place, since, float(before), float(after)))
            window, begin = _window(value_N[since : place + 1]), since
    return changes, mean_N


def _window(value_N: NDArray[np.float64]) -> Any:
    """An ADWIN of river that has seen these values."""
    try:
        from river.drift import ADWIN
    except ImportError:
        raise SettingsError(
            "watching for drift needs river. Install it with: pip install 'recengine[learn]'"
        ) from None
    untyped: Any = ADWIN
    window = untyped(delta=DELTA)
    for value in value_N.tolist():
        window.update(value)
    return window


def _most_different(value_N: NDArray[np.float64]) -> int:
    """Where to cut so that the means of both sides differ most, for how many values they have."""
    size, sums = len(value_N), np.cumsum(value_N)
    first = np.arange(1, size)
    gap = np.abs(sums[:-1] / first - (sums[-1] - sums[:-1]) / (size - first))
    return int(first[(gap * np.sqrt(first * (size - first))).argmax()])

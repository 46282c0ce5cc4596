"""Checks: is this dataset fit to learn from? Verdicts with what was found and what to do.

To add a check: write its function and add its line to CHECKS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, ITEM, TIME, USER
from recengine.core.dataset import Dataset, Entities
from recengine.core.sensitive import is_sensitive

Level = Literal["ok", "warn", "bad"]
Answer = tuple[Level, str]

FEW_EVENTS, TOO_FEW_EVENTS = 5_000, 200
FEW_PEOPLE_BACK, TOO_FEW_PEOPLE_BACK = 0.5, 0.1  # share of people with at least two events
DOMINANT, TOO_DOMINANT = 0.1, 0.3  # share of all events that go to one item
NEW_ITEMS, TOO_MANY_NEW_ITEMS = 0.2, 0.5  # share of late events on items never seen before
LAST = 0.1  # the late part of the events, or of the time they span
QUIET, BUSY = 0.25, 4.0  # events per day at the end against the time before
ONE_MOMENT = 0.5  # share of a person's events that carry the time of another one of them
FOLLOWS = 0.9  # rank correlation with the number of events from which a column only repeats it
SAMPLE_EVENTS = 500_000  # so many events say enough about how often times are equal
OUTCOMES = re.compile(
    r"result|outcome|churn|label|target|final|future|next|last_|_last|total|lifetime|ltv|num_(orders|purchases|"
    r"events|ratings)|avg_rating|average_rating|rating_(count|mean|avg)|popularity|rank$|review_count|unregist",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """One check's answer.

    Attributes:
        finding: what was found, with the number that says so.
        remedy: what to do about it; "" where all is well.
    """

    code: str
    title: str
    level: Level
    finding: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """One question to a dataset.

    Attributes:
        ask: the level and the finding.
        remedy: what to do where the level is not ok.
    """

    code: str
    title: str
    remedy: str
    ask: Callable[[Dataset], Answer]


def check(dataset: Dataset, more: Sequence[Check] = ()) -> list[Verdict]:
    """Every check's verdict, in the order of the shelf; then those of its domain."""
    verdicts = []
    for one in (*CHECKS.values(), *more):
        level, finding = one.ask(dataset)
        verdicts.append(Verdict(one.code, one.title, level, finding, "" if level == "ok" else one.remedy))
    return verdicts


def _level(value: float, warn: float, bad: float) -> Level:
    """The level of a share that should be small (warn < bad) or large (warn > bad)."""
    sign = 1 if warn < bad else -1
    if sign * value > sign * bad:
        return "bad"
    return "warn" if sign * value > sign * warn else "ok"


def _size(dataset: Dataset) -> Answer:
    count = len(dataset.interactions)
    found = f"{count:,} events of {dataset.num_users:,} people with {dataset.num_items:,} items"
    return _level(count, FEW_EVENTS, TOO_FEW_EVENTS), found


def _time(dataset: Dataset) -> Answer:
    times = dataset.interactions.column(TIME)
    if dataset.about.time_kind == "order":
        return "warn", "there is no time column: the order of the rows stands in for it"
    if times[0] == times[-1]:
        return "bad", "all events carry the same time"
    days = (times[-1] - times[0]) / DAY
    return "ok", f"events span {days:,.0f} days" if days >= 2 else f"events span {days * 24:,.1f} hours"


def _people_back(dataset: Dataset) -> Answer:
    count_U = np.bincount(dataset.interactions.column(USER), minlength=dataset.num_users)
    share = float((count_U[count_U > 0] >= 2).mean())
    return _level(
        share, FEW_PEOPLE_BACK, TOO_FEW_PEOPLE_BACK
    ), f"{share:.0%} of people have at least two events"


def _dominance(dataset: Dataset) -> Answer:
    count_I = np.bincount(dataset.interactions.column(ITEM), minlength=dataset.num_items)
    top = int(count_I.argmax())
    share = float(count_I[top] / count_I.sum())
    name = dataset.items.labels(np.array([top]))[0]
    # In a catalogue of a few items the largest share is large by nature.
    fair = 1 / max(1, int((count_I > 0).sum()))
    return _level(
        share - fair, DOMINANT, TOO_DOMINANT
    ), f"the most frequent item, {name}, has {share:.1%} of events"


def _drift(dataset: Dataset) -> Answer:
    times = dataset.interactions.column(TIME)
    if dataset.about.time_kind == "order" or times[0] == times[-1]:
        return "ok", "without a time there is no end to look at"
    cut = times[-1] - LAST * (times[-1] - times[0])
    late = float((times >= cut).mean())
    ratio = (late / LAST) / ((1 - late) / (1 - LAST)) if late < 1 else np.inf
    level: Level = "ok" if QUIET <= ratio <= BUSY else "warn"
    return level, f"events per day in the last tenth of the time are {ratio:.2g} times those before"


def _new_items(dataset: Dataset) -> Answer:
    items = dataset.interactions.column(ITEM)
    cut = int(len(items) * (1 - LAST))
    seen_I = np.bincount(items[:cut], minlength=dataset.num_items) > 0
    share = float((~seen_I[items[cut:]]).mean()) if cut < len(items) else 0.0
    found = f"{share:.1%} of the last tenth of events go to items never seen before"
    return _level(share, NEW_ITEMS, TOO_MANY_NEW_ITEMS), found


def _bursts(dataset: Dataset) -> Answer:
    if dataset.about.time_kind == "order":
        return "ok", "without a time no order inside a visit is claimed"
    events = dataset.interactions
    step = 1 + len(events) // SAMPLE_EVENTS  # every step-th person stands for all
    some = events.column(USER) % step == 0
    users, times = events.column(USER)[some], events.column(TIME)[some]
    order = np.argsort(users, kind="stable")
    tied = (np.diff(users[order]) == 0) & (np.diff(times[order]) == 0)
    share = float(tied.sum() / max(1, len(users) - 1))
    level: Level = "warn" if share > ONE_MOMENT else "ok"
    return level, f"{share:.0%} of events carry the same time as the same person's event before"


def _volume(dataset: Dataset) -> Answer:
    count_U = np.bincount(dataset.interactions.column(USER), minlength=dataset.num_users)
    top = int(count_U.argmax())
    share = float(count_U[top] / count_U.sum())
    level: Level = "warn" if share > DOMINANT and dataset.num_users >= 20 else "ok"
    return level, f"the busiest person, {dataset.users.ids[top]}, has {count_U[top]:,} events ({share:.1%})"


def _leaks(dataset: Dataset) -> Answer:
    counts = {
        "people": np.bincount(dataset.interactions.column(USER), minlength=dataset.num_users),
        "items": np.bincount(dataset.interactions.column(ITEM), minlength=dataset.num_items),
    }
    suspects = [
        f"{column} (of {what})"
        for what, entities in (("people", dataset.users), ("items", dataset.items))
        for column in entities.kinds
        if OUTCOMES.search(column) or _follows(entities, column, counts[what])
    ]
    if suspects:
        return "warn", f"may only be known afterwards: {', '.join(suspects)}"
    return "ok", "no column looks as if it were only known afterwards"


def _follows(entities: Entities, column: str, count: NDArray[np.int64]) -> bool:
    """Whether a numeric column says little more than how many events there are."""
    if entities.kinds[column] != "numeric":
        return False
    values = entities.features[column].astype("float64").dropna()
    if len(values) < 20 or values.nunique() < 5:
        return False
    return abs(float(values.rank().corr(pd.Series(count)[values.index].rank()))) > FOLLOWS


def _sensitive(dataset: Dataset) -> Answer:
    found = [column for column in dataset.users.kinds if is_sensitive(column)]
    if found:
        return "warn", f"about people's person: {', '.join(found)}"
    return "ok", "no column seems to need special care"


def _test_known(dataset: Dataset) -> Answer:
    if dataset.given_test is None:
        return "ok", "no split came with the data"
    pair = [
        events.column(USER).astype(np.int64) * dataset.num_items + events.column(ITEM)
        for events in (dataset.interactions, dataset.given_test)
    ]
    known_U = np.bincount(dataset.interactions.column(USER), minlength=dataset.num_users) > 0
    cold = float((~known_U[dataset.given_test.column(USER)]).mean())
    both = float(np.isin(pair[1], pair[0]).mean())
    level: Level = "warn" if cold > NEW_ITEMS or (both > 0 and dataset.about.repeats == "new") else "ok"
    found = f"{both:.1%} of the test pairs also occur in training, {cold:.1%} belong to people unknown there"
    return level, found


_IN_ORDER = [
    Check(
        "size",
        "Enough events",
        "Collect more; with so few, differences between models are mostly luck.",
        _size,
    ),
    Check(
        "time",
        "Events carry a time",
        "Map the column with the time; without it, use the random or the given split for the test.",
        _time,
    ),
    Check(
        "people_back",
        "People come back",
        "Check that the person's id is not a session or order number; one event each teaches nothing.",
        _people_back,
    ),
    Check(
        "dominance",
        "No item dominates",
        "Look at that item: a bag, a voucher or a home page is no choice; leave it out.",
        _dominance,
    ),
    Check(
        "volume",
        "No person dominates",
        "Look at who it is: a till, a crawler or a test account; the rule 'bots' can leave it out.",
        _volume,
    ),
    Check(
        "drift",
        "The end is like the rest",
        "Check that the export is complete; the test is cut from the end.",
        _drift,
    ),
    Check(
        "new_items",
        "The catalogue is stable",
        "Many test events are on items no model can know; retrain often, or give items features.",
        _new_items,
    ),
    Check(
        "bursts",
        "Times tell events apart",
        "Many events share one time, so their order is the file's; export a finer time if there is one.",
        _bursts,
    ),
    Check(
        "leaks",
        "Columns are known beforehand",
        "Leave such a column out unless it was known before the events; it lets a model see the future.",
        _leaks,
    ),
    Check(
        "sensitive",
        "Columns that need care",
        "Make sure you may use them, and compare the lists of the groups; or leave them out.",
        _sensitive,
    ),
    Check(
        "given_test",
        "The given test is fair",
        "Check how it was made: pairs in both parts can be remembered, unknown people cannot be served.",
        _test_known,
    ),
]
CHECKS: dict[str, Check] = {one.code: one for one in _IN_ORDER}

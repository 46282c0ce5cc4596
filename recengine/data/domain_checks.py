"""Checks that one domain asks for besides the usual ones."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from recengine.core.columns import DAY, EVENT, ITEM, TIME, USER
from recengine.core.dataset import Dataset
from recengine.data.checks import Answer, Check, Level

BOUGHT = re.compile(r"purchase|buy|bought|transaction|order|checkout", re.IGNORECASE)
SHOWN = re.compile(r"impression|shown|exposure", re.IGNORECASE)
SHORT_LIFE_DAYS = 2.0  # a model trained once a day has not met posts that live shorter than this
MANY_LEAVERS = 0.5  # share of people
ONE_WAY = 0.5  # share of steps that the usual next step foretells


def _share_of_kinds(dataset: Dataset, wanted: re.Pattern[str]) -> float | None:
    """Share of events whose kind's name fits; None where events are of one kind only."""
    if EVENT not in dataset.interactions.frame:
        return None
    kinds = dataset.interactions.frame[EVENT].cat
    fits = np.array([bool(wanted.search(str(kind))) for kind in kinds.categories], bool)
    return float(np.append(fits, False)[kinds.codes].mean())


def _purchases(dataset: Dataset) -> Answer:
    share = _share_of_kinds(dataset, BOUGHT)
    if share is None:
        return "ok", "all events are of one kind"
    return ("ok" if share else "warn"), f"{share:.1%} of events are purchases"


def _impressions(dataset: Dataset) -> Answer:
    share = _share_of_kinds(dataset, SHOWN) or 0.0
    return ("warn" if share else "ok"), f"{share:.1%} of the events kept only say that something was shown"


def _lifetime(dataset: Dataset) -> Answer:
    if dataset.about.time_kind == "order":
        return "ok", "without a time nothing is known of how long items live"
    times = pd.Series(dataset.interactions.column(TIME)).groupby(dataset.interactions.column(ITEM))
    days = ((times.max() - times.min()) / DAY)[times.size() >= 2]
    median = float(days.median()) if len(days) else 0.0
    level: Level = "warn" if median < SHORT_LIFE_DAYS else "ok"
    return level, f"half of the items are still chosen {median:,.1f} days after they first were"


def _leavers(dataset: Dataset) -> Answer:
    times = dataset.interactions.column(TIME)
    if dataset.about.time_kind == "order" or times[0] == times[-1]:
        return "ok", "without a time nobody can be seen to leave"
    last_U = pd.Series(times).groupby(dataset.interactions.column(USER)).max()
    share = float((last_U < (times[0] + times[-1]) / 2).mean())
    level: Level = "warn" if share > MANY_LEAVERS else "ok"
    return level, f"{share:.0%} of people do nothing any more in the second half of the time"


def _syllabus(dataset: Dataset) -> Answer:
    """How often the step that most people take from an item is the one that is taken."""
    events = dataset.interactions
    users, items = (events.column(name)[events.order_by_user] for name in (USER, ITEM))
    same = users[1:] == users[:-1]
    steps = pd.DataFrame({"at": items[:-1][same], "next": items[1:][same]}).query("at != next")
    if steps.empty:
        return "ok", "nobody goes from one item to another"
    usual = steps.value_counts().groupby("at").max().sum() / len(steps)
    return ("warn" if usual > ONE_WAY else "ok"), f"{usual:.0%} of steps lead to the item's usual next one"


PURCHASES = Check(
    "purchases",
    "Purchases are told from looks",
    "Map the kind of event and give purchases the most weight; otherwise lists show what is looked at.",
    _purchases,
)
IMPRESSIONS = Check(
    "impressions",
    "Being shown is no choice",
    "Give impressions the weight 0: they say what the feed chose, not what the member did.",
    _impressions,
)
LIFETIME = Check(
    "lifetime",
    "Items live long enough to be learnt",
    "Train often, and give posts features: a new post is known by them alone.",
    _lifetime,
)
LEAVERS = Check(
    "leavers",
    "Learners stay to the end",
    "Hold out each learner's last step (split leave-last-out); a cut in time asks only those who stayed.",
    _leavers,
)
SYLLABUS = Check(
    "syllabus",
    "Learners choose their own way",
    "Most steps follow the syllabus, so any list that repeats it looks good; compare models with it in mind.",
    _syllabus,
)

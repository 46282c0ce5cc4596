"""The rules of cleaning: what a row must not be, and the switch of each rule.

To add a rule: write its function, add its line to RULES and its switch to CleaningConfig (in rule.py).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY
from recengine.data.log import Log, repeats
from recengine.data.reading_rules import REPAIRS, SUMMARIES
from recengine.data.rule import CleaningConfig, Mask, Rule

__all__ = ["RULES", "CleaningConfig", "Rule"]

STEP = 2**20  # rows looked at at a time
EARLIEST = 315_532_800.0  # 1980-01-01 in seconds: earlier dates are placeholders for "no date"


def _missing_ids(log: Log, settings: CleaningConfig) -> Mask:
    return (log.user < 0) | (log.item < 0)


def _unreadable_times(log: Log, settings: CleaningConfig) -> Mask:
    unreadable = np.isnan(log.time)
    if log.time_kind == "date" and not unreadable.all() and np.nanmedian(log.time) > EARLIEST:
        return unreadable | (log.time < EARLIEST)
    return unreadable


def _future_times(log: Log, settings: CleaningConfig) -> Mask:
    if log.time_kind != "date":
        return np.zeros(len(log), bool)
    return np.greater(log.time, time.time() + DAY)


def _mostly_future(log: Log) -> str | None:
    if np.median(log.time) > time.time() + DAY:
        return "most rows lie in the future: that is the calendar of these data, not a slip"
    return None


def _ignored_events(log: Log, settings: CleaningConfig) -> Mask:
    return np.equal(log.event_weight, 0)


def _unstated_weights(log: Log, settings: CleaningConfig) -> Mask:
    unstated = np.isnan(log.weight)
    if log.rating:
        # 0 or -1 on a scale that is otherwise positive means "has it, did not rate it".
        low = np.unique(log.weight[log.weight <= 0])
        if len(low) == 1 and low[0] in (0, -1):
            return unstated | (log.weight <= 0)
    return unstated


def _count_one(log: Log, concerned: Mask) -> Log:
    return replace(log, weight=np.where(concerned, np.float32(1), log.weight))


def _returns(log: Log, settings: CleaningConfig) -> Mask:
    return np.less_equal(log.weight, 0)


def _duplicates(log: Log, settings: CleaningConfig) -> Mask:
    """Every copy after the first; a hash finds candidates, the columns themselves decide."""
    columns: dict[str, NDArray[Any]] = {"user": log.user, "item": log.item, "weight": log.weight}
    if log.time_kind != "order":
        columns["time"] = log.time
    if log.event is not None:
        columns["event"] = log.event
    if log.rest is not None:
        columns["rest"] = log.rest
    key = np.zeros(len(log), np.uint64)
    for start in range(0, len(log), STEP):  # step by step, so that nothing is as large as the log
        part = slice(start, start + STEP)
        key[part] = _hash([values[part] for values in columns.values()])
    sorted_keys = np.sort(key)  # three times as fast as a hash table when there are few copies
    twice = np.unique(sorted_keys[1:][sorted_keys[1:] == sorted_keys[:-1]])
    places = np.flatnonzero(pd.Series(key).isin(twice)) if len(twice) else np.zeros(0, np.int64)
    copied = np.zeros(len(log), bool)
    copied[places] = pd.DataFrame({name: v[places] for name, v in columns.items()}).duplicated().to_numpy()
    return copied


def _hash(columns: list[NDArray[Any]]) -> NDArray[np.uint64]:
    key = np.zeros(len(columns[0]), np.uint64)
    for values in columns:
        bits = np.asarray(values, np.float64).view(np.uint64) if values.dtype.kind == "f" else values
        key = (key ^ bits.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key


def _no_time(log: Log) -> str | None:
    if log.time_kind == "order":
        return "kept: without a time a copy cannot be told from somebody coming back"
    return None


def _bots(log: Log, settings: CleaningConfig) -> Mask:
    count_U = np.bincount(log.user, minlength=len(log.users))
    usual = np.quantile(count_U[count_U > 0], 0.99, method="lower") if len(log) else 0
    bot_U = count_U > max(1_000, settings.bot_times_usual * usual)
    if log.time_kind != "order":
        suspects = np.flatnonzero((count_U > settings.bot_events_per_day)[log.user])
        days = pd.DataFrame({"user": log.user[suspects], "day": log.time[suspects] // DAY})
        per_day = days.value_counts()
        busy = per_day[per_day > settings.bot_events_per_day].index.get_level_values("user")
        bot_U[busy.to_numpy(np.int64)] = True
    return np.asarray(bot_U[log.user], bool)


def _repeated_pairs(log: Log, settings: CleaningConfig) -> Mask:
    if not settings.repeated_pairs or log.time_kind == "order":
        return log.repeated  # to count them, it does not matter which one came first
    order = np.argsort(log.time, kind="stable")
    repeated = np.empty(len(log), bool)
    repeated[order] = repeats(log.user[order], log.item[order])
    return repeated


def _rare_items(log: Log, settings: CleaningConfig) -> Mask:
    people_I = np.bincount(log.item[~log.repeated], minlength=len(log.items))
    return (people_I < settings.min_people_per_item)[log.item]


def _rare_people(log: Log, settings: CleaningConfig) -> Mask:
    count_U = np.bincount(log.user, minlength=len(log.users))
    return (count_U < settings.min_events_per_person)[log.user]


_IN_ORDER = [
    *SUMMARIES,
    *REPAIRS,
    Rule(
        "missing_ids",
        "Rows without a person or an item",
        "bad",
        "Find out at the source why the id is missing (guest checkouts?).",
        _missing_ids,
        of_rows=True,
    ),
    Rule(
        "unreadable_times",
        "Times that cannot be read",
        "bad",
        "Write times in one form, best as ISO text (2024-05-17 09:30).",
        _unreadable_times,
        of_rows=True,
        many="Choose another column for the time, or none, if those rows matter.",
        at_most=0.5,
    ),
    Rule(
        "future_times",
        "Times in the future",
        "warn",
        "Check the clock or the unit of the time column.",
        _future_times,
        exempt=_mostly_future,
        of_rows=True,
    ),
    Rule(
        "ignored_events",
        "Kinds of events with weight 0",
        "info",
        "Give the kind a weight above 0 to count it.",
        _ignored_events,
        of_rows=True,
    ),
    Rule(
        "unstated_weights",
        "Rows without a readable weight",
        "info",
        "They count as one; fill the weight column to have them count otherwise.",
        _unstated_weights,
        mend=_count_one,
        of_rows=True,
    ),
    Rule(
        "returns",
        "Returns and other weights of 0 or less",
        "bad",
        "Export sales without returns, or choose another weight column.",
        _returns,
        of_rows=True,
    ),
    Rule(
        "duplicates",
        "Exact copies of a row",
        "warn",
        "Check whether the export was joined or appended twice.",
        _duplicates,
        exempt=_no_time,
    ),
    Rule(
        "bots",
        "People with an implausible number of events",
        "warn",
        "Look at who they are: crawlers, tills and test accounts are no customers.",
        _bots,
        about="person",
        threshold="bot_events_per_day",
    ),
    Rule(
        "repeated_pairs",
        "The same item again for the same person",
        "info",
        "Leave off where coming back means something; switch on for a one-time choice.",
        _repeated_pairs,
    ),
    Rule(
        "rare_items",
        "Items that hardly anyone has",
        "info",
        "Nothing can be learnt from one event; switch on to leave them out.",
        _rare_items,
        about="item",
        threshold="min_people_per_item",
    ),
    Rule(
        "rare_people",
        "People with hardly any event",
        "info",
        "They stay as newcomers; switch on to leave them out.",
        _rare_people,
        about="person",
        threshold="min_events_per_person",
    ),
]
RULES: dict[str, Rule] = {rule.code: rule for rule in _IN_ORDER}

"""Feedback: what people did with lists they were shown, as events that are kept once and never changed.

    answers = accept(ws, [event_of({"event_id": "e1", "list_id": listed.list_id, "item": "i7",
                                    "kind": "like"})], "app")

An event that was answered with "accepted" is on the disk; sent again it is a "duplicate" and changes
nothing. What cannot be true is "refused" with the reason, and nothing of it is kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import pandas as pd

from recengine.core.errors import DataError, did_you_mean
from recengine.services.feedback_store import ACCEPTED, DUPLICATE, EVENTS, Settled, settle
from recengine.services.shown import utc
from recengine.services.store import Store
from recengine.services.workspace import Workspace

Kind = Literal["like", "dislike", "hide", "click", "purchase", "rating"]
KINDS: tuple[Kind, ...] = ("like", "dislike", "hide", "click", "purchase", "rating")
Source = Literal["app", "cli", "file", "database", "endpoint"]
RATINGS = (1.0, 5.0)  # the scale; fractions are fine
SKEW_S = 300.0  # so far may the sender's clock be ahead of ours, or behind
LONGEST = 200  # characters of an id
LONGEST_LIST = 10_000  # places
COLUMNS = [
    *("event_id", "list_id", "run", "strategy", "strategy_version", "person", "item", "position"),
    *("propensity", "kind", "value", "shown_at", "at", "source"),
]


class Event(NamedTuple):
    """What a sender says.

    Attributes:
        event_id: the sender's own, the same however often it is sent.
        value: of a rating 1 to 5; of a purchase what it brought, 0 or more; otherwise None.
        at: when it happened, in seconds since 1970; None means when it is received.
        position, person: need not be said; if they are, they have to be the list's.
    """

    event_id: str
    list_id: str
    item: str
    kind: str
    value: float | None = None
    at: float | None = None
    position: int | None = None
    person: str | None = None


class Answer(NamedTuple):
    """What became of an event.

    Attributes:
        why: for a reader, where it was refused; "" otherwise.
        later: it was refused, but may become right: its list is not known yet, or its time not come.
    """

    event_id: str
    outcome: Literal["accepted", "duplicate", "refused"]
    why: str = ""
    later: bool = False


def accept(
    ws: Workspace, events: Sequence[Event], source: Source, *, now: float | None = None
) -> list[Answer]:
    """Keep events, each for itself; one answer each, in their order.

    When this returns, what was accepted is on the disk, even if the machine loses power. All of
    them are one transaction: killed before the answer, either all are kept or none, and sending
    them again is right in both cases.
    """
    now = time.time() if now is None else now
    wrong = [problem(event, now) for event in events]
    good = [event for event, why in zip(events, wrong, strict=True) if not why]
    settled = iter(settle(ws, good, source, now, SKEW_S))
    return [
        Answer(event.event_id, "refused", why, _is_early(event, now))
        if why
        else _answer(event, next(settled))
        for event, why in zip(events, wrong, strict=True)
    ]


def event_of(values: Mapping[str, Any]) -> Event:
    """An event out of JSON.

    Raises:
        DataError: a field is unknown, missing, or of the wrong type.
    """
    if unknown := [name for name in values if name not in Event._fields]:
        raise DataError(f"an event has no field '{unknown[0]}'. {did_you_mean(unknown[0], Event._fields)}")
    for name in ("event_id", "list_id", "item", "kind"):
        if not isinstance(values.get(name), str):
            raise DataError(f"an event needs the text '{name}'; found {values.get(name)!r}.")
    if not isinstance(person := values.get("person"), str | None):
        raise DataError(f"'person' is an id, a text; found {person!r}.")
    position = values.get("position")
    if position is not None and (isinstance(position, bool) or not isinstance(position, int)):
        raise DataError(f"'position' is a whole number from 1 on; found {position!r}.")
    return Event(
        event_id=values["event_id"],
        list_id=values["list_id"],
        item=values["item"],
        kind=values["kind"],
        value=_number(values.get("value"), "value"),
        at=moment_of(values.get("at")),
        position=position,
        person=person,
    )


def moment_of(said: object) -> float | None:
    """Seconds since 1970 of a number of them, or of ISO text; without a zone it is UTC.

    Raises:
        DataError: it is neither.
    """
    if not isinstance(said, str):
        return _number(said, "at")
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise DataError(
            f"'at' is a moment such as 2026-03-01T09:30:00Z, or seconds since 1970; found {said!r}."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def problem(event: Event, now: float) -> str:
    """What is wrong with an event in itself, before any list is looked at; "" if nothing is."""
    for name in ("event_id", "list_id", "item", "person"):
        said = getattr(event, name)
        if said is not None and (not 0 < len(said) <= LONGEST or not said.isprintable()):
            return f"{name} has 1 to {LONGEST} printable characters; found {said[:50]!r}."
    if not (event.position is None or 0 < event.position <= LONGEST_LIST):
        return f"a position is from 1 to {LONGEST_LIST:,}; found {event.position}."
    if event.kind not in KINDS:
        return f"there is no kind of feedback {event.kind[:50]!r}. {did_you_mean(event.kind, KINDS)}"
    if event.at is not None and math.isnan(event.at):
        return "its time cannot be read. Moments are such as 2026-03-01T09:30:00Z, or seconds since 1970."
    if event.at is not None and event.at > now + SKEW_S:
        return (
            f"it is said to have happened at {_said(event.at)}, which has not come yet (it is {_said(now)}). "
            "Check the sender's clock."
        )
    return _wrong_value(event.kind, event.value)


def _wrong_value(kind: str, value: float | None) -> str:
    low, high = RATINGS
    if value is not None and not math.isfinite(value):
        return f"a value is a number; found {value}."
    if kind == "rating" and (value is None or not low <= value <= high):
        return f"a rating is {low:g} to {high:g}; found {'none' if value is None else f'{value:g}'}."
    if kind == "purchase" and value is not None and value < 0:
        return f"what a purchase brought is 0 or more; found {value:g}."
    if kind not in ("rating", "purchase") and value is not None:
        return f"a {kind} has no value; found {value:g}. Ratings and purchases have one."
    return ""


def _is_early(event: Event, now: float) -> bool:
    return event.at is not None and event.at > now + SKEW_S and math.isfinite(event.at)


def _answer(event: Event, settled: Settled) -> Answer:
    """The words for what was found when the lists and earlier events were looked at."""
    if settled is ACCEPTED or settled is DUPLICATE:
        return Answer(event.event_id, "accepted" if settled is ACCEPTED else "duplicate")
    words = {
        "list": f"no list '{event.list_id}' was shown. Send the list_id that came with the list.",
        "item": f"item '{event.item}' was not in list {event.list_id}, which held {settled.held}.",
        "position": f"item '{event.item}' stood at place {settled.position} of list {event.list_id}, not at "
        f"{event.position}.",
        "person": f"list {event.list_id} was shown to '{settled.whose}', not to '{event.person}'.",
        "before": f"it is said to have happened at {_said(event.at or 0.0)}, before its list was shown "
        f"({_said(settled.shown_at)}). Check the sender's clock.",
        "other": f"event_id '{event.event_id}' was used before for something else. Ids are used once.",
    }
    return Answer(event.event_id, "refused", words[settled.outcome], settled.outcome == "list")


def events(
    ws: Workspace,
    *,
    dataset: str | None = None,
    run: str | None = None,
    strategy: str | None = None,
    person: str | None = None,
    kind: Kind | None = None,
    after: int = 0,
    last: int | None = None,
) -> pd.DataFrame:
    """Feedback joined with the lists it is about, in the order it was received.

    Columns: event_id, list_id, run, strategy ("" for the run alone), strategy_version, person, item,
    position (from 1), propensity (NaN where unknown), kind, value (NaN where none), shown_at, at (both
    UTC), source. The index is each event's number, which only grows.

    Args:
        after: only events with a greater number, for whoever has read up to there.
        last: only so many, the last of them.
    """
    with Store(ws).reading() as db:
        asked = (dataset, run, strategy, person, kind, after, -1 if last is None else last)
        rows = db.execute(EVENTS, asked).fetchall()
    frame = pd.DataFrame([tuple(row) for row in reversed(rows)], columns=["number", *COLUMNS]).set_index(
        "number"
    )
    frame = frame.astype({"propensity": "float64", "value": "float64"})
    return frame.assign(shown_at=utc(frame["shown_at"]), at=utc(frame["at"]))


def counts(ws: Workspace) -> dict[str, int]:
    """How many events of each kind there are; kinds without any are 0."""
    with Store(ws).reading() as db:
        found = dict(db.execute("SELECT kind, count(*) FROM feedback GROUP BY kind").fetchall())
    return {kind: found.get(kind, 0) for kind in KINDS}


def _number(value: object, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"'{name}' is a number; found {value!r}.")
    try:
        return float(value)
    except OverflowError:
        raise DataError(f"'{name}' is a number with too many digits.") from None


def _said(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g} seconds since 1970"

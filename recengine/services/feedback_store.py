"""The table of feedback: a batch of events is compared with its lists and kept, in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from recengine.services.store import Store, transaction
from recengine.services.workspace import Workspace

HELD = 5  # items of a list that are named
CACHE_KB = 64 * 1024  # for the index of ids, which are in no order


class Settled(NamedTuple):
    """What was found of one event.

    Attributes:
        outcome: accepted, duplicate, or why it was refused: list, item, position, person, before, other.
        position: where the item stood in its list, from 1; 0 where it did not.
        whose, shown_at, held: of the list: its person, its moment, its first items in words.
    """

    outcome: str
    position: int = 0
    whose: str = ""
    shown_at: float = 0.0
    held: str = ""


ACCEPTED, DUPLICATE = Settled("accepted"), Settled("duplicate")


STAGE = """
    CREATE TEMP TABLE staged (place INTEGER PRIMARY KEY, event_id TEXT, list_id TEXT, item TEXT, kind TEXT,
        value REAL, at REAL, position INTEGER, person TEXT, list INTEGER, whose TEXT, shown_at REAL,
        found INTEGER, why TEXT)
"""
PUT = "INSERT INTO staged VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, '')"
FIND = """
    UPDATE staged SET list = number, whose = shown.person, shown_at = shown.shown_at,
        found = (SELECT key + 1 FROM json_each(shown.items) AS held WHERE held.value = staged.item)
    FROM shown WHERE shown.list_id = staged.list_id
"""
JUDGE = """
    UPDATE staged SET why = CASE
        WHEN list IS NULL THEN 'list'
        WHEN found IS NULL THEN 'item'
        WHEN position <> found THEN 'position'
        WHEN person <> whose THEN 'person'
        WHEN at < shown_at - :skew THEN 'before'
        ELSE '' END
"""
KEEP = """
    INSERT INTO feedback (event_id, list_id, item, position, propensity, kind, value, at, received_at, source)
    SELECT event_id, staged.list_id, item, found, json_extract(propensities, '$[' || (found - 1) || ']'),
        kind, value, coalesce(at, :now), :now, :source
    FROM staged JOIN shown ON number = list WHERE why = '' ORDER BY place
    ON CONFLICT (event_id) DO NOTHING
"""
# The number under which the same event is kept. Without a time it happened when it was received; sent
# again without one it is the same. Times are told to the millisecond.
KEPT = """
    SELECT iif(
        (kept.list_id, kept.item, kept.kind) = (staged.list_id, staged.item, staged.kind)
        AND kept.value IS staged.value AND abs(kept.at - coalesce(staged.at, kept.at)) < 0.001,
        kept.number, NULL)
    FROM staged LEFT JOIN feedback AS kept USING (event_id) ORDER BY place
"""
REFUSED = """
    SELECT iif(why = '', 'other', why), coalesce(found, 0), coalesce(whose, ''),
        coalesce(staged.shown_at, 0.0), iif(why = 'item', items, '[]')
    FROM staged LEFT JOIN shown ON number = list WHERE place = ?
"""
EVENTS = """
    SELECT feedback.number, event_id, list_id, run, strategy, strategy_version, person, item, position,
        propensity, kind, value, shown_at, at, source
    FROM feedback JOIN shown USING (list_id)
    WHERE (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR run = ?2) AND (?3 IS NULL OR strategy = ?3)
        AND (?4 IS NULL OR person = ?4) AND (?5 IS NULL OR kind = ?5) AND feedback.number > ?6
    ORDER BY feedback.number DESC LIMIT ?7
"""


def settle(
    ws: Workspace, events: Sequence[Sequence[object]], source: str, now: float, skew_s: float
) -> list[Settled]:
    """Keep the events that fit their lists and are new; what was found of each, in their order.

    Args:
        events: event_id, list_id, item, kind, value, at, position and person of each.
    """
    db = Store(ws).connect()
    try:
        db.row_factory = None
        db.execute("PRAGMA synchronous=FULL")  # what is answered for outlives the power as well
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute(f"PRAGMA cache_size=-{CACHE_KB}")
        db.execute(STAGE)
        db.executemany(PUT, events)
        with transaction(db):
            last = db.execute("SELECT coalesce(max(number), 0) FROM feedback").fetchone()[0]
            db.execute(FIND)
            db.execute(JUDGE, {"skew": skew_s})
            db.execute(KEEP, {"now": now, "source": source})
            kept = [row[0] for row in db.execute(KEPT)]
        return _outcomes(db, kept, last)
    finally:
        db.close()


def _outcomes(db: sqlite3.Connection, kept: Sequence[int | None], last: int) -> list[Settled]:
    """Of several new events with one id the first is the one that was accepted."""
    seen: set[int] = set()
    settled = []
    for place, number in enumerate(kept, start=1):
        if number is None:
            why, position, whose, shown_at, items = db.execute(REFUSED, (place,)).fetchone()
            settled.append(Settled(why, position, whose, shown_at, _held(items)))
        else:
            settled.append(ACCEPTED if number > last and number not in seen else DUPLICATE)
            seen.add(number)
    return settled


def _held(items: str) -> str:
    held = json.loads(items)
    return ", ".join(held[:HELD]) + (f" and {len(held) - HELD} more" if len(held) > HELD else "")

"""Lists as people saw them, kept so that feedback can say which list, which place and by what chance."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from recengine.core.dataset import digest
from recengine.core.errors import NotFoundError, SettingsError
from recengine.services.runs import get_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace

VISIT_S = 30 * 60  # the same list drawn again within half an hour is one showing, as after a reload


@dataclass(frozen=True)
class ShownList:
    """One list, as one person saw it at one moment. Never changed.

    Attributes:
        strategy: its name; "" where the run alone made the list. strategy_version: 0 then.
        person: the id; "" for a guest.
        items: ids, the first place first; no item twice.
        propensities: how likely each item was to stand at its place, above 0 up to 1; NaN where unknown.
        seed: of the chance in the strategy.
        shown_at: seconds since 1970, UTC.
    """

    dataset: str
    run: str
    strategy: str
    strategy_version: int
    person: str
    items: tuple[str, ...]
    propensities: tuple[float, ...]
    seed: int
    shown_at: float

    def __post_init__(self) -> None:
        if not self.items or len(set(self.items)) < len(self.items):
            raise SettingsError(f"a list that is shown has items, and none twice; found {self.items[:10]}.")
        if len(self.propensities) != len(self.items):
            raise SettingsError(
                f"a list of {len(self.items)} items needs as many propensities; found "
                f"{len(self.propensities)}."
            )
        wrong = [value for value in self.propensities if not math.isnan(value) and not 0 < value <= 1]
        if wrong:
            raise SettingsError(f"a propensity is above 0 and at most 1; found {wrong[0]:g}.")

    @property
    def list_id(self) -> str:
        """A digest of all that is known of it, so an id never stands for two lists."""
        return digest(*self._of_any_moment, f"{self.shown_at:.3f}")

    @property
    def _of_any_moment(self) -> tuple[object, ...]:
        made = (self.dataset, self.run, self.strategy, self.strategy_version, self.person, self.seed)
        return (*made, _items(self), _propensities(self))

    def same_as(self, other: ShownList) -> bool:
        """Whether only the moment differs."""
        return self._of_any_moment == other._of_any_moment


def show(
    ws: Workspace,
    run_id: str,
    person: str,
    items: Sequence[str],
    *,
    propensities: Sequence[float] | None = None,
    strategy: str = "",
    strategy_version: int = 0,
    seed: int = 0,
    at: float | None = None,
) -> ShownList:
    """Keep that a person was shown a list; the same list again within half an hour is the same showing.

    Args:
        propensities: by default unknown.
        at: by default now.

    Raises:
        NotFoundError: no such run.
        SettingsError: no items, an item twice, or propensities that are none.
    """
    listed = ShownList(
        dataset=get_run(ws, run_id).spec.dataset,
        run=run_id,
        strategy=strategy,
        strategy_version=strategy_version,
        person=person,
        items=tuple(map(str, items)),
        propensities=tuple([math.nan] * len(items) if propensities is None else map(float, propensities)),
        seed=seed,
        shown_at=round(time.time() if at is None else at, 3),
    )
    with Store(ws).writing() as db:
        before = _last_to(db, listed)
        if before is not None and before.same_as(listed):
            return before
        db.execute(INSERT, _row(listed))
    return listed


def show_all(ws: Workspace, lists: Iterable[ShownList]) -> int:
    """Keep many lists in one go, all or none; how many were new."""
    with Store(ws).writing() as db:
        return db.executemany(INSERT, map(_row, lists)).rowcount


def shown_list(ws: Workspace, list_id: str) -> ShownList:
    """One list that was shown.

    Raises:
        NotFoundError: there is none of that id.
    """
    with Store(ws).reading() as db:
        row = db.execute("SELECT * FROM shown WHERE list_id = ?", (list_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"no list '{list_id}' was shown. Ids come with the lists.")
    return _list(row)


def places(
    ws: Workspace, *, dataset: str | None = None, run: str | None = None, strategy: str | None = None
) -> pd.DataFrame:
    """Every place of every list that was shown, whether anything came of it or not; oldest list first.

    Columns: list_id, dataset, run, strategy, strategy_version, person, position (from 1), item,
    propensity (NaN where unknown), shown_at (UTC).

    Args:
        strategy: its name; "" asks for lists that the run alone made.
    """
    with Store(ws).reading() as db:
        rows = db.execute(PLACES, (dataset, run, strategy)).fetchall()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=COLUMNS)
    return frame.astype({"propensity": "float64"}).assign(shown_at=utc(frame["shown_at"]))


def utc(seconds: pd.Series) -> pd.Series:
    """Moments with their zone, to the millisecond."""
    return pd.to_datetime((seconds.astype("float64") * 1e3).round(), unit="ms", utc=True)


INSERT = (
    "INSERT OR IGNORE INTO shown (list_id, dataset, run, strategy, strategy_version, person, seed, items, "
    "propensities, shown_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
COLUMNS = [
    *("list_id", "dataset", "run", "strategy", "strategy_version", "person"),
    *("position", "item", "propensity", "shown_at"),
]
PLACES = """
    SELECT list_id, dataset, run, strategy, strategy_version, person,
        place.key + 1, place.value, chance.value, shown_at
    FROM shown, json_each(items) AS place JOIN json_each(propensities) AS chance ON chance.key = place.key
    WHERE (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR run = ?2) AND (?3 IS NULL OR strategy = ?3)
    ORDER BY number, place.key
"""


def _last_to(db: sqlite3.Connection, listed: ShownList) -> ShownList | None:
    """The list this person saw last from the same run and strategy, if that is not long ago."""
    row = db.execute(
        "SELECT * FROM shown WHERE dataset = ? AND person = ? AND shown_at BETWEEN ? AND ? "
        "AND (run, strategy, strategy_version) = (?, ?, ?) ORDER BY shown_at DESC LIMIT 1",
        (
            *(listed.dataset, listed.person, listed.shown_at - VISIT_S, listed.shown_at),
            *(listed.run, listed.strategy, listed.strategy_version),
        ),
    ).fetchone()
    return None if row is None else _list(row)


def _row(listed: ShownList) -> tuple[object, ...]:
    made = (listed.dataset, listed.run, listed.strategy, listed.strategy_version, listed.person, listed.seed)
    return (listed.list_id, *made, _items(listed), _propensities(listed), listed.shown_at)


def _items(listed: ShownList) -> str:
    return json.dumps(listed.items, ensure_ascii=False)


def _propensities(listed: ShownList) -> str:
    return json.dumps([None if math.isnan(value) else value for value in listed.propensities])


def _list(row: sqlite3.Row) -> ShownList:
    return ShownList(
        dataset=row["dataset"],
        run=row["run"],
        strategy=row["strategy"],
        strategy_version=row["strategy_version"],
        person=row["person"],
        items=tuple(json.loads(row["items"])),
        propensities=tuple(math.nan if value is None else value for value in json.loads(row["propensities"])),
        seed=row["seed"],
        shown_at=row["shown_at"],
    )

"""Today's strategy: the one that a dataset's lists are made by, with who said so and why."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from recengine.core.errors import JobError, SettingsError
from recengine.services.datasets import dataset_card
from recengine.services.store import Store
from recengine.services.strategies import AT, get
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy


@dataclass(frozen=True)
class InUse:
    """One strategy that was put into use.

    Attributes:
        strategy: its name; "" where lists became the run's own again. version: 0 then.
        since: when, in seconds since 1970.
        who: the name of whoever did it. why: the reason they gave; "" where they gave none.
    """

    dataset: str
    strategy: str
    version: int
    since: float
    who: str
    why: str

    @property
    def reference(self) -> str:
        """name@version; "" for the run's own lists."""
        return f"{self.strategy}{AT}{self.version}" if self.strategy else ""


def in_use(ws: Workspace, dataset: str) -> InUse | None:
    """Today's strategy of a dataset; None where lists are the run's own."""
    last = next(iter(history(ws, dataset)), None)
    return last if last is not None and last.strategy else None


def todays(ws: Workspace, dataset: str) -> Strategy:
    """Today's strategy itself; where none is in use, the one that leaves lists as the run makes them."""
    used = in_use(ws, dataset)
    return get(ws, used.reference).strategy if used else Strategy()


def use(ws: Workspace, dataset: str, reference: str, who: str, why: str = "") -> InUse:
    """Put a saved strategy into use (its last version, or name@3); what was used before stays in the history.

    Raises:
        NotFoundError: no such dataset or strategy.
        JobError: it is in use already.
        SettingsError: nobody is named who wants it so.
    """
    saved, before = get(ws, reference), in_use(ws, dataset_card(ws, dataset).name)
    if before is not None and before.reference == saved.reference:
        raise JobError(f"strategy '{saved.reference}' is in use for '{dataset}' already.")
    return _enter(ws, dataset, saved.name, saved.version, who, why)


def stop_using(ws: Workspace, dataset: str, who: str, why: str = "") -> InUse:
    """From now on lists are the run's own.

    Raises:
        JobError: no strategy is in use.
        SettingsError: nobody is named who wants it so.
    """
    if in_use(ws, dataset) is None:
        raise JobError(f"no strategy is in use for '{dataset}'; lists are the run's own already.")
    return _enter(ws, dataset, "", 0, who, why)


def history(ws: Workspace, dataset: str) -> list[InUse]:
    """Every strategy that was put into use for a dataset, newest first."""
    with Store(ws).reading() as db:
        rows = db.execute(
            "SELECT * FROM strategies_in_use WHERE dataset = ? ORDER BY number DESC", (dataset,)
        )
        return [_in_use(row) for row in rows]


def _enter(ws: Workspace, dataset: str, name: str, version: int, who: str, why: str) -> InUse:
    if not who.strip():
        raise SettingsError("say who wants it so, so that others know whom to ask.")
    made = InUse(dataset, name, version, time.time(), who.strip(), why.strip())
    with Store(ws).writing() as db:
        db.execute(
            "INSERT INTO strategies_in_use (dataset, strategy, version, since, who, why) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (made.dataset, made.strategy, made.version, made.since, made.who, made.why),
        )
    return made


def _in_use(row: sqlite3.Row) -> InUse:
    return InUse(row["dataset"], row["strategy"], row["version"], row["since"], row["who"], row["why"])

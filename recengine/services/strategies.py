"""Strategies as they are kept: each under its name, every change a new version, none ever overwritten."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recengine.core.errors import NotFoundError, SettingsError, did_you_mean
from recengine.services.files import replacing
from recengine.services.store import Store
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.strategy.difference import difference

AT = "@"  # name@3 is version 3


@dataclass(frozen=True)
class Saved:
    """One version of a strategy.

    Attributes:
        version: from 1 on, one more with every change.
        saved_at: seconds since 1970.
        who: the name of whoever saved it. why: the reason they gave; "" where they gave none.
    """

    strategy: Strategy
    version: int
    saved_at: float
    who: str
    why: str

    @property
    def name(self) -> str:
        """What all versions are called."""
        return self.strategy.name

    @property
    def reference(self) -> str:
        """name@version, which `get` takes."""
        return f"{self.name}{AT}{self.version}"

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = {"version": self.version, "saved_at": self.saved_at, "who": self.who, "why": self.why}
        return {"name": self.name, **told, "strategy": self.strategy.model_dump(mode="json")}


def save(ws: Workspace, strategy: Strategy, who: str, why: str = "") -> Saved:
    """Keep a strategy as the next version of its name; one equal to the last version is that version.

    Raises:
        SettingsError: it cannot be called so, or nobody is named who saves it.
    """
    if AT in strategy.name or not strategy.name.isprintable() or strategy.name != strategy.name.strip():
        raise SettingsError(
            f"a strategy is called by printable characters without {AT}; found {strategy.name!r}."
        )
    if not who.strip():
        raise SettingsError("say who saves it, so that others know whom to ask.")
    with Store(ws).writing() as db:
        last = db.execute(f"{LAST} AND name = ?", (strategy.name,)).fetchone()
        if last is not None and _saved(last).strategy == strategy:
            return _saved(last)
        version = 1 if last is None else last["version"] + 1
        saved = Saved(strategy, version, time.time(), who.strip(), why.strip())
        row = (saved.name, version, strategy.model_dump_json(), saved.saved_at, saved.who, saved.why)
        db.execute("INSERT INTO strategies VALUES (?, ?, ?, ?, ?, ?)", row)
    return saved


def get(ws: Workspace, reference: str) -> Saved:
    """The last version of a name, or with name@3 that version.

    Raises:
        NotFoundError: there is none; names the nearest name, or says how many versions there are.
    """
    name, at, number = reference.rpartition(AT) if AT in reference else (reference, "", "")
    found = versions(ws, name)
    if not at:
        return found[0]
    for saved in found:
        if str(saved.version) == number:
            return saved
    raise NotFoundError(f"strategy '{name}' has versions 1 to {found[0].version}; found '{number}'.")


def versions(ws: Workspace, name: str) -> list[Saved]:
    """All versions of a name, the newest first.

    Raises:
        NotFoundError: there is no such name; names the nearest.
    """
    with Store(ws).reading() as db:
        rows = db.execute("SELECT * FROM strategies WHERE name = ? ORDER BY version DESC", (name,)).fetchall()
    if not rows:
        hint = did_you_mean(name, [saved.name for saved in strategies(ws)]) or "Save one first."
        raise NotFoundError(f"there is no strategy '{name}'. {hint}")
    return [_saved(row) for row in rows]


def strategies(ws: Workspace) -> list[Saved]:
    """The last version of every strategy, the latest saved first."""
    with Store(ws).reading() as db:
        return [_saved(row) for row in db.execute(f"{LAST} ORDER BY saved_at DESC, name")]


def compared(ws: Workspace, old: str, new: str) -> list[str]:
    """What the second of two strategies does otherwise, one phrase each; empty where they are the same.

    Raises:
        NotFoundError: there is no such strategy.
    """
    return difference(get(ws, old).strategy, get(ws, new).strategy)


def export_toml(ws: Workspace, reference: str, out: Path) -> Saved:
    """Write a strategy into a file that `import_toml` reads, here or elsewhere.

    Raises:
        NotFoundError: there is no such strategy.
    """
    saved = get(ws, reference)
    with replacing(out) as draft:
        draft.write_text(saved.strategy.to_toml(), encoding="utf-8")
    return saved


def import_toml(ws: Workspace, path: Path, who: str, why: str = "") -> Saved:
    """Keep the strategy of a file as the next version of its name.

    Raises:
        SettingsError: there is no such file, it is no TOML, or says what a strategy cannot be told.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as text ({error}). Check the path.") from None
    return save(ws, Strategy.from_toml(text), who, why or f"from {path.name}")


LAST = (
    "SELECT * FROM strategies AS last WHERE version = "
    "(SELECT max(version) FROM strategies WHERE name = last.name)"
)


def _saved(row: sqlite3.Row) -> Saved:
    strategy = Strategy.model_validate_json(row["spec"])
    return Saved(strategy, row["version"], row["saved_at"], row["who"], row["why"])

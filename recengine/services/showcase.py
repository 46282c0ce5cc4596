"""One real person and their list, kept with each run: the landing page loads no data and no model."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from recengine.services.files import read_json, replacing_folder, write_json
from recengine.services.kept import Kept
from recengine.services.people import PersonView, person_view
from recengine.services.recommend import RecommendationList, recommend
from recengine.services.runs import run_folder
from recengine.services.workspace import Workspace

DESCRIPTION = "showcase.json"  # of the folder's files; what is no table


@dataclass(frozen=True)
class Showcase:
    """A person as they are, and what a run offers them."""

    person: PersonView
    offered: RecommendationList


def make_showcase(ws: Workspace, run_id: str, person_id: str) -> Showcase:
    """Anyone's, made now.

    Raises:
        NotFoundError: no such run or person, or the run has no model yet.
    """
    offered = recommend(ws, run_id, person_id)
    return Showcase(person_view(ws, offered.dataset, person_id), offered)


def keep_showcase(ws: Workspace, run_id: str, person_id: str) -> Showcase:
    """Make one person's and keep it with the run."""
    made = make_showcase(ws, run_id, person_id)
    with replacing_folder(_folder(ws, run_id)) as draft:
        parts = {part.name: _write(getattr(made, part.name), draft / part.name) for part in fields(made)}
        write_json(draft / DESCRIPTION, parts)
    return made


_showcases: Kept[Showcase] = Kept(size=4)


def kept_showcase(ws: Workspace, run_id: str) -> Showcase | None:
    """The one kept with the run; None where there is none."""
    described = _folder(ws, run_id) / DESCRIPTION
    if not described.exists():
        return None
    return _showcases.get((described, described.stat().st_mtime_ns), lambda: _read(described))


def _folder(ws: Workspace, run_id: str) -> Path:
    return run_folder(ws, run_id) / "showcase"


def _write(part: PersonView | RecommendationList, at: Path) -> dict[str, Any]:
    """Each table into a file of its own; the rest as JSON values."""
    described = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, pd.DataFrame):
            value.to_feather(_table(at, field.name))
        else:
            described[field.name] = _plain(value)
    return described


def _read(path: Path) -> Showcase:
    described = read_json(path)

    def part(kind: type[Any], at: Path) -> Any:
        known = described[at.name]
        known |= {
            field.name: pd.read_feather(_table(at, field.name))
            for field in fields(kind)
            if field.name not in known
        }
        return kind(**known)

    offered = part(RecommendationList, path.with_name("offered"))
    return Showcase(part(PersonView, path.with_name("person")), offered)


def _table(at: Path, name: str) -> Path:
    return at.with_name(f"{at.name}-{name}.feather")


def _plain(value: Any) -> Any:
    """Features hold numbers of numpy, which JSON does not know."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value.item() if hasattr(value, "item") else value

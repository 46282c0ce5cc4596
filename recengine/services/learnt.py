"""What a model has learnt: the reasons of a sample of people put together, worked out as a task and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from recengine.core.columns import Repeats
from recengine.core.config import Config
from recengine.core.dataset import Dataset, digest
from recengine.core.errors import DataError, SettingsError
from recengine.core.words import many
from recengine.explain.explanation import Explanation
from recengine.explain.game import Game
from recengine.explain.kernel import PRECISIONS
from recengine.explain.overall import kinds_games
from recengine.explain.players import Player
from recengine.services import tasks
from recengine.services.case import UNITS
from recengine.services.desk import Desk
from recengine.services.explain_all import Listed, desk_on, explained, is_neural, sample
from recengine.services.files import read_json, remove_folder, replacing_folder, write_json
from recengine.services.kept import Kept
from recengine.services.reasons import Namer, category_codes
from recengine.services.runs import get_run, run_folder
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace

KIND = "learnt"  # of task
VERSION = 2  # raise it when what is kept changes; what was kept before is then not looked at any more
FEWEST = 10  # people; with fewer an interval says little


class LearntSpec(Config):
    """Whose reasons are put together."""

    people: int = Field(
        default=200,
        ge=FEWEST,
        le=10_000,
        title="People drawn",
        description="So many are drawn by chance; more make the intervals narrower.",
    )
    k: int = Field(
        default=1,
        ge=1,
        le=20,
        title="Items of each list",
        description="So many are explained, from the top of each person's list.",
    )
    question: Literal["score", "ahead"] = Field(
        default="score",
        description="Why an item has its score, or why it is ahead of the ten best others.",
    )
    precision: Literal["first", "fine", "finest"] = Field(
        default="first",
        description="How many combinations of reasons are tried for each item, where they are too many to "
        "try all: 256, 2,048 or 8,192.",
        json_schema_extra={"advanced": True},
    )
    repeats: Repeats | None = Field(
        default=None,
        title="What may be listed",
        description="Everything, only what is new to a person, or only what they had before.",
        json_schema_extra={"advanced": True},
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=10**9,
        description="Which people are drawn: the same seed draws the same people for every model.",
        json_schema_extra={"advanced": True},
    )


@dataclass(frozen=True, eq=False)
class Learnt:
    """The reasons of a sample of people.

    Attributes:
        model: what a page calls the run.
        unit: of effects.
        person, item: the domain's words.
        num_people: whose lists were explained; the model knows nothing of the others among num_drawn,
            who were drawn by chance from num_known people with a history.
        made_at: seconds since 1970; seconds: how long it took; device: where.
        rows: one row a reason: explanation (a number), person, item_id, base, score, kind ("action": what
            they did with the very item, "group": other past actions of one category, "person", "item": a
            feature), name, effect, error, value (as a reader sees it), number (of past actions, of a numeric
            feature; NaN where it has none), sensitive.
    """

    run_id: str
    model: str
    dataset: str
    person: str
    item: str
    unit: str
    spec: LearntSpec
    num_drawn: int
    num_known: int
    num_people: int
    num_explanations: int
    made_at: float
    seconds: float
    device: str
    rows: pd.DataFrame

    @property
    def key(self) -> str:
        """Says which result this is among those of all runs."""
        return f"{self.run_id}.{digest(self.spec.model_dump_json())}"

    @property
    def has_habit(self) -> bool:
        """Whether any of the items explained was had before."""
        return bool((self.rows["kind"] == "action").any())

    def frame(self) -> pd.DataFrame:
        """The reasons, for tables and exports."""
        return self.rows


def start(ws: Workspace, run_id: str, spec: LearntSpec) -> tasks.Task:
    """Work it out in the background.

    Raises:
        NotFoundError: no such run, or it has no model yet.
        SettingsError: the model treats everybody alike, so that nothing of people drives it.
    """
    desk = _personal(Desk.of(ws, run_id, spec.repeats))
    asked = {"run_id": run_id, **spec.model_dump()}
    return tasks.submit(ws, KIND, about=run_id, spec=asked, wants_gpu=is_neural(desk.model))


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """The task: `learn`, with the spec's run."""
    asked = {name: value for name, value in spec.items() if name != "run_id"}
    found = learn(ws, spec["run_id"], LearntSpec.of(asked), progress=report, device=report.device)
    return {"people": found.num_people, "explanations": found.num_explanations, "seconds": found.seconds}


def learn(
    ws: Workspace,
    run_id: str,
    spec: LearntSpec,
    *,
    progress: Callable[[int, int], None] | None = None,
    device: str = "cpu",
) -> Learnt:
    """Work it out here and now, and keep it with the run.

    Raises:
        NotFoundError, SettingsError: as `start`.
    """
    began = time.monotonic()
    desk = _personal(desk_on(ws, run_id, spec.repeats, device))
    codes, samples = sample(desk, spec.people, spec.seed), PRECISIONS[spec.precision]
    blocks = explained(
        desk, codes, spec.k, _games(desk, spec), samples=samples, seed=spec.seed, progress=progress
    )
    tables = [_table(desk, listed, one) for block in blocks for listed, reasons in block for one in reasons]
    rows = _together(desk, tables)
    found = Learnt(
        run_id=run_id,
        model=desk.run.title,
        dataset=desk.dataset.name,
        person=desk.dataset.about.person,
        item=desk.dataset.about.item,
        unit=UNITS[is_neural(desk.model)],
        spec=spec,
        num_drawn=len(codes),
        num_known=len(sample(desk, None, 0)),
        num_people=rows["person"].nunique(),
        num_explanations=len(tables),
        made_at=time.time(),
        seconds=time.monotonic() - began,
        device=device,
        rows=rows,
    )
    _keep(ws, found)
    return found


def _games(desk: Desk, spec: LearntSpec) -> Callable[[Listed], list[Game]]:
    kind_I = category_codes(desk.dataset)[0]

    def games(listed: Listed) -> list[Game]:
        best_R = listed.rivals(spec.question)
        return kinds_games(
            desk.model, listed.profile, listed.items_K.tolist(), spec.question, kind_I=kind_I, best=best_R
        )

    return games


def _table(desk: Desk, listed: Listed, explanation: Explanation) -> pd.DataFrame:
    """One explanation's reasons."""
    data, players = desk.dataset, explanation.players
    namer = Namer(data, listed.profile, explanation.item)
    named = [namer.one(player) for player in players]
    return pd.DataFrame(
        {
            "person": str(data.users.ids[listed.person]),
            "item_id": str(data.items.ids[explanation.item]),
            "base": explanation.base,
            "score": explanation.score,
            "kind": [player.kind for player in players],
            "name": [_source(data, player, one.name) for player, one in zip(players, named, strict=True)],
            "effect": explanation.effects_P,
            "error": explanation.errors_P,
            "value": [one.value for one in named],
            "number": [_number(data, listed, explanation.item, player) for player in players],
            "sensitive": [one.sensitive for one in named],
        }
    )


def _source(data: Dataset, player: Player, name: str) -> str:
    """What a source is called, whichever person and item it is about."""
    if player.kind == "action":
        return f"this very {data.about.item}, had before"
    if player.kind == "group":
        names = category_codes(data)[1]
        return names[player.code] or ("of no category" if len(names) > 1 else "everything else they had")
    return name


def _number(data: Dataset, listed: Listed, item: int, player: Player) -> float:
    """How many past actions, or the value of a numeric feature; NaN for all others."""
    if player.kind in ("action", "group"):
        return float(len(player.events))
    kinds, features, row = (
        (data.users.kinds, listed.profile.features, 0)
        if player.kind == "person"
        else (data.items.kinds, data.items.features, item)
    )
    return float(features[player.column].iloc[row]) if kinds.get(player.column) == "numeric" else np.nan


def _together(desk: Desk, tables: list[pd.DataFrame]) -> pd.DataFrame:
    if not tables:
        raise DataError(
            f"{desk.run.title} knows nothing of the {many(desk.dataset.about.person)} that were drawn, so "
            "there are no reasons to put together. Draw more, or train a model that reads their features."
        )
    rows = pd.concat(tables, keys=range(len(tables)), names=["explanation", None])
    return rows.reset_index("explanation").reset_index(drop=True)


def _personal(desk: Desk) -> Desk:
    if not desk.model.personal:
        raise SettingsError(
            f"{desk.run.title} gives everyone the same list, so nothing about a {desk.dataset.about.person} "
            "drives it. Choose another model."
        )
    return desk


def _keep(ws: Workspace, found: Learnt) -> None:
    get_run(ws, found.run_id)  # which may have been deleted meanwhile
    about = {name: value for name, value in vars(found).items() if name not in ("rows", "spec")}
    with replacing_folder(_folder(ws, found.run_id, found.spec)) as draft:
        found.rows.to_parquet(draft / "rows.parquet", index=False)
        write_json(draft / "about.json", {**about, "spec": found.spec.model_dump()})


def _folder(ws: Workspace, run_id: str, spec: LearntSpec) -> Path:
    return run_folder(ws, run_id) / "learnt" / f"{VERSION}-{digest(spec.model_dump_json())}"


_learnt: Kept[Learnt] = Kept(size=8)


def kept(ws: Workspace, run_id: str) -> list[Learnt]:
    """What was worked out for a run, newest first.

    Raises:
        NotFoundError: no such run.
    """
    get_run(ws, run_id)
    folders = sorted((run_folder(ws, run_id) / "learnt").glob(f"{VERSION}-*/about.json"))
    found = [_learnt.get((path, path.stat().st_mtime), partial(_load, path)) for path in folders]
    return sorted(found, key=lambda one: -one.made_at)


def forget(ws: Workspace, found: Learnt) -> None:
    """Remove one result, if it is still kept."""
    remove_folder(_folder(ws, found.run_id, found.spec))


def _load(path: Path) -> Learnt:
    about = read_json(path)
    about["spec"] = LearntSpec.of(about["spec"])
    return Learnt(**about, rows=pd.read_parquet(path.with_name("rows.parquet")))

"""One person's list under a strategy, beside the run's own: what moved, and by what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM, Ranking
from recengine.core.words import listed
from recengine.services.recommend import RecommendationList, check_length, recommend
from recengine.services.strategic import Asked, Maker, chance_of, liked
from recengine.services.visit import Visit, visit
from recengine.services.workspace import Workspace
from recengine.strategy import Pool, Served, apply
from recengine.strategy.moves import moves

BY_CHANCE = "drawn by chance"


@dataclass(frozen=True)
class StrategicList:
    """One person's list as a strategy makes it of a run.

    Attributes:
        person: the id; "" for a guest. strategy: its name. version: 0 where it is not saved.
        rows: rank, item_id, title, category, score (the strategy's), probability, had and badges as in
            RecommendationList; then before (its place by the run alone, 0 where it was no candidate),
            because (what moved it, in words), propensity, and for each of `parts` what it adds to the score.
        parts: the terms and boosts of the score.
        before: the same person's list by the run alone.
        dropped: the rows of `before` that are not listed any more.
        short: why there are fewer than k items; "" where there are k.
        broken: the rules that could not be kept on this list.
        seed: of what is left to chance.
    """

    strategy: str
    version: int
    rows: pd.DataFrame
    parts: tuple[str, ...]
    before: RecommendationList
    dropped: pd.DataFrame
    short: str
    broken: tuple[str, ...]
    seed: int

    @property
    def note(self) -> str:
        """What its reader should know; "" for most lists."""
        broken = f"Rules not kept: {listed(list(self.broken))}." if self.broken else ""
        short = f"This list is short: {self.short}." if self.short else ""
        return " ".join(filter(None, (self.before.note, short, broken)))

    @property
    def moved(self) -> int:
        """How many of the items do not stand where the run has them."""
        return int((self.rows["rank"] != self.rows["before"]).sum())

    def frame(self) -> pd.DataFrame:
        """The rows, for tables and exports."""
        return self.rows

    def as_dict(self) -> dict[str, Any]:
        """The list as plain JSON values, as `--json` prints it."""
        rows = self.rows.drop(columns=["badges", *self.parts])
        parts = self.rows[list(self.parts)].to_dict(orient="records")
        items = rows.to_dict(orient="records")
        return {
            "run": self.before.run_id,
            "person": self.before.person,
            "strategy": self.strategy,
            "version": self.version,
            "repeats": self.before.repeats,
            "seed": self.seed,
            "note": self.note,
            "items": [item | {"parts": part} for item, part in zip(items, parts, strict=True)],
            "before": self.before.as_dict()["items"],
        }


def strategic_list(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    strategy: Asked,
    k: int = 10,
    *,
    repeats: Repeats | None = None,
    seed: int = 0,
) -> StrategicList:
    """The k items that a strategy lists for one person: a known id, or a profile put together by hand.

    Args:
        repeats: by default what the strategy says or, where it leaves that to the run, what that was
            trained for.
        seed: of what is left to chance; each person draws their own.

    Raises:
        NotFoundError: no such run, strategy or person, or the run has no model yet.
        SettingsError: k is below 1, or the strategy cannot be kept with these data.
    """
    check_length(k)
    maker = Maker.of(ws, run_id, strategy, k, repeats=repeats)
    known = isinstance(person, str)
    seen = visit(ws, maker.desk, person) if isinstance(person, str) else Visit(maker.desk, person)
    maker, profile = replace(maker, desk=seen.desk), seen.profile
    pool, _ = maker.pool(profile)
    chance = chance_of(seed, person if known else profile.items.tolist())
    served = apply(maker.strategy, pool, k, seed=chance)
    before = recommend(ws, run_id, person, k, repeats=maker.desk.repeats)
    rows = _rows(maker, profile, pool, served, k)
    return StrategicList(
        strategy=maker.strategy.name,
        version=maker.version,
        rows=rows,
        parts=tuple(served.parts),
        before=before,
        dropped=before.rows[~before.rows["item_id"].isin(rows["item_id"])].reset_index(drop=True),
        short=served.short.get(0, ""),
        broken=served.broken.get(0, ()),
        seed=seed,
    )


def _rows(maker: Maker, profile: Profiles, pool: Pool, served: Served, k: int) -> pd.DataFrame:
    """What the run's own lists say of each item, and what the strategy did with it."""
    shown = served.items_LK[0] != NO_ITEM
    items = served.items_LK[0][shown]
    why = moves(maker.strategy, pool, k).set_index(["item", "place"])["because"]
    ranking = Ranking(served.items_LK, served.scores_LK.astype(np.float32))
    return maker.desk.rows(ranking, profile).assign(
        score=served.scores_LK[0][shown],
        probability=liked(pool, served.items_LK)[0][shown],
        before=served.before_LK[0][shown],
        because=[why.get(at, BY_CHANCE) for at in zip(items.tolist(), range(1, k + 1), strict=False)],
        propensity=served.propensity_LK[0][shown],
        **{name: part_LK[0][shown] for name, part_LK in served.parts.items()},
    )

"""Lists that are shown: made, kept with what feedback on them will need, and handed over."""

from __future__ import annotations

from recengine.services.recommend import RecommendationList, recommend
from recengine.services.shown import ShownList, show
from recengine.services.strategic_list import StrategicList, strategic_list
from recengine.services.workspace import Workspace

Made = RecommendationList | StrategicList


def make_list(
    ws: Workspace, run_id: str, person: str, k: int = 10, *, strategy: str | None = None, seed: int = 0
) -> Made:
    """A person's list by a run alone or, where one is named, under a saved strategy.

    Raises:
        NotFoundError: no such run, person or strategy, or the run has no model yet.
        SettingsError: k is below 1, or the strategy cannot be kept with these data.
    """
    if strategy is None:
        return recommend(ws, run_id, person, k)
    return strategic_list(ws, run_id, person, strategy, k, seed=seed)


def show_list(ws: Workspace, made: Made, *, at: float | None = None) -> ShownList:
    """Keep that a list is shown, now or at a moment in seconds since 1970; the list with its id.

    A list of the run alone leaves nothing to chance, so each of its propensities is 1.

    Raises:
        SettingsError: there is nothing on the list.
    """
    items = list(made.rows["item_id"])
    if isinstance(made, RecommendationList):
        return show(ws, made.run_id, made.person, items, propensities=[1.0] * len(items), at=at)
    return show(
        ws,
        made.before.run_id,
        made.before.person,
        items,
        propensities=list(made.rows["propensity"]),
        strategy=made.strategy,
        strategy_version=made.version,
        seed=made.seed,
        at=at,
    )

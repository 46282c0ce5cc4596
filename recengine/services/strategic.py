"""Lists that a strategy makes of a run: for one person with the reason of every move, or for many.

L lists, C candidates, K places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.dataset import digest
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM
from recengine.models.base import allowed
from recengine.services.desk import Desk, now_of
from recengine.services.exploring import Explorer, explorer_of
from recengine.services.kept import Kept
from recengine.services.strategies import Saved, get
from recengine.services.workspace import Workspace
from recengine.strategy import CatalogueFacts, Explore, Pool, Strategy, apply
from recengine.strategy.widening import wide_enough

Asked = Strategy | Saved | str  # as it is, as it was saved, or by its name (name@3: version 3)
LISTS_AT_ONCE = 2_000
ASKED: dict[str, Repeats | None] = {"as the run": None, "allowed": "both", "not": "new"}


def strategy_of(ws: Workspace, asked: Asked) -> tuple[Strategy, int]:
    """The strategy that is meant, and its version; 0 where it is not a saved one.

    Raises:
        NotFoundError: there is none of that name.
    """
    if isinstance(asked, Strategy):
        return asked, 0
    saved = get(ws, asked) if isinstance(asked, str) else asked
    return saved.strategy, saved.version


@dataclass(frozen=True)
class Maker:
    """All that making lists with a run under a strategy takes.

    Attributes:
        desk: at which the run makes lists, asked what the strategy says of repeats.
        version: of the saved strategy; 0 where it is not saved.
        k: how long the lists are, for which rules have to be kept.
        explorer: what feedback tells of scores, where the strategy explores by how sure they are.
    """

    desk: Desk
    facts: CatalogueFacts
    strategy: Strategy
    version: int = 0
    k: int = 10
    explorer: Explorer | None = None

    @classmethod
    def of(
        cls, ws: Workspace, run_id: str, asked: Asked, k: int = 10, *, repeats: Repeats | None = None
    ) -> Maker:
        """Everything loaded, and the strategy checked for lists of k.

        Args:
            repeats: by default what the strategy says or, where it leaves that to the run, what that was
                trained for.

        Raises:
            NotFoundError: no such run or strategy, or the run has no model yet.
            SettingsError: the strategy cannot be kept with these data; says why.
        """
        strategy, version = strategy_of(ws, asked)
        desk = Desk.of(ws, run_id, ASKED[strategy.repeats] or repeats)
        facts = facts_at(desk)
        strategy.check(facts, k)
        maker = cls(desk, facts, strategy, version, k)
        if strategy.explore.method not in ("thompson", "linucb"):
            return maker
        return replace(maker, explorer=explorer_of(ws, desk, lambda people: maker.pool(people)[0]))

    def pool(self, profiles: Profiles) -> tuple[Pool, NDArray[np.bool_]]:
        """The run's best items for each person, as candidates, and of whom the model knows nothing.

        Where rules cannot be kept with those, what they need is fetched from the whole catalogue.
        """
        ranking, stranger_L = self.desk.lists(profiles, min(self.strategy.candidates, self.facts.num_items))
        listed_LC = ranking.items_UK != NO_ITEM
        scores_LC = np.where(listed_LC, ranking.scores_UK, 0.0).astype(np.float64)
        pool = Pool(
            self.facts,
            ranking.items_UK,
            scores_LC,
            like_LC=self.desk.probability(scores_LC) if self.desk.run.likelihood else None,
            history=profiles.history,
            repeats=self.desk.repeats,
        )
        like = self.desk.probability if self.desk.run.likelihood else None
        settled = self.strategy.model_copy(update={"explore": Explore()})
        pool = wide_enough(settled, pool, self.k, partial(self._scored, profiles), like)
        return pool if self.explorer is None else self.explorer.told(pool), stranger_L

    def _scored(
        self, profiles: Profiles, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
        """Some people's score of every item, and what may be listed for them; shape (L, I) each."""
        people = profiles.take(rows)
        offered_LI = allowed(people, self.facts.num_items, self.desk.repeats, self.desk.offered)
        score_LI = self.desk.model.score(people)
        for row in np.flatnonzero(np.ptp(score_LI, axis=1) == 0):  # of whom the model may know nothing
            score_LI[row] = self.desk.scores(people.take(np.array([row])))
        return score_LI, offered_LI

    def table(
        self, codes: NDArray[np.int64], k: int, seed: int = 0, profiles: Profiles | None = None
    ) -> pd.DataFrame:
        """These people's lists under each other.

        Args:
            profiles: theirs; by default all they did.

        Columns: those of the run's own lists (score is the strategy's), then before (the place by the run
        alone, 0 for none), propensity, strategy (its name) and strategy_version.
        """
        profiles = profiles or Profiles.of(self.desk.dataset, codes, now_of(self.desk.dataset))
        parts = [self._table(codes[at], people, k, seed) for at, people in profiles.blocks(LISTS_AT_ONCE)]
        return pd.concat(parts, ignore_index=True)

    def _table(self, codes: NDArray[np.int64], profiles: Profiles, k: int, seed: int) -> pd.DataFrame:
        pool, stranger_L = self.pool(profiles)
        served = apply(self.strategy, pool, k, seed=chance_of(seed, int(codes[0])))
        list_N, place_N = np.nonzero(served.items_LK != NO_ITEM)
        items, dataset = served.items_LK[list_N, place_N], self.desk.dataset
        fallback_L = stranger_L & ~self.desk.model.described_people(profiles)
        return pd.DataFrame(
            {
                "person": dataset.users.ids.take(codes[list_N]),
                "rank": place_N + 1,
                "item_id": dataset.items.ids.take(items),
                "title": pd.Series(dataset.items.labels(items), dtype="str"),
                "score": served.scores_LK[list_N, place_N],
                "probability": liked(pool, served.items_LK)[list_N, place_N],
                "fallback": fallback_L[list_N],
                "before": served.before_LK[list_N, place_N],
                "propensity": served.propensity_LK[list_N, place_N],
                "strategy": self.strategy.name,
                "strategy_version": self.version,
            }
        )


def liked(pool: Pool, items_LK: NDArray[np.int32]) -> NDArray[np.float64]:
    """P(like) of what is listed; NaN where the run cannot say, as of a pin that was no candidate."""
    if pool.like_LC is None:
        return np.full(items_LK.shape, np.nan)
    found_LK = np.full(items_LK.shape, np.nan)
    for place, items_L in enumerate(items_LK.T):
        same_LC = (pool.items_LC == items_L[:, None]) & pool.listed
        like_L = np.take_along_axis(pool.like_LC, same_LC.argmax(axis=1)[:, None], axis=1)[:, 0]
        found_LK[:, place] = np.where(same_LC.any(axis=1), like_L, np.nan)
    return found_LK


def chance_of(seed: int, *about: object) -> int:
    """A seed of its own for each list or block of lists; equal for equal arguments."""
    return int(digest(seed, *about), 16)


_facts: Kept[CatalogueFacts] = Kept(size=3)


def facts_at(desk: Desk) -> CatalogueFacts:
    """What strategies read of the items a run has on offer."""
    key = (desk.dataset.fingerprint, desk.dataset.name)
    facts = _facts.get(key, lambda: CatalogueFacts.of(desk.dataset))
    return replace(facts, features=desk.dataset.items.features) if desk.swapped else facts

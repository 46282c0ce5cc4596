"""Held-out people of a run, for whom strategies make lists that can be measured.

L lists, C candidates, K places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM
from recengine.models.base import Recommender, allowed
from recengine.services.desk import probability_of
from recengine.services.evaluation import Sitting, sitting_of
from recengine.services.frontier_measures import Ruler
from recengine.services.measuring import Yardstick
from recengine.services.runs import Run, get_run
from recengine.services.strategic import ASKED
from recengine.services.training import split_of
from recengine.services.validated import validated_model
from recengine.services.workspace import Workspace
from recengine.strategy import CatalogueFacts, Pool, Strategy, apply
from recengine.strategy.parts import settled
from recengine.strategy.widening import wide_enough


@dataclass(frozen=True)
class Bench:
    """A run's validation people, with the run's model as it is without the validation.

    Attributes:
        sitting: the exam of all of them; chosen: the positions of those who are asked.
        facts: what was known of the items before.
        columns: what an item brings.
    """

    run: Run
    sitting: Sitting
    facts: CatalogueFacts
    model: Recommender[Any]
    chosen: NDArray[np.int64]
    columns: tuple[str, ...]
    k: int
    pools: dict[tuple[Repeats, int], Pool] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        ws: Workspace,
        run_id: str,
        wanted: Sequence[Strategy],
        columns: Sequence[str],
        *,
        k: int,
        people: int,
        heard: Callable[[], None],
    ) -> Bench:
        """Everything loaded; before anything is fitted, what cannot be done is said.

        Args:
            wanted: the strategies that are going to make lists.
            heard: called all along a fit, where one is needed.

        Raises:
            NotFoundError, SettingsError, DataError: as `measure_frontier`.
        """
        run, split = get_run(ws, run_id), split_of(ws, run_id)
        sitting = sitting_of(split, "validation", run.spec.repeats)
        facts = CatalogueFacts.of(sitting.before)
        for name in columns:
            facts.numbers(name)
        for strategy in wanted:
            strategy.check(facts, k)
        model = validated_model(ws, run_id, split, heard=heard)
        count = len(sitting.question.places)
        chosen = np.sort(np.random.default_rng(0).choice(count, min(people, count), replace=False))
        return cls(run, sitting, facts, model, chosen, tuple(columns), k)

    @cached_property
    def profiles(self) -> Profiles:
        """The people who are asked, as they stood then."""
        return self.sitting.profiles.take(self.chosen)

    def ruler(self, column: str) -> Ruler:
        """What lists are held against."""
        yardstick = Yardstick.of(self.sitting.before, self.sitting.catalogue_I)
        targets, past = self.sitting.question.targets.take(self.chosen), self.sitting.past.take(self.chosen)
        return Ruler(self.facts, targets, past.history, yardstick, self.columns, column)

    def lists(self, strategy: Strategy) -> tuple[NDArray[np.int32], Pool]:
        """Everyone's list under a strategy, nothing left to chance, and what it was chosen from."""
        repeats = ASKED[strategy.repeats] or self.sitting.question.repeats
        pool = self._pool(repeats, min(strategy.candidates, self.facts.num_items))
        like = partial(probability_of, self.run) if self.run.likelihood else None
        strategy = settled(strategy)
        pool = wide_enough(strategy, pool, self.k, partial(self._scored, repeats), like)
        return apply(strategy, pool, self.k).items_LK, pool

    def _pool(self, repeats: Repeats, candidates: int) -> Pool:
        if (repeats, candidates) not in self.pools:
            offered_I = self.sitting.listed(self.model)
            found = self.model.top_k(self.profiles, candidates, repeats=repeats, catalogue_I=offered_I)
            scores_LC = np.where(found.items_UK != NO_ITEM, found.scores_UK, 0.0).astype(np.float64)
            like_LC = probability_of(self.run, scores_LC) if self.run.likelihood else None
            history = self.profiles.history
            pool = Pool(self.facts, found.items_UK, scores_LC, like_LC, history, repeats=repeats)
            self.pools[repeats, candidates] = pool
        return self.pools[repeats, candidates]

    def _scored(
        self, repeats: Repeats, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
        people = self.profiles.take(rows)
        offered_I = self.sitting.listed(self.model)
        return self.model.score(people), allowed(people, self.facts.num_items, repeats, offered_I)

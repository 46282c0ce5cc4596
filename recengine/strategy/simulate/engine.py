"""The days of a world under one strategy: people come, are shown lists, take something, some leave; at night
the model learns from the day.

U people, I items, L lists, C candidates, K places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recengine.core.ragged import Ragged
from recengine.core.ranking import top_k
from recengine.strategy.pool import Pool
from recengine.strategy.serve import Served, apply
from recengine.strategy.simulate.crowd import Crowd, Visit
from recengine.strategy.simulate.learners import Learner, Scored, learnt
from recengine.strategy.simulate.luck import SERVE, WARM_UP, luck
from recengine.strategy.simulate.world import Floats, Ints, World
from recengine.strategy.strategy import Strategy

WARM_UP_DAYS = 28  # before the first day, on which lists are drawn by chance


@dataclass(frozen=True)
class Day:
    """A day that is over.

    Attributes:
        number: from 1.
        crowd: the people as they are now; it goes on changing.
        chance_LI: the true chance that each item is taken by who looks at it.
        pool: the candidates that the strategy had.
        served: the lists; propensities are in it.
    """

    number: int
    crowd: Crowd
    visit: Visit
    chance_LI: Floats
    pool: Pool
    served: Served


def run(
    world: World, strategy: Strategy, learner: Learner, days: int = 30, k: int = 10, *, leaving: bool = True
) -> Iterator[Day]:
    """Day after day; equal worlds, strategies and learners, equal days.

    Args:
        learner: what scores the items, anew every night.
        leaving: whether people may leave for good.

    Raises:
        SettingsError: the strategy cannot be on this catalogue.
    """
    strategy.check(world.facts(0, np.zeros(world.num_items, np.int64)), k)
    crowd = warmed_up(world, k)
    for number in range(1, days + 1):
        people_L, scored = crowd.visitors(number), learnt(learner, crowd.known)
        chance_LI = crowd.chances(number, people_L)
        pool = _pool(strategy, crowd, scored, number, people_L)
        served = apply(strategy, pool, k, seed=_seed(world, number))
        visit = crowd.shown(number, people_L, served.items_LK, chance_LI)
        if leaving:
            crowd.leave(number, visit)
        yield Day(number, crowd, visit, chance_LI, pool, served)


def _seed(world: World, day: int) -> int:
    """Of what a strategy leaves to chance on a day."""
    return int(luck(world.seed, SERVE, day)[0] * 2**53)


def warmed_up(world: World, k: int) -> Crowd:
    """People after some days of lists drawn by chance, so that there is something to learn from."""
    crowd = Crowd(world)
    for day in range(1 - WARM_UP_DAYS, 1):
        people_L = crowd.visitors(day)
        drawn_LI = luck(world.seed, WARM_UP, day, people_L[:, None], np.arange(world.num_items))
        open_LI = np.broadcast_to(world.offered(0), drawn_LI.shape)
        crowd.shown(
            day, people_L, top_k(drawn_LI, k, allowed_UI=open_LI).items_UK, crowd.chances(0, people_L)
        )
    return crowd


def _pool(strategy: Strategy, crowd: Crowd, scored: Scored, day: int, people_L: Ints) -> Pool:
    """The best candidates of each visitor."""
    world, taken_LI = crowd.world, crowd.known.taken_UI[people_L] > 0
    open_LI = np.broadcast_to(world.offered(day), taken_LI.shape)
    if world.preset.repeats == "new":
        open_LI = open_LI & ~taken_LI
    ranked = top_k(scored.scores_UI[people_L], strategy.candidates, allowed_UI=open_LI)

    score_LC = np.take_along_axis(scored.scores_UI[people_L], ranked.items_UK.clip(0), axis=1)
    rows, items = np.nonzero(taken_LI)
    return Pool(
        facts=world.facts(day, crowd.known.takers),
        items_LC=ranked.items_UK,
        scores_LC=score_LC,
        like_LC=scored.like(score_LC),
        history=Ragged.of_rows(rows, items.astype(np.int32), len(people_L)),
        unsure_LC=scored.unsure(people_L, ranked.items_UK),
        repeats=world.preset.repeats,
    )

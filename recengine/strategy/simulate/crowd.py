"""The people of a world under one strategy: who is still there, what they had, what tires them.

U people, I items, G categories, L lists, K places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.strategy.simulate.learners import Known
from recengine.strategy.simulate.luck import DEPTH, FINISH, LEAVE, TAKE, VISIT, luck
from recengine.strategy.simulate.world import Floats, Ints, World

FADING = 0.8  # of what tires a person, from one day to the next
AGAIN_DAYS = 10.0  # over which a person who took an item is e times readier to take it again
PLEASED = 0.25  # of the chance of leaving, for who took something
NEVER = -1e9  # a day long ago


@dataclass(frozen=True)
class Visit:
    """What came of the lists of one day.

    Attributes:
        people_L: whose lists they were.
        items_LK: what they showed; NO_ITEM where nothing.
        chance_LK: the true chance that each place is taken, looking at it included.
        taken_LK: which were; earned_LK: what they brought.
        worth: what the lists earn on average over all luck, together.
    """

    people_L: Ints
    items_LK: NDArray[np.int32]
    chance_LK: Floats
    taken_LK: NDArray[np.bool_]
    earned_LK: Floats
    worth: float


class Crowd:
    """All that changes in a world from day to day; luck and world are shared by all strategies."""

    def __init__(self, world: World) -> None:
        self.world = world
        shape = (world.num_people, world.num_items)
        self.there_U = np.ones(world.num_people, bool)
        self.recent_UG = np.zeros((world.num_people, len(world.preset.categories)))
        self.last_UI = np.full(shape, NEVER)
        self.known = Known(np.zeros(shape, np.int32), np.zeros(shape, np.int32))

    def visitors(self, day: int) -> Ints:
        """Who comes on this day."""
        world = self.world
        comes_U = luck(world.seed, VISIT, day, np.arange(world.num_people)) < world.visit_U
        return np.flatnonzero(comes_U & self.there_U)

    def chances(self, day: int, people_L: Ints) -> Floats:
        """The true chance that each item is taken by who looks at it on this day; shape (L, I)."""
        world = self.world
        tired_LI = world.preset.satiation * self.recent_UG[people_L][:, world.category_I]
        last_LI = self.last_UI[people_L]
        again_LI = (
            1 - np.exp((last_LI - day) / AGAIN_DAYS) if world.preset.repeats == "both" else last_LI == NEVER
        )
        return world.like_UI[people_L] * np.exp(-tired_LI) * again_LI * world.offered(day)

    def shown(self, day: int, people_L: Ints, items_LK: NDArray[np.int32], chance_LI: Floats) -> Visit:
        """Let people look at their lists, and remember what came of it."""
        world, k = self.world, items_LK.shape[1]
        listed_LK, who_L1 = items_LK != NO_ITEM, people_L[:, None]
        ready_LK = np.where(listed_LK, np.take_along_axis(chance_LI, items_LK.clip(0), axis=1), 0.0)
        looks_LK = luck(world.seed, DEPTH, day, who_L1) < world.looks(k)
        taken_LK = looks_LK & (luck(world.seed, TAKE, day, who_L1, items_LK.clip(0)) < ready_LK)
        visit = Visit(
            people_L=people_L,
            items_LK=items_LK,
            chance_LK=world.looks(k) * ready_LK,
            taken_LK=taken_LK,
            earned_LK=self._earned(day, who_L1, items_LK, taken_LK),
            worth=float((world.looks(k) * ready_LK * world.value_I[items_LK.clip(0)]).sum()),
        )
        self._remember(day, visit)
        return visit

    def leave(self, day: int, visit: Visit) -> None:
        """Some of those who came never come back, rather those who took nothing."""
        pleased_L = visit.taken_LK.any(axis=1)
        leaving_L = self.world.preset.leaving * np.where(pleased_L, PLEASED, 1.0)
        gone_L = luck(self.world.seed, LEAVE, day, visit.people_L) < leaving_L
        self.there_U[visit.people_L[gone_L]] = False

    def _earned(
        self, day: int, who_L1: Ints, items_LK: NDArray[np.int32], taken_LK: NDArray[np.bool_]
    ) -> Floats:
        value_LK = self.world.value_I[items_LK.clip(0)]
        if self.world.preset.by_chance:
            finished_LK = luck(self.world.seed, FINISH, day, who_L1, items_LK.clip(0)) < value_LK
            return (taken_LK & finished_LK).astype(np.float64)
        return np.where(taken_LK, value_LK, 0.0)

    def _remember(self, day: int, visit: Visit) -> None:
        who_LK = np.broadcast_to(visit.people_L[:, None], visit.items_LK.shape)
        listed_LK = visit.items_LK != NO_ITEM
        people_N, items_N = who_LK[visit.taken_LK], visit.items_LK[visit.taken_LK]
        self.known.add(day, who_LK[listed_LK], visit.items_LK[listed_LK], people_N, items_N)
        self.last_UI[people_N, items_N] = day
        self.recent_UG *= FADING
        np.add.at(self.recent_UG, (people_N, self.world.category_I[items_N]), 1.0)

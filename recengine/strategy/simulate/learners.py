"""What orders the items in a simulation, learnt anew every night from what was shown and what was taken.

To add one: write its function, then add its line to LEARNERS. U people, I items, N times that one was taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recengine.strategy.simulate.world import Floats, Ints, World

STEPS = 20  # groups of scores, in each of which the share that was taken is counted
PRIOR_SHOWN, PRIOR_TAKEN = 20.0, 1.0  # what an item is taken to have been through before it is ever shown


@dataclass
class Known:
    """All that a model may learn from; why people took what they took is not in it.

    Attributes:
        shown_UI, taken_UI: how often.
        takes: day, people and items of all that was taken, day after day.
    """

    shown_UI: NDArray[np.int32]
    taken_UI: NDArray[np.int32]
    takes: list[tuple[int, Ints, NDArray[np.int32]]] = field(default_factory=list)

    def add(
        self,
        day: int,
        people_shown: Ints,
        items_shown: NDArray[np.int32],
        people_N: Ints,
        items_N: NDArray[np.int32],
    ) -> None:
        """Another day."""
        np.add.at(self.shown_UI, (people_shown, items_shown), 1)
        np.add.at(self.taken_UI, (people_N, items_N), 1)
        self.takes.append((day, people_N, items_N))

    @property
    def takers(self) -> Ints:
        """How many people took each item, shape (I,)."""
        return (self.taken_UI > 0).sum(axis=0)


Learner = Callable[[Known], Floats]


@dataclass(frozen=True)
class Scored:
    """What a model says of everyone and everything.

    Attributes:
        scores_UI: more is better.
        at_S, share_S: of what was shown with about this score, which share was taken; neither ever falls.
        shown_I: how often each item was shown.
    """

    scores_UI: Floats
    at_S: Floats
    share_S: Floats
    shown_I: Ints

    def like(self, score_LC: Floats) -> Floats:
        """The chance that an item with this score is taken where it is shown."""
        return np.asarray(np.interp(score_LC, self.at_S, self.share_S))

    def unsure(self, people_L: Ints, items_LC: NDArray[np.int32]) -> Floats:
        """The standard error of each score: the spread of the person's, over the root of showings."""
        spread_L1 = self.scores_UI[people_L].std(axis=1, keepdims=True)
        return np.asarray(spread_L1 / np.sqrt(1 + self.shown_I[items_LC]))


def learnt(learner: Learner, known: Known) -> Scored:
    """The learner's scores, and P(like) counted from what was shown."""
    score_UI, shown_N = learner(known), known.shown_UI.ravel()
    score_N, at = score_UI.ravel(), np.flatnonzero(shown_N)
    at = at[np.argsort(score_N[at], kind="stable")]
    starts = np.unique(np.linspace(0, len(at), STEPS + 1).astype(np.int64)[:-1])
    shown_S = np.add.reduceat(shown_N[at], starts)
    share_S = (np.add.reduceat(known.taken_UI.ravel()[at], starts) + PRIOR_TAKEN) / (shown_S + PRIOR_SHOWN)
    at_S = np.add.reduceat(score_N[at], starts) / np.diff(np.append(starts, len(at)))
    return Scored(score_UI, at_S, np.maximum.accumulate(share_S), known.shown_UI.sum(axis=0))


def _popularity(known: Known) -> Floats:
    return np.tile(np.log1p(known.takers.astype(np.float64)), (len(known.taken_UI), 1))


def _take_rate(known: Known) -> Floats:
    rate_I = (known.taken_UI.sum(axis=0) + PRIOR_TAKEN) / (known.shown_UI.sum(axis=0) + PRIOR_SHOWN)
    return np.tile(rate_I, (len(known.taken_UI), 1))


# The shelf: name -> what makes a learner for a world.
LEARNERS: dict[str, Callable[[World], Learner]] = {
    "popularity": lambda world: _popularity,
    "take rate": lambda world: _take_rate,
    "chance": lambda world: lambda known: np.random.default_rng(world.seed).random(world.like_UI.shape),
    "perfect": lambda world: lambda known: world.like_UI,
}

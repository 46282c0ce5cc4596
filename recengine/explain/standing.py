"""Where one item stands among all that one person could be shown, whatever is left out of what is known.

Shapes: Z coalitions (or edited profiles), P players, I items, R rivals, C feature columns of items.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.explain.players import Players
from recengine.models.base import Candidates, Recommender

EVENTS_READ = 300_000  # which takes a neural network about a second
FEWEST_TRIES, MOST_TRIES = 250, 1600


@dataclass(frozen=True)
class Places:
    """Where the item stands in each of Z cases.

    Attributes:
        ranks_Z: int64, 1 = first; among equal scores the lower code comes first, as on every list.
        margins_Z: float64, the item's score minus that of the k-th best of the others, so that at least 0
            is on the list and below 0 is not (equal scores aside); +inf where the others don't fill a list.
    """

    ranks_Z: NDArray[np.int64]
    margins_Z: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Standing:
    """One item's place on one person's list.

    Which items compete is settled once, from the whole profile: a past action that is taken away in thought
    doesn't bring its own item onto a list of what is new.

    Attributes:
        item: whose place it is; it competes whether or not it is eligible.
        eligible_I: True for items that may be on this person's list.
        k: how long the list is.
    """

    model: Recommender[Any]
    players: Players
    item: int
    eligible_I: NDArray[np.bool_]
    k: int

    @cached_property
    def rivals(self) -> NDArray[np.int64]:
        """The other items that may be on the list, lowest code first; shape (R,)."""
        codes = np.flatnonzero(self.eligible_I)
        return codes[codes != self.item]

    @property
    def tries(self) -> int:
        """How many cases may be looked at so that a person needn't wait long, however much they did."""
        return int(np.clip(EVENTS_READ // max(1, len(self.players.profile.items)), FEWEST_TRIES, MOST_TRIES))

    @property
    def now(self) -> Places:
        """The place with all that is known; Z = 1."""
        return self.of_coalitions(np.ones((1, len(self.players)), bool))

    def of_coalitions(self, present_ZP: NDArray[np.bool_]) -> Places:
        """The place with only these players present."""
        people, hidden_ZC, _ = self.players.presence(present_ZP)
        return self.of_profiles(people, hidden_ZC)

    def of_profiles(self, people: Profiles, hidden_ZC: NDArray[np.bool_] | None = None) -> Places:
        """The place for each of these people, with these features of the item counted as unknown."""
        parts = []
        for rows, block in people.blocks(self.model.people_per_block):
            score_BI = self.model.score(block)
            hidden_BC = None if hidden_ZC is None else hidden_ZC[rows]
            parts.append(self._places(score_BI, self._own(score_BI, block, hidden_BC)))
        return Places(
            np.concatenate([part.ranks_Z for part in parts]),
            np.concatenate([part.margins_Z for part in parts]),
        )

    def _own(
        self, score_BI: NDArray[np.float32], block: Profiles, hidden_BC: NDArray[np.bool_] | None
    ) -> NDArray[np.float32]:
        """The item's own scores, with some of its features hidden."""
        own_B = score_BI[:, self.item].copy()
        if hidden_BC is None or not hidden_BC.any():
            return own_B
        veiled_B = hidden_BC.any(axis=1)
        hidden_MC, which_V = np.unique(hidden_BC[veiled_B], axis=0, return_inverse=True)
        candidates = Candidates(np.full(len(hidden_MC), self.item, np.int32), hidden_MC)
        score_VM = self.model.score_candidates(block.take(np.flatnonzero(veiled_B)), candidates)
        own_B[veiled_B] = score_VM[np.arange(len(score_VM)), which_V]
        return own_B

    def _places(self, score_BI: NDArray[np.float32], own_B: NDArray[np.float32]) -> Places:
        score_BR = score_BI[:, self.rivals]
        ahead_BR = score_BR > own_B[:, None]
        ahead_BR |= (score_BR == own_B[:, None]) & (self.rivals < self.item)
        ranks_B = 1 + np.count_nonzero(ahead_BR, axis=1)
        if len(self.rivals) < self.k:
            return Places(ranks_B, np.full(len(own_B), np.inf))
        kth_B = np.partition(score_BR, len(self.rivals) - self.k, axis=1)[:, len(self.rivals) - self.k]
        return Places(ranks_B, own_B.astype(np.float64) - kth_B)

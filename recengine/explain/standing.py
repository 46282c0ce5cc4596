"""Where one item stands among all that one person could be shown, whatever is left out of what is known.

Shapes: Z coalitions (or edited profiles), P players, B people of a block, I items, R rivals, V cases with
something hidden of the item, C feature columns of items.
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

# What takes a neural network about a second each on one core.
EVENTS_READ, SCORES_COMPARED = 300_000, 50_000_000
FEWEST_TRIES, MOST_TRIES = 100, 1600


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
        """How many cases may be looked at so that nobody waits long, however much there is."""
        by_events = EVENTS_READ // max(1, len(self.players.profile.items))
        by_items = SCORES_COMPARED // max(1, self.model.num_items)
        return int(np.clip(min(by_events, by_items), FEWEST_TRIES, MOST_TRIES))

    @property
    def now(self) -> Places:
        """The place with all that is known; Z = 1."""
        return self.of_coalitions(np.ones((1, len(self.players)), bool))

    def of_coalitions(self, present_ZP: NDArray[np.bool_]) -> Places:
        """The place with only these players present."""
        told_P = np.array([player.kind in ("item", "other") for player in self.players], bool)
        # What is hidden of the item leaves the person as they are, so that few people may have to be scored.
        distinct_UP, person_Z = np.unique(present_ZP | told_P, axis=0, return_inverse=True)
        return self._of(self.players.people(distinct_UP), person_Z, self.players.hidden(present_ZP, "item"))

    def of_profiles(self, people: Profiles) -> Places:
        """The place for each of these people."""
        nothing_hidden = np.zeros((len(people), len(self.players.item_columns)), bool)
        return self._of(people, np.arange(len(people)), nothing_hidden)

    def _of(self, people: Profiles, person_Z: NDArray[np.int64], hidden_ZC: NDArray[np.bool_]) -> Places:
        """The place for the person of each case, with some of the item's features counted as unknown."""
        ranks_Z, margins_Z = np.zeros(len(person_Z), np.int64), np.zeros(len(person_Z))
        for rows, block in people.blocks(self.model.people_per_block):
            here = np.flatnonzero((person_Z >= rows.start) & (person_Z < rows.stop))
            person = person_Z[here] - rows.start
            score_BI = self.model.score(block)
            own = score_BI[person, self.item]
            if (veiled := hidden_ZC[here].any(axis=1)).any():
                own[veiled] = self._veiled(block, person[veiled], hidden_ZC[here][veiled])
            ranks_Z[here], margins_Z[here] = self._places(score_BI[:, self.rivals][person], own)
        return Places(ranks_Z, margins_Z)

    def _veiled(
        self, block: Profiles, person_V: NDArray[np.int64], hidden_VC: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """The item's own score with some of its features hidden, shape (V,)."""
        hidden_MC, which_V = np.unique(hidden_VC, axis=0, return_inverse=True)
        candidates = Candidates(np.full(len(hidden_MC), self.item, np.int32), hidden_MC)
        return self.model.score_candidates(block, candidates)[person_V, which_V]

    def _places(
        self, score_ZR: NDArray[np.float32], own_Z: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rank and margin against the rivals' scores."""
        ahead_ZR = score_ZR > own_Z[:, None]
        ahead_ZR |= (score_ZR == own_Z[:, None]) & (self.rivals < self.item)
        ranks_Z = 1 + np.count_nonzero(ahead_ZR, axis=1)
        kth = len(self.rivals) - self.k
        if kth < 0:
            return ranks_Z, np.full(len(own_Z), np.inf)
        return ranks_Z, own_Z.astype(np.float64) - np.partition(score_ZR, kth, axis=1)[:, kth]

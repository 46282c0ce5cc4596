"""What would have to be missing for an item to fall off a list, or to come onto it; tried on the model.

Shapes: P players, Z coalitions, N things that may be taken away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.explain.players import Kind
from recengine.explain.search import Direction, Move, smallest
from recengine.explain.standing import Standing

PAST: tuple[Kind, ...] = ("action",)
MOST = 5  # more things at once are no reason any more


@dataclass(frozen=True)
class Counterfactual:
    """The fewest things whose absence moves an item off a list (or onto it), or that none were found.

    `Move.chosen` holds places among the players, or codes of bundles where players go in bundles.

    Attributes:
        direction: "out" of the first k places, or "in".
        kinds: of the players that could be taken away; options: how many things those are.
        most: how many were taken away at once, at most.
        rank: where the item stands with all players, from 1.
        found: the smallest set that does it, and the furthest move among those; None where none was found.
        best: what moves the item furthest, of all that was tried; None where nothing moves it that way.
        single: what does most by itself; None where nothing can be taken away.
        bare_rank: where it stands without any of them; where past actions go, without the whole past.
        tried: how many sets the model was asked about.
        of_new: the list is of what is new; what is taken away then still stays off it.
        proven: True where every smaller set was tried (with none found: every set of up to `most`).
    """

    direction: Direction
    kinds: tuple[Kind, ...]
    k: int
    most: int
    rank: int
    options: int
    found: Move | None
    best: Move | None
    single: Move | None
    bare_rank: int
    tried: int
    proven: bool
    of_new: bool


def counterfactual(
    standing: Standing,
    guide_P: NDArray[np.float64],
    *,
    kinds: tuple[Kind, ...] = PAST,
    most: int = MOST,
    direction: Direction = "out",
    bundle_P: NDArray[np.int64] | None = None,
) -> Counterfactual:
    """The fewest things of these kinds without which the item leaves, or enters, the first k places.

    Args:
        guide_P: what each player adds for the item against its rivals, as an explanation of "ahead" has it.
        bundle_P: players with the same code of at least 0 go together (all past actions of one category,
            say), others stay; by default each player goes alone.
    """
    of_kind_P = np.array([player.kind in kinds for player in standing.players], bool)
    bundle_P = np.arange(len(of_kind_P)) if bundle_P is None else bundle_P
    codes_N, which = np.unique(bundle_P[of_kind_P & (bundle_P >= 0)], return_inverse=True)
    belongs_NP = np.zeros((len(codes_N), len(of_kind_P)), bool)
    belongs_NP[which, np.flatnonzero(of_kind_P & (bundle_P >= 0))] = True
    helps_N = belongs_NP @ guide_P * (1 if direction == "out" else -1)
    found = smallest(
        lambda taken_ZN: standing.of_coalitions(~(taken_ZN @ belongs_NP)),
        helps_N,
        k=standing.k,
        direction=direction,
        most=most,
        tries=standing.tries,
    )

    def move(of: Move | None) -> Move | None:
        return of and Move(tuple(codes_N[list(of.chosen)].tolist()), of.rank, of.margin)

    return Counterfactual(
        direction=direction,
        kinds=kinds,
        k=standing.k,
        most=min(most, len(codes_N)),
        rank=found.start.rank,
        options=found.options,
        found=move(found.move),
        best=move(found.best),
        single=move(found.singles[0] if found.singles else None),
        bare_rank=_bare_rank(standing, kinds),
        tried=found.tried,
        proven=found.proven,
        of_new=_is_of_new(standing),
    )


def _is_of_new(standing: Standing) -> bool:
    """Whether nothing of the past may be on the list."""
    had = standing.players.profile.items
    return len(had) > 0 and not standing.eligible_I[had].any()


def _bare_rank(standing: Standing, kinds: tuple[Kind, ...]) -> int:
    """The place without all players of these kinds; actions and groups of them are one past."""
    past = {"action", "group"}
    gone = set(kinds) | (past if past & set(kinds) else set())
    kept_P = np.array([player.kind not in gone for player in standing.players], bool)
    return int(standing.of_coalitions(kept_P[None]).ranks_Z[0])

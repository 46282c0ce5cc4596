"""Why an item is not on a person's list, and the least that would bring it there; tried on the model.

Shapes: I items, J items that could be added, Z sets of them, C feature columns of items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.core.ragged import row_offsets
from recengine.core.ranking import NO_ITEM
from recengine.core.split import MOMENT
from recengine.explain.players import Players
from recengine.explain.search import Move, smallest
from recengine.explain.standing import Standing
from recengine.models.base import Recommender, allowed

Reason = Literal["listed", "ranked", "seen", "not had", "not in catalogue"]
MOST_ADDED = 2


@dataclass(frozen=True)
class Absence:
    """Where an item fell out on its way onto a list.

    Attributes:
        reason: listed: it is there. ranked: it may be there but others are better. seen: the list is of
            what is new, and this isn't. not had: the list is of what was had before, and this wasn't.
            not in catalogue: the model was trained without it and can't place it by its features.
        rank: its place among all that may be on the list, from 1; the place it would have, if it may not.
        out_of: how many items that are, itself counted.
        last: the item in the last place of the list; NO_ITEM where the list isn't full.
        gap: by how much the last one's score is above its own; below 0 where its own is higher; 0 where
            there is no last one.
    """

    reason: Reason
    k: int
    rank: int
    out_of: int
    last: int
    gap: float


def absence(
    model: Recommender[Any],
    profile: Profiles,
    item: int,
    *,
    k: int,
    repeats: Repeats = "both",
    catalogue_I: NDArray[np.bool_] | None = None,
) -> Absence:
    """Why this item is not among the k best for this person, or that it is.

    Args:
        repeats, catalogue_I: as for the list itself (`Recommender.top_k`).
    """
    eligible_I = allowed(profile, model.num_items, repeats, catalogue_I)[0]
    place = Standing(model, Players((), profile, model.item_columns), item, eligible_I, k).now
    rank = int(place.ranks_Z[0])
    list_K = model.top_k(profile, k, repeats=repeats, catalogue_I=catalogue_I).items_UK[0]
    last = int(list_K[-1])
    gap = 0.0
    if last != NO_ITEM:
        score_I = model.score(profile)[0].astype(np.float64)
        gap = float(score_I[last] - score_I[item])
    out_of = int(eligible_I.sum()) + int(not eligible_I[item])
    return Absence(_reason(item, rank, k, eligible_I, repeats, catalogue_I), k, rank, out_of, last, gap)


def _reason(
    item: int,
    rank: int,
    k: int,
    eligible_I: NDArray[np.bool_],
    repeats: Repeats,
    catalogue_I: NDArray[np.bool_] | None,
) -> Reason:
    if eligible_I[item]:
        return "listed" if rank <= k else "ranked"
    if catalogue_I is not None and not catalogue_I[item]:
        return "not in catalogue"
    return "seen" if repeats == "new" else "not had"


@dataclass(frozen=True)
class Entry:
    """What one or two more actions would do. `Move.chosen` holds item codes.

    Attributes:
        found: the fewest additions that bring the item onto the list; None where none was found.
        best: what lifts it furthest, of all that was tried; None where there was nothing to try.
        itself: the item had once more (or for the first time).
        rank: where it stands now.
        tried: how many sets of additions the model was asked about.
    """

    k: int
    rank: int
    found: Move | None
    best: Move | None
    itself: Move
    tried: int


def by_addition(
    standing: Standing, profile: Profiles, pool_J: NDArray[np.integer[Any]], *, most: int = MOST_ADDED
) -> Entry:
    """The fewest items that bring this one onto the list, had the person had them once more just now.

    As always here, which items compete stays as it is: what is added goes on competing.

    Args:
        pool_J: codes of items worth a try, the likeliest helpers first; of a long history fewer of them
            are tried.
    """
    pool_J = pool_J[pool_J != standing.item][: standing.tries // 2]
    found = smallest(
        lambda taken_ZJ: standing.of_profiles(with_added(profile, pool_J, taken_ZJ)),
        -np.arange(len(pool_J), dtype=np.float64),
        k=standing.k,
        direction="in",
        most=most,
        tries=standing.tries,
    )
    own = np.array([standing.item])
    itself = standing.of_profiles(with_added(profile, own, np.ones((1, 1), bool)))

    def move(of: Move | None) -> Move | None:
        return of and Move(tuple(pool_J[list(of.chosen)].tolist()), of.rank, of.margin)

    return Entry(
        k=standing.k,
        rank=found.start.rank,
        found=move(found.move),
        best=move(found.best),
        itself=Move((standing.item,), int(itself.ranks_Z[0]), float(itself.margins_Z[0])),
        tried=found.tried,
    )


def with_added(profile: Profiles, items_J: NDArray[np.integer[Any]], taken_ZJ: NDArray[np.bool_]) -> Profiles:
    """One person Z times, each time with some more items had just before now, as strongly as the others."""
    num_sets = len(taken_ZJ)
    people = profile.take(np.zeros(num_sets, np.int64))
    rows, chosen = np.nonzero(taken_ZJ)
    owner = np.concatenate([people.rows, rows])
    order = np.argsort(owner, kind="stable")  # what is added comes after all that there was
    latest = max(float(profile.now[0]) - MOMENT, float(profile.times.max(initial=-np.inf)))
    weight = np.median(profile.weights) if len(profile.weights) else 1.0
    added = np.ones(len(chosen))
    return Profiles(
        offsets=row_offsets(owner[order], num_sets),
        items=np.concatenate([people.items, items_J[chosen]]).astype(np.int32)[order],
        times=np.concatenate([people.times, latest * added])[order],
        weights=np.concatenate([people.weights, weight * added]).astype(np.float32)[order],
        now=people.now,
        features=people.features,
    )

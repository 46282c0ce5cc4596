"""The smallest set of changes that moves an item onto a list, or off it.

Every set is tried on the model itself. Sets of one change are all tried; so are larger ones where there are
few enough of them; beyond that, pairs of telling changes, and then the best sets so far with one telling
change more (a beam). A set is never larger than it need be: no change in it can be spared.

Shapes: Z sets tried at once, N changes that could be made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recengine.explain.standing import Places

HOPELESS = 3  # onto a list: if so many times what the best changes do by themselves isn't enough, give up
BEAM = 6  # so many sets are taken on to the next size

Direction = Literal["out", "in"]
Chosen = tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """Some changes, and where the item stands after them.

    Attributes:
        chosen: which changes, ascending.
        rank: 1 = first.
        margin: see `standing.Places`.
    """

    chosen: Chosen
    rank: int
    margin: float


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        start: where the item stands before any change.
        options: how many changes could be made.
        most: how many were allowed at once.
        move: the smallest set found that does it, and of those the one that moves the item furthest;
            None where no set was found.
        best: the set tried that moves the item furthest, where none does it; `move` where one does.
        singles: each change by itself.
        tried: how many sets were tried.
        proven: True where all smaller sets were tried, so that none of them does it (with no `move`: all
            sets of up to `most`).
    """

    start: Move
    options: int
    most: int
    move: Move | None
    best: Move | None
    singles: tuple[Move, ...]
    tried: int
    proven: bool


@dataclass(eq=False)
class _Search:
    """What is known so far; sets are never tried twice."""

    place: Callable[[NDArray[np.bool_]], Places]
    num_options: int
    k: int
    sign: int  # +1: up the list, -1: down
    known: dict[Chosen, Move]

    def try_all(self, sets: Iterable[Chosen]) -> list[Move]:
        """The sets' moves, those that move the item furthest first."""
        sets = list(dict.fromkeys(sets))
        new = [chosen for chosen in sets if chosen not in self.known]
        if new:
            taken_ZN = np.zeros((len(new), self.num_options), bool)
            for row, chosen in enumerate(new):
                taken_ZN[row, list(chosen)] = True
            places = self.place(taken_ZN)
            moves = zip(new, places.ranks_Z.tolist(), places.margins_Z.tolist(), strict=True)
            self.known |= {chosen: Move(chosen, rank, margin) for chosen, rank, margin in moves}
        return sorted((self.known[chosen] for chosen in sets), key=self.far)

    def far(self, move: Move) -> tuple[float, int]:
        """A key that sorts the furthest move first."""
        return -self.sign * move.margin, self.sign * move.rank

    def does_it(self, move: Move) -> bool:
        return (move.rank <= self.k) == (self.sign > 0)

    def pruned(self, move: Move) -> Move:
        """The same without the changes that can be spared."""
        while len(move.chosen) > 1:
            smaller = self.try_all(combinations(move.chosen, len(move.chosen) - 1))
            enough = [part for part in smaller if self.does_it(part)]
            if not enough:
                return move
            move = enough[0]
        return move


def smallest(
    place: Callable[[NDArray[np.bool_]], Places],
    guide_N: NDArray[np.float64],
    *,
    k: int,
    direction: Direction,
    most: int,
    tries: int,
) -> Found:
    """Search for the smallest set of changes after which the item is out of, or in, the first k.

    Args:
        place: tells where the item stands after each of Z sets of changes; taken_ZN is True for changes made.
        guide_N: how much each change is expected to help; only the order matters.
        most: the largest set to try.
        tries: roughly how many sets to try; every single change is tried in any case.
    """
    count = len(guide_N)
    search = _Search(place, count, k, 1 if direction == "in" else -1, {})
    start = search.try_all([()])[0]
    if search.does_it(start):
        return Found(start, count, most, start, start, (), 1, True)
    singles = moves = search.try_all((option,) for option in range(count))
    best, complete = start, 0  # all sets of up to so many changes have been tried
    for size in range(1, min(most, count) + 1):
        left = max(BEAM, tries - len(search.known))
        share = left // 2 if size == 2 else left // (most - size + 1)
        sets, every = _sets(size, share, guide_N, singles, moves)
        moves = search.try_all(sets)
        best = min([best, *moves], key=search.far)
        if search.does_it(moves[0]):
            best = search.pruned(moves[0])
            break
        if direction == "in" and _hopeless(start, singles, most):
            break
        complete = size if every and complete == size - 1 else complete
    move = best if search.does_it(best) else None
    proven = complete >= (min(most, count) if move is None else len(move.chosen) - 1)
    furthest = best if best.chosen else None
    return Found(start, count, most, move, furthest, tuple(singles), len(search.known) - 1, proven)


def _hopeless(start: Move, singles: list[Move], most: int) -> bool:
    """Whether an item lies so far behind that no few changes can be expected to bring it onto the list."""
    gains = sum(max(0.0, move.margin - start.margin) for move in singles[:most])
    return start.margin + HOPELESS * gains < 0


def _sets(
    size: int, share: int, guide_N: NDArray[np.float64], singles: list[Move], moves: list[Move]
) -> tuple[list[Chosen], bool]:
    """Sets of this size worth a try, at most `share` but for singles, and whether they are all there are.

    Telling changes are those that are expected to matter most and those that do by themselves, in turns.
    """
    count = len(guide_N)
    if size == 1 or comb(count, size) <= share:
        return list(combinations(range(count), size)), True
    expected = np.argsort(-guide_N, kind="stable").tolist()
    measured = [move.chosen[0] for move in singles]
    telling = list(dict.fromkeys(option for pair in zip(expected, measured, strict=True) for option in pair))
    starts = [(option,) for option in telling] if size == 2 else [move.chosen for move in moves[:BEAM]]
    grown = [
        (one + other, tuple(sorted((*start, option))))
        for one, start in enumerate(starts)
        for other, option in enumerate(telling)
        if option not in start
    ]
    first = tuple(sorted(expected[:size]))
    return list(dict.fromkeys([first, *(chosen for _, chosen in sorted(grown))]))[:share], False

"""Lists: the best items per person out of a block of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_ITEM = -1  # fills a list that has fewer than K items to offer

Scores = NDArray[np.float32]
LOWEST = np.finfo(np.float32).min
CACHED_NUMBERS = 2**18  # scores worked on at once: 1 MiB, so that they stay in the processor's cache
GROUPS_PER_PLACE, FEWEST_GROUPS = 8, 128  # more groups: a sharper bound, but more to sort


@dataclass(frozen=True)
class Ranking:
    """The K best items of each person, best first.

    Attributes:
        items_UK: int32 item codes; NO_ITEM where nothing more could be recommended.
        scores_UK: float32, falling along a row; -inf beside NO_ITEM.
    """

    items_UK: NDArray[np.int32]
    scores_UK: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.items_UK.shape != self.scores_UK.shape:
            raise ValueError(f"items {self.items_UK.shape} and scores {self.scores_UK.shape} differ")

    def __len__(self) -> int:
        return len(self.items_UK)


def top_k(score_UI: NDArray[np.floating[Any]], k: int, *, allowed_UI: NDArray[np.bool_]) -> Ranking:
    """The k best allowed items per person, best first. Ties: lower code first.

    Scores must be finite; an item that is not allowed never appears.
    """
    num_people, num_items = score_UI.shape
    kept = min(k, num_items)
    items_UK = np.full((num_people, k), NO_ITEM, np.int32)
    scores_UK = np.full((num_people, k), -np.inf, np.float32)
    step = max(1, CACHED_NUMBERS // max(1, num_items))
    for start in range(0, num_people, step):
        rows = slice(start, start + step)
        score_BI = np.where(allowed_UI[rows], score_UI[rows], np.float32(-np.inf))
        best = _best(score_BI.astype(np.float32, copy=False), kept)
        items_UK[rows, :kept], scores_UK[rows, :kept] = best
    return Ranking(items_UK, scores_UK)


def _best(score_BI: Scores, kept: int) -> tuple[NDArray[np.int32], Scores]:
    """The `kept` best items of each row and their scores; -inf is no item."""
    near_BI = _candidates(score_BI, kept)
    counts_B = np.count_nonzero(near_BI, axis=1)
    starts_B = np.cumsum(counts_B) - counts_B
    cells = np.flatnonzero(near_BI)
    rows = np.repeat(np.arange(len(score_BI)), counts_B)
    places = np.arange(len(cells)) - starts_B[rows]
    shape = (len(score_BI), max(kept, int(counts_B.max(initial=0))))
    items_BC, scores_BC = np.full(shape, NO_ITEM, np.int32), np.full(shape, -np.inf, np.float32)
    items_BC[rows, places] = cells - rows * score_BI.shape[1]
    scores_BC[rows, places] = score_BI[rows, items_BC[rows, places]]
    # Candidates stand in order of their codes and the sort is stable, so ties go to the lower code.
    order_BK = np.argsort(-scores_BC, axis=1, kind="stable")[:, :kept]
    return np.take_along_axis(items_BC, order_BK, axis=1), np.take_along_axis(scores_BC, order_BK, axis=1)


def _candidates(score_BI: Scores, kept: int) -> NDArray[np.bool_]:
    """True for the `kept` best of each row and a few more.

    At least `kept` groups of items have a best item no worse than the kept-th best group's, so that
    score bounds the kept-th best item from below. Finding it touches each score once and sorts few.
    """
    groups = max(GROUPS_PER_PLACE * kept, FEWEST_GROUPS)
    floor_B = _kth(_group_best(score_BI, groups), kept)
    near_BI: NDArray[np.bool_] = score_BI >= np.maximum(floor_B, LOWEST)[:, None]
    for row in np.flatnonzero(np.count_nonzero(near_BI, axis=1) > 2 * groups):  # many ties
        edge = _kth(score_BI[row : row + 1], kept)[0]
        near_BI[row] = score_BI[row] > edge
        tied = np.flatnonzero(score_BI[row] == edge)
        near_BI[row, tied[: kept - np.count_nonzero(near_BI[row])]] = edge > -np.inf
    return near_BI


def _group_best(score_BI: Scores, groups: int) -> Scores:
    """The best score in each of `groups` groups of items; the scores themselves if items are few."""
    num_people, num_items = score_BI.shape
    per_group, left = divmod(num_items, groups)
    if per_group < 2:
        return score_BI
    full_BI, rest_BI = score_BI[:, : num_items - left], score_BI[:, num_items - left :]
    best_BG: Scores = full_BI.reshape(num_people, per_group, groups).max(axis=1)
    best_BG[:, :left] = np.maximum(best_BG[:, :left], rest_BI)
    return best_BG


def _kth(value_BN: Scores, k: int) -> Scores:
    """The k-th largest value of each row."""
    place = value_BN.shape[1] - k
    kth_B: Scores = np.partition(value_BN, place, axis=1)[:, place]
    return kth_B

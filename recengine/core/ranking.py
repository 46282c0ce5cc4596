"""Lists: the best items per person out of a block of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_ITEM = -1  # fills a list that has fewer than K items to offer


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
    score_UI = np.where(allowed_UI, score_UI, -np.inf).astype(np.float32)
    num_items = score_UI.shape[1]
    kept = min(k, num_items)
    # A partial sort finds the k-th score; everything at or above it is then sorted fully, so that
    # ties at the border go to the lower code as well.
    edge_U = -np.partition(-score_UI, kept - 1, axis=1)[:, kept - 1]
    items_UK = np.full((len(score_UI), k), NO_ITEM, np.int32)
    scores_UK = np.full((len(score_UI), k), -np.inf, np.float32)
    for row, edge in enumerate(edge_U):
        near = np.flatnonzero(score_UI[row] >= edge)
        best = near[np.argsort(-score_UI[row, near], kind="stable")[:kept]]
        best = best[score_UI[row, best] > -np.inf]
        items_UK[row, : len(best)] = best
        scores_UK[row, : len(best)] = score_UI[row, best]
    return Ranking(items_UK, scores_UK)

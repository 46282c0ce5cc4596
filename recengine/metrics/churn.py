"""How different two lists are for the same person.

U people, K places of the list.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM

Lists = NDArray[np.int32]
PerPerson = NDArray[np.float64]
PERSISTENCE = 0.9  # of a reader who goes on to the next place: the first ten places have 86 % of the weight


def shared(first_UK: Lists, second_UK: Lists) -> NDArray[np.int64]:
    """How many items are on both lists cut after d places, for d = 1 to K; shape (U, K)."""
    same_UKK = (first_UK[:, :, None] == second_UK[:, None, :]) & (first_UK != NO_ITEM)[:, :, None]
    within_UKK = same_UKK.cumsum(axis=1).cumsum(axis=2)
    return np.diagonal(within_UKK, axis1=1, axis2=2)


def jaccard(first_UK: Lists, second_UK: Lists) -> PerPerson:
    """Items on both lists over items on either, in [0, 1]; NaN where both are empty."""
    both_U = shared(first_UK, second_UK)[:, -1]
    either_U = (first_UK != NO_ITEM).sum(axis=1) + (second_UK != NO_ITEM).sum(axis=1) - both_U
    return np.divide(both_U, either_U, out=np.full(len(both_U), np.nan), where=either_U > 0)


def rank_biased_overlap(first_UK: Lists, second_UK: Lists, *, persistence: float = PERSISTENCE) -> PerPerson:
    """Agreement of the lists, their tops counting most, in [0, 1]; NaN where both are empty.

    RBO extrapolated from the K places there are (Webber, Moffat and Zobel 2010, equation 32).
    """
    depth_K = np.arange(1, first_UK.shape[1] + 1)
    longest_U = np.maximum((first_UK != NO_ITEM).sum(axis=1), (second_UK != NO_ITEM).sum(axis=1))
    # A list that has ended has nothing more to agree on: its last agreement holds on.
    agreement_UK = shared(first_UK, second_UK) / np.minimum(depth_K, np.maximum(longest_U, 1)[:, None])
    weight_K = (1 - persistence) * persistence ** (depth_K - 1)
    overlap_U = agreement_UK @ weight_K + agreement_UK[:, -1] * persistence ** len(depth_K)
    return np.where(longest_U > 0, overlap_U, np.nan)

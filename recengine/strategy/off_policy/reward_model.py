"""What an item would earn at a place, learnt from other people's rows.

Two ridge regressions, one on what the first leaves: reward on context and place, the same for all items; then
each item's own level and its own slopes on the context, drawn to 0 the more the fewer rows the item has.
Everything is predicted for people whose rows were left out (cross-fitting, Chernozhukov et al. 2018), so that
a model that learns its rows by heart is not rewarded for it.

N rows, I items logged, M questions, F folds; D columns of the first regression, E of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from recengine.strategy.off_policy.log import Floats, Ints, Log

FOLDS = 5
NEVER = 1e12
ALIKE = 1.01  # errors that differ by less; the levels drawn least are then the least biased
# Of an item's level and of its slopes, in rows: an item with so many is drawn half way to 0.
PENALTIES = tuple(product((1.0, 10.0, 100.0), (5.0, 50.0, 500.0, NEVER)))
AT_ONCE = 1_000_000  # questions answered together


@dataclass(frozen=True, eq=False)
class RewardModel:
    """Predictions for the rows of one log, each from the folds it is not in.

    Attributes:
        fold: each row's fold, shape (N,).
        shared: the first regression's coefficients, shape (F, D).
        own: each item's, shape (F, I, E).
        known: the items there are coefficients for, in order, shape (I,).
        low, high: the least and the most that was ever earned; no prediction leaves this range.
        penalties: how much items' levels and slopes were drawn to 0 in each fold.
    """

    shared_ND: Floats
    own_NE: Floats
    fold: Ints
    shared: Floats
    own: Floats
    known: Ints
    low: float
    high: float
    penalties: tuple[tuple[float, float], ...]

    def predict(self, rows_M: Ints, items_M: Ints) -> Floats:
        """What these items are expected to earn at these rows' places, shape (M,)."""
        parts = [
            self._predict(rows_M[start : start + AT_ONCE], items_M[start : start + AT_ONCE])
            for start in range(0, len(rows_M), AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _predict(self, rows_M: Ints, items_M: Ints) -> Floats:
        fold_M = self.fold[rows_M]
        at_M = np.searchsorted(self.known, items_M).clip(max=len(self.known) - 1)
        met_M = self.known[at_M] == items_M
        level_M = np.einsum("md,md->m", self.shared_ND[rows_M], self.shared[fold_M])
        own_M = np.einsum("me,me->m", self.own_NE[rows_M], self.own[fold_M, at_M])
        return np.clip(level_M + met_M * own_M, self.low, self.high)


def cross_fitted(log: Log, seed: int = 0) -> RewardModel:
    """A model of the log's rewards."""
    fold_N = _folds(log, seed)
    shared_ND, own_NE = _columns(log)
    known, item_N = np.unique(log.items, return_inverse=True)
    shared, own, penalties = [], [], []
    for fold in range(int(fold_N.max()) + 1):
        kept = fold_N != fold
        shared.append(_ridge(shared_ND[kept], log.rewards[kept]))
        rest_N = log.rewards[kept] - shared_ND[kept] @ shared[-1]
        own_IE, penalty = _item_ridges(own_NE[kept], rest_N, item_N[kept], len(known))
        own.append(own_IE)
        penalties.append(penalty)
    return RewardModel(
        *(shared_ND, own_NE, fold_N, np.stack(shared), np.stack(own), known),
        *(float(log.rewards.min()), float(log.rewards.max()), tuple(penalties)),
    )


def _folds(log: Log, seed: int) -> Ints:
    """Each row's fold; all of a person's in one."""
    order = np.random.default_rng(seed).permutation(log.num_persons)
    return (order % min(FOLDS, log.num_persons))[log.person_of]


def _columns(log: Log) -> tuple[Floats, Floats]:
    """What the two regressions read: level, place and context; level and context."""
    level_N1 = np.ones((len(log), 1))
    places = np.unique(log.positions)[1:]
    place_NK = (log.positions[:, None] == places).astype(np.float64)
    context_ND = np.empty((len(log), 0)) if log.contexts is None else _standard(log.contexts)
    return np.hstack([level_N1, place_NK, context_ND]), np.hstack([level_N1, context_ND])


def _standard(contexts_ND: Floats) -> Floats:
    spread_D = contexts_ND.std(axis=0)
    return (contexts_ND - contexts_ND.mean(axis=0)) / np.where(spread_D > 0, spread_D, 1.0)


def _ridge(columns_ND: Floats, target_N: Floats) -> Floats:
    """Coefficients, shape (D,); a penalty of one row only keeps columns that repeat others from exploding."""
    gram_DD = columns_ND.T @ columns_ND + np.eye(columns_ND.shape[1])
    return np.asarray(np.linalg.solve(gram_DD, columns_ND.T @ target_N))


def _item_ridges(
    columns_NE: Floats, target_N: Floats, item_N: Ints, num_items: int
) -> tuple[Floats, tuple[float, float]]:
    """Each item's coefficients, shape (I, E), and the penalty they were drawn to 0 by.

    The penalty is chosen by generalised cross-validation (Golub, Heath and Wahba 1979) on these very rows, so
    that the rows left out have no say in it; of those about as good as the best, the levels drawn least.
    Nothing is learnt where there are no rows but those left out: a log of one person.
    """
    if not len(target_N):
        return np.zeros((num_items, columns_NE.shape[1])), PENALTIES[-1]
    gram_IEE, right_IE = _sums(columns_NE, target_N, item_N, num_items)
    tried = []
    for level, slope in PENALTIES:
        drawn_EE = np.diag([level, *[slope] * (columns_NE.shape[1] - 1)])
        found_IE = np.linalg.solve(gram_IEE + drawn_EE, right_IE[:, :, None])[:, :, 0]
        freedom = float(np.trace(np.linalg.solve(gram_IEE + drawn_EE, gram_IEE), axis1=1, axis2=2).sum())
        error = ((target_N - np.einsum("ne,ne->n", columns_NE, found_IE[item_N])) ** 2).mean()
        tried.append((error / max(1 - freedom / len(target_N), NEVER**-1) ** 2, found_IE, (level, slope)))
    best = min(error for error, _, _ in tried)
    alike = [one for one in tried if one[0] <= ALIKE * best]
    _, found_IE, penalty = min(alike, key=lambda one: (one[2][0], one[0]))
    return np.asarray(found_IE), penalty


def _sums(columns_NE: Floats, target_N: Floats, item_N: Ints, num_items: int) -> tuple[Floats, Floats]:
    """Each item's normal equations: shapes (I, E, E) and (I, E)."""
    width = columns_NE.shape[1]
    gram_IEE = np.empty((num_items, width, width))
    for row in range(width):
        for column in range(row + 1):
            sums_I = np.bincount(item_N, columns_NE[:, row] * columns_NE[:, column], minlength=num_items)
            gram_IEE[:, row, column] = gram_IEE[:, column, row] = sums_I
    right_EI = [np.bincount(item_N, column_N * target_N, minlength=num_items) for column_N in columns_NE.T]
    return gram_IEE, np.stack(right_EI, axis=1)

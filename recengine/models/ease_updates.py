"""EASE's weights for edited data from the inverse for data much like them: exact, and cheaper than a fit.

People whose rows changed are a term of low rank (Woodbury); items that lost all events leave a block of the
inverse. Both take a square Z'Z off the inverse, or add one. See docs/decisions.

Shapes: U people, I items, R changed rows, D items that lost all events.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recengine.models.ease import Weights, inverse
from recengine.models.event_matrix import product

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Matrix = NDArray[np.float64]
MOST_BYTES = 2**30  # of inverses that are kept
WORTH_IT = 0.25  # of the operations of a fit, which is done in larger pieces and so faster per operation
MOST_ERROR = 1e-8  # of the inverse, on a random vector


@dataclass(frozen=True)
class Change:
    """What tells one event matrix from another.

    Attributes:
        emptied: items that had events and have none any more, shape (D,).
        lost_RI, gained_RI: changed rows as they were (without those items) and as they are.
    """

    emptied: NDArray[np.int64]
    lost_RI: csr_array
    gained_RI: csr_array

    @classmethod
    def between(cls, old_UI: csr_array, new_UI: csr_array) -> Change:
        """People stand in the same places in both; either may have more of them."""
        kept_I = _counts(new_UI) > 0
        emptied = np.flatnonzero((_counts(old_UI) > 0) & ~kept_I)
        old_UI, new_UI = _as_high(_only(old_UI, kept_I), new_UI), _as_high(new_UI, old_UI)
        changed = np.flatnonzero(_row_counts(old_UI - new_UI))
        lost_RI, gained_RI = old_UI[changed], new_UI[changed]
        return cls(
            emptied=emptied,
            lost_RI=lost_RI[_row_counts(lost_RI) > 0],
            gained_RI=gained_RI[_row_counts(gained_RI) > 0],
        )

    def operations(self) -> float:
        """Multiplications that bringing an inverse up to date takes."""
        items = self.lost_RI.shape[1]
        ranks = (len(self.emptied), self.lost_RI.shape[0], self.gained_RI.shape[0])
        return sum(rank * items**2 / 2 + rank**2 * items / 2 + rank**3 / 6 for rank in ranks)


@dataclass(frozen=True)
class Start(ABC):
    """An inverse to start from, which may still lie in a file.

    Attributes:
        x_UI: the events it is of.
    """

    x_UI: csr_array
    regularisation: float

    @abstractmethod
    def solved(self) -> Solved:
        """The inverse itself."""


@dataclass(frozen=True)
class Solved(Start):
    """The inverse (X'X + regularisation)^-1 of some events.

    Attributes:
        inverse_II: both triangles.
    """

    inverse_II: Matrix

    @classmethod
    def of(cls, x_UI: csr_array, regularisation: float) -> Solved:
        """By a fit."""
        from recengine.models.gram import mirror

        inverse_II = inverse(x_UI, regularisation)
        mirror(inverse_II)
        return cls(x_UI, regularisation, inverse_II)

    def solved(self) -> Solved:
        """Itself: nothing is still to be read."""
        return self

    def changed(self, x_UI: csr_array, change: Change) -> Solved:
        """The inverse for other events, which `change` leads to."""
        inverse_II = self.inverse_II.copy()
        _empty(inverse_II, change.emptied, self.regularisation)
        _add(inverse_II, change.gained_RI, sign=1)
        _add(inverse_II, change.lost_RI, sign=-1)
        return Solved(x_UI, self.regularisation, inverse_II)

    def error(self) -> float:
        """How far the inverse is from one, on a random vector; relative."""
        asked_I = np.random.default_rng(0).standard_normal(len(self.inverse_II))
        found_I = self.inverse_II @ asked_I
        back_I = self.x_UI.T @ (self.x_UI @ found_I) + self.regularisation * found_I
        return float(np.linalg.norm(back_I - asked_I) / np.linalg.norm(asked_I))


class Inverses:
    """The last few inverses that were fitted; `weights` takes whichever leads to new weights soonest."""

    def __init__(self) -> None:
        self._known: list[Solved] = []
        self._left: list[Start] = []
        self._coming: tuple[csr_array, float, Future[Solved]] | None = None
        self.fits = 0  # how many of the weights so far took one

    def start_from(self, left: Sequence[Start]) -> None:
        """Inverses that trainings of the past have left may be started from, too; these and no others."""
        self._left = list(left)

    def weights(self, x_UI: csr_array, regularisation: float) -> Weights:
        """As `ease.weights`, from what was begun by `ahead`, from something known, or by a fit."""
        from recengine.models.gram import item_weights

        coming, self._coming = self._coming, None
        if coming is not None and coming[1] == regularisation and _equal(coming[0], x_UI):
            return item_weights(coming[2].result().inverse_II)
        self._coming = coming
        return item_weights(self._solved(x_UI, regularisation).inverse_II)

    def ahead(self, x_UI: csr_array, regularisation: float) -> None:
        """Begin with what `weights` will be asked for after something else, on a thread of its own.

        Until that is done each thread has LAPACK to itself: one that shares its work among threads waits
        for the slowest at every step, and on a busy machine takes ten times as long.
        """
        limit = threadpool_limits(1, user_api="blas")
        pool = ThreadPoolExecutor(1)
        future = pool.submit(self._solved, x_UI, regularisation)
        future.add_done_callback(lambda _: limit.restore_original_limits())
        pool.shutdown(wait=False)
        self._coming = x_UI, regularisation, future

    def _solved(self, x_UI: csr_array, regularisation: float) -> Solved:
        """Only what comes out of a fit is kept to start from, so no error adds up."""
        found = self._nearby(x_UI, regularisation)
        if found is None:
            self.fits += 1
            found = Solved.of(x_UI, regularisation)
            self._keep(found)
        return found

    def _keep(self, found: Solved) -> None:
        room = MOST_BYTES // found.inverse_II.nbytes
        self._known = [*self._known, found][-room:] if room else []

    def _nearby(self, x_UI: csr_array, regularisation: float) -> Solved | None:
        """What follows from a known inverse, where that is worth it and exact."""
        alike = [
            (start, Change.between(start.x_UI, x_UI))
            for start in (*self._known, *self._left)
            if start.regularisation == regularisation and start.x_UI.shape[1] == x_UI.shape[1]
        ]
        if not alike:
            return None
        start, change = min(alike, key=lambda pair: pair[1].operations())
        if change.operations() > WORTH_IT * fit_operations(x_UI):
            return None
        found = start.solved().changed(x_UI, change)
        return found if found.error() < MOST_ERROR else None


def _equal(one_UI: csr_array, other_UI: csr_array) -> bool:
    return one_UI.shape == other_UI.shape and (one_UI - other_UI).nnz == 0


def fit_operations(x_UI: csr_array) -> float:
    """Multiplications of a fit: sums over pairs of each person's items, then an inverse."""
    return float((_row_counts(x_UI).astype(np.float64) ** 2).sum() / 2 + x_UI.shape[1] ** 3 / 2)


def _add(inverse_II: Matrix, rows_RI: csr_array, sign: int) -> None:
    """Bring the inverse up to date, in place, for rows that come (sign 1) or go (-1): Woodbury.

    (A + s R'R)^-1 = P - s PR' (1 + s RPR')^-1 RP.
    """
    if rows_RI.shape[0] == 0:
        return
    reach_RI = product(rows_RI, inverse_II)
    _take_square(inverse_II, np.eye(len(reach_RI)) + sign * (rows_RI @ reach_RI.T).T, reach_RI, sign)


def _empty(inverse_II: Matrix, items_D: NDArray[np.int64], regularisation: float) -> None:
    """The same for items that lose all events: what is left of A is a block, and its inverse follows."""
    if len(items_D) == 0:
        return
    _take_square(inverse_II, inverse_II[np.ix_(items_D, items_D)], inverse_II[items_D], 1)
    inverse_II[items_D], inverse_II[:, items_D] = 0, 0
    inverse_II[items_D, items_D] = 1 / regularisation


def _take_square(inverse_II: Matrix, middle_RR: Matrix, reach_RI: Matrix, sign: int) -> None:
    """inverse_II -= sign x reach_RI' middle_RR^-1 reach_RI, in place."""
    from scipy.linalg import cholesky, solve_triangular
    from scipy.linalg.blas import dsyrk

    from recengine.models.gram import mirror

    root_RR = cholesky(middle_RR, lower=True)
    z_RI = solve_triangular(root_RR, reach_RI, lower=True)
    # To BLAS, which goes column by column, the lower triangle is the upper one, worked on in place.
    dsyrk(-sign, z_RI, trans=True, beta=1, c=inverse_II.T, lower=False, overwrite_c=True)
    mirror(inverse_II)


def _only(x_UI: csr_array, kept_I: NDArray[np.bool_]) -> csr_array:
    """The same without any event of the other items."""
    from scipy.sparse import csr_array

    kept_E = kept_I[x_UI.indices]
    offsets = np.append(0, np.cumsum(kept_E))[x_UI.indptr]
    return csr_array((x_UI.data[kept_E], x_UI.indices[kept_E], offsets), shape=x_UI.shape)


def _as_high(x_UI: csr_array, other_UI: csr_array) -> csr_array:
    """The same with empty rows below, so that it has at least as many as the other."""
    from scipy.sparse import csr_array

    more = max(0, other_UI.shape[0] - x_UI.shape[0])
    offsets = np.append(x_UI.indptr, np.full(more, x_UI.indptr[-1]))
    return csr_array((x_UI.data, x_UI.indices, offsets), shape=(x_UI.shape[0] + more, x_UI.shape[1]))


def _counts(x_UI: csr_array) -> NDArray[np.int64]:
    return np.bincount(x_UI.indices, minlength=x_UI.shape[1])


def _row_counts(x_UI: csr_array) -> NDArray[np.int64]:
    return np.diff(x_UI.indptr).astype(np.int64)

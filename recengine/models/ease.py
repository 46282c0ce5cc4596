"""EASE: a linear model of items on items, solved in one step (Steck, WWW 2019)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.dataset import Dataset, DataSize
from recengine.core.errors import TrainingError
from recengine.core.profiles import Profiles
from recengine.models import event_matrix
from recengine.models.base import Candidates, ModelConfig
from recengine.models.closed_form import ClosedForm
from recengine.models.event_matrix import WEIGHTING_HELP, Weighting

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Weights = NDArray[np.float32]
Solve = Callable[["csr_array", float], Weights]
GIB = 2**30
SECONDS_PER_TRIPLE = 3e-11  # of items, to invert their matrix; roughly
BYTES_PER_PAIR = 12  # of items, at the peak: co-occurrences, inverted in place, and weights


class EaseConfig(ModelConfig):
    """How strongly coincidences are damped, and what a repeated event counts."""

    title: ClassVar[str] = "EASE"
    summary: ClassVar[str] = "Recommends what goes with all that this person chose, by a linear model."
    deterministic: ClassVar[bool] = True
    variations: ClassVar[tuple[dict[str, Any], ...]] = (
        {"regularisation": 50.0},
        {"regularisation": 1000.0},
        {"weighting": "binary"},
    )

    regularisation: float = Field(
        default=200.0,
        gt=0,
        le=1e6,
        description="Damps coincidences; in squared weights. 100 to 500 suit most data, more on noisy ones.",
    )
    weighting: Weighting = Field(default="log", description=WEIGHTING_HELP)

    def effort(self, size: DataSize) -> float:
        return 1e-6 * size.interactions + SECONDS_PER_TRIPLE * size.items**3

    def obstacle(self, size: DataSize) -> str:
        try:
            refuse_too_large(size.items, available_bytes())
        except TrainingError as error:
            return str(error)
        return ""

    @property
    def reads_weights(self) -> bool:
        return self.weighting == "log"

    def build(self) -> Ease:
        return Ease(self)


class Ease(ClosedForm[EaseConfig]):
    """Scores are sums of item-to-item weights over the profile; an item never speaks for itself."""

    def __init__(self, config: EaseConfig, solve: Solve | None = None) -> None:
        """An EASE that is not fitted yet.

        Args:
            solve: what turns events and a regularisation into weights, where there is a shorter way to them.
        """
        super().__init__(config)
        self.weight_II: Weights = np.zeros((0, 0), np.float32)
        self._solve = solve or weights

    def learn(self, data: Dataset, seed: int) -> None:
        refuse_too_large(data.num_items, available_bytes())
        x_UI = event_matrix.of_dataset(data, self.config.weighting)
        self.weight_II = self._solve(x_UI, self.config.regularisation)

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        x_BI = event_matrix.of_profiles(profiles, self.num_items, self.config.weighting)
        return event_matrix.product(x_BI.astype(np.float32), self.weight_II)

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        x_BI = event_matrix.of_profiles(profiles, self.num_items, self.config.weighting)
        return np.asarray(x_BI.astype(np.float32) @ self.weight_II[:, candidates.items])

    def linear_terms(self, profile: Profiles, items: NDArray[np.int32]) -> NDArray[np.float64]:
        x_1I = event_matrix.of_profiles(profile, self.num_items, self.config.weighting)
        return x_1I.data[:, None] * self.weight_II[np.ix_(x_1I.indices, items)]

    @property
    def num_items(self) -> int:
        return len(self.weight_II)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"weight_II": self.weight_II}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.weight_II = arrays["weight_II"]


def weights(x_UI: csr_array, regularisation: float) -> Weights:
    """The weights with zero diagonal that best rebuild `x_UI`, shape (I, I)."""
    from recengine.models.gram import item_weights

    return item_weights(inverse(x_UI, regularisation))


def inverse(x_UI: csr_array, regularisation: float) -> NDArray[np.float64]:
    """The lower triangle of (x_UI.T @ x_UI + regularisation)^-1, shape (I, I).

    Raises:
        TrainingError: the matrix is not positive definite.
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    from recengine.models.gram import gram

    matrix_II = gram(x_UI)
    np.fill_diagonal(matrix_II, matrix_II.diagonal() + regularisation)
    # LAPACK goes column by column: to it, this lower triangle is an upper one, worked on in place.
    factor_II, failed = dpotrf(matrix_II.T, lower=False, overwrite_a=True)
    if failed:
        raise TrainingError("EASE's matrix is not positive definite. Raise its 'regularisation' setting.")
    inverse_II, _ = dpotri(factor_II, lower=False, overwrite_c=True)
    return np.asarray(inverse_II.T)


def refuse_too_large(num_items: int, available_bytes: int) -> None:
    """Stop before the memory runs out rather than after.

    Raises:
        TrainingError: the item-by-item matrices do not fit; says how large a catalogue would.
    """
    needed = BYTES_PER_PAIR * num_items**2
    if needed > available_bytes:
        fitting = int((available_bytes / BYTES_PER_PAIR) ** 0.5)
        raise TrainingError(
            f"EASE works on {num_items:,} x {num_items:,} pairs of items: {needed / GIB:.1f} GiB, "
            f"where {available_bytes / GIB:.1f} GiB are free. Leave out rare items on the Data page "
            f"until at most {fitting:,} remain, or choose ials, whose memory grows with items, not pairs."
        )


def available_bytes() -> int:
    """Memory that is free, or can be had at once."""
    import psutil

    return int(psutil.virtual_memory().available)

"""An explanation: what each player adds to a score. One that does not add up cannot be built.

Shapes: P players.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import ExplanationError
from recengine.explain.game import Question
from recengine.explain.players import Players

Method = Literal["exact", "closed form", "sampled"]
TOLERANCE = 1e-4  # of the score, or of 1 where that is more


@dataclass(frozen=True, eq=False)
class Explanation:
    """Shapley values of one question about one item: base + effects = score, or an error.

    Attributes:
        base: what is said of nobody in particular: no player is there.
        effects_P: what each player adds, on average over the orders in which they may come.
        errors_P: standard errors of the effects; zeros unless sampled.
        score: what is said when all players are there.
        samples: how many coalitions were scored.

    Raises:
        ExplanationError: they do not add up.
    """

    question: Question
    item: int
    players: Players
    base: float
    effects_P: NDArray[np.float64]
    errors_P: NDArray[np.float64]
    score: float
    method: Method
    samples: int

    def __post_init__(self) -> None:
        if not abs(self.residual) <= TOLERANCE * max(1.0, abs(self.score)):
            raise ExplanationError(
                f"the reasons miss the score {self.score:.4g} by {self.residual:.2g}, so they are not shown. "
                "Explain it again with a higher precision."
            )

    @property
    def residual(self) -> float:
        """By how much base and effects together miss the score."""
        return float(self.base + self.effects_P.sum() - self.score)

    @property
    def order(self) -> NDArray[np.int64]:
        """Places of the players, the largest effect of either sign first; shape (P,)."""
        return np.argsort(-np.abs(self.effects_P), kind="stable")

    def shown(self, most: int) -> NDArray[np.int64]:
        """Places of the `most` largest effects."""
        return self.order[:most]

"""Why an item is recommended: Shapley values over past actions and features.

The shelf of explainers holds what they are compared with too. To add one: write it, then add its line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.explain import rivals
from recengine.explain.game import Game


@dataclass(frozen=True)
class Explainer:
    """A way to tell which players of a game matter.

    Attributes:
        title: how a reader calls it.
        summary: one sentence for someone who has never heard of it.
        effects: of a game and a seed, how much each player matters, shape (P,); raises ExplanationError
            where the model has not got what it needs.
        adds_up: whether base + effects = score.
    """

    title: str
    summary: str
    effects: Callable[[Game, int], NDArray[np.float64]]
    adds_up: bool = False


EXPLAINERS: dict[str, Explainer] = {
    "shapley": Explainer(
        "Shapley values",
        "What each thing adds to the score, on average over the orders in which things may come.",
        rivals.shapley,
        adds_up=True,
    ),
    "integrated gradients": Explainer(
        "Integrated gradients",
        "How much the score rises with each past action while all of them grow from nothing.",
        rivals.integrated_gradients,
    ),
    "cosine": Explainer(
        "Cosine",
        "How much each past action is like the item, whatever the model does with it.",
        rivals.cosine,
    ),
    "random": Explainer(
        "Chance", "Numbers drawn by chance: what every explanation has to beat.", rivals.chance
    ),
}

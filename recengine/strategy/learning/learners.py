"""How each kind of model is brought up to date with new events, without a training from the start.

- ease: the inverse changes by a term of low rank (Woodbury), so the weights are those of a full training;
- ials: the rows that new events touch are solved exactly (`models.ials_updates`);
- neural models: one pass over those who did something, and over as many others again as `REPLAY` says, so
  that what was learnt of them is not forgotten (replay; Rolnick et al., NeurIPS 2019);
- all others are learnt in one cheap step, and simply learnt anew.

U people, I items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import USER
from recengine.core.dataset import Dataset
from recengine.models.base import ModelConfig, Recommender
from recengine.models.ease import Ease, EaseConfig
from recengine.models.ease_updates import MOST_ERROR, WORTH_IT, Change, Solved, Start, fit_operations
from recengine.models.ials import Ials, IalsConfig
from recengine.models.neural import NeuralRecommender

if TYPE_CHECKING:
    from scipy.sparse import csr_array

REPLAY = 2.0  # others for each person who did something
M = TypeVar("M", bound=Recommender[Any])


class Learner(Generic[M]):
    """A model, the data it has learnt from, and the way to bring both up to date.

    Attributes:
        how: the rule of `update` in words.
        exact: whether an update gives what a full training on the same data would.
    """

    how = "learnt anew on all events, which takes a moment"
    exact = True

    def __init__(self, settings: ModelConfig, seed: int = 0) -> None:
        self.settings, self.seed = settings, seed
        self.model: M
        self.data: Dataset

    def start(self, data: Dataset) -> None:
        """A full training."""
        self.model, self.data = self._fitted(data), data

    def take(self, model: M, data: Dataset) -> None:
        """Go on from a model that has been fitted on these data."""
        self.model, self.data = model, data

    def update(self, data: Dataset) -> None:
        """Bring the model up to date with data of the same people and items that hold other events."""
        self.model, self.data = self._updated(data), data

    def _fitted(self, data: Dataset) -> Any:
        return self.settings.build().fit(data, seed=self.seed)

    def _updated(self, data: Dataset) -> Any:
        return self._fitted(data)


class EaseLearner(Learner[Ease]):
    """Keeps the inverse beside the weights."""

    how = "exactly, from the inverse of before"
    settings: EaseConfig
    starts: tuple[Start, ...] = ()  # inverses a training has left

    def start(self, data: Dataset) -> None:
        self._known: Solved | None = None
        super().start(data)

    def take(self, model: Ease, data: Dataset) -> None:
        """The inverse is read from what the training left, or worked out once more."""
        super().take(model, data)
        alike = [one for one in self.starts if one.regularisation == self.settings.regularisation]
        self._known = (
            min(alike, key=lambda one: self._change(one, data).operations()).solved() if alike else None
        )

    def _fitted(self, data: Dataset) -> Ease:
        return Ease(self.settings, self._solve).fit(data, seed=self.seed)

    def _change(self, start: Start, data: Dataset) -> Change:
        from recengine.models import event_matrix

        return Change.between(start.x_UI, event_matrix.of_dataset(data, self.settings.weighting))

    def _solve(self, x_UI: csr_array, regularisation: float) -> NDArray[np.float32]:
        """By the shorter way; errors that add up over many updates end in a fit."""
        from recengine.models.gram import item_weights

        self._known = self._followed(x_UI) or Solved.of(x_UI, regularisation)
        return item_weights(self._known.inverse_II)

    def _followed(self, x_UI: csr_array) -> Solved | None:
        if self._known is None:
            return None
        change = Change.between(self._known.x_UI, x_UI)
        if change.operations() > WORTH_IT * fit_operations(x_UI):
            return None
        found = self._known.changed(x_UI, change)
        return found if found.error() < MOST_ERROR else None


class IalsLearner(Learner[Ials]):
    """People and touched items are solved, one after the other."""

    how = "by solving exactly for everybody, and then for the items whose events changed"
    exact = False

    def _updated(self, data: Dataset) -> Ials:
        from recengine.models.ials_updates import updated

        return updated(self.model, self.data, data)


class NeuralLearner(Learner[NeuralRecommender[Any]]):
    """A few gradient steps from where the weights stand."""

    how = f"by one pass over those who did something and {REPLAY:g} times as many others"
    exact = False

    def _updated(self, data: Dataset) -> NeuralRecommender[Any]:
        brief = self.settings.model_copy(update={"epochs": 1, "patience": 0})
        found: NeuralRecommender[Any] = brief.build()  # type: ignore[assignment]  # a neural model's settings
        found.warm_start(self.model)
        found.learn_from(self.teachers(data))
        return found.fit(data, seed=self.seed)

    def teachers(self, data: Dataset) -> NDArray[np.int64]:
        """Whoever did something since, and others drawn by chance; codes, ascending."""
        active = np.flatnonzero(_counts(data) != _counts(self.data))
        others = np.setdiff1d(np.flatnonzero(_counts(data)), active)
        draw = np.random.default_rng((self.seed, len(data.interactions)))
        count = min(len(others), int(REPLAY * len(active)))
        return np.union1d(active, draw.choice(others, count, replace=False))


def learner_of(settings: ModelConfig, seed: int = 0) -> Learner[Any]:
    """What brings models of these settings up to date."""
    if isinstance(settings, EaseConfig):
        return EaseLearner(settings, seed)
    if isinstance(settings, IalsConfig):
        return IalsLearner(settings, seed)
    kind = NeuralLearner if settings.family == "neural" else Learner
    return kind(settings, seed)


def _counts(data: Dataset) -> NDArray[np.int64]:
    """Events of each person, shape (U,)."""
    return np.bincount(data.interactions.column(USER), minlength=data.num_users)

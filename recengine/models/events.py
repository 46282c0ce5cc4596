"""What training reports while it runs. The loop yields these; pages draw them; tests read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recengine.models.base import Recommender

Validate = Callable[["Recommender[Any]"], dict[str, float]]  # metrics of the model as it stands
MONITORED = "ndcg@10"  # the validation metric that early stopping and best weights follow


@dataclass(frozen=True)
class Step:
    """A sign of life inside an epoch, at most a few per second.

    Attributes:
        done, total: pieces of work of the whole training, for progress and time left.
        loss: mean training loss since the epoch began; NaN where a model has none.
        per_second: interactions learnt from per second of wall time.
    """

    done: int
    total: int
    loss: float = float("nan")
    per_second: float = float("nan")


@dataclass(frozen=True)
class Epoch:
    """One pass over the training data has ended.

    Attributes:
        number, of: 1-based; `of` is the most there can be, early stopping may end sooner.
        loss, validation_loss: means over the pass; NaN where a model has none.
        validation: metrics on the validation people, keyed like "ndcg@10"; empty if none.
        seconds: training time of this pass, validation not counted.
        best: whether this is the best epoch so far.
    """

    number: int
    of: int
    loss: float
    validation_loss: float = float("nan")
    validation: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    interactions: int = 0
    best: bool = True


@dataclass(frozen=True)
class Note:
    """Something the reader should know about this training, in one sentence ending in "."."""

    text: str


Event = Step | Epoch | Note

"""What the models share that are learnt in one go: one step, one epoch, nothing to resume."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from recengine.core.dataset import Dataset
from recengine.models.base import C, Recommender
from recengine.models.events import Epoch, Event, Step, Validate


class ClosedForm(Recommender[C]):
    """A model without epochs. To write one: subclass, implement `learn` instead of `training`."""

    @abstractmethod
    def learn(self, data: Dataset, seed: int) -> None:
        """Become fitted to `data`, which is not touched."""

    def training(
        self,
        data: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",
        validate: Validate | None = None,
        resume: Path | None = None,
    ) -> Iterator[Event]:
        """One step, then one epoch. There is no loss, and a resumed training starts again."""
        started = perf_counter()
        yield Step(done=0, total=1)
        self.learn(data, seed)
        seconds = perf_counter() - started
        yield Epoch(
            number=1,
            of=1,
            loss=float("nan"),
            validation={} if validate is None else validate(self),
            seconds=seconds,
            interactions=len(data.interactions),
        )

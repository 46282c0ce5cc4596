"""The one training loop. It yields what happens; it knows no progress bar, no page and no database.

All randomness of a step comes from (seed, epoch, step), so a run that was killed goes on from its last
checkpoint to exactly the weights it would have had.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from recengine.core.errors import TrainingError
from recengine.models.events import MONITORED, Epoch, Event, Step
from recengine.models.optimiser import Optimisers

REPORT_EVERY_S = 0.25
CHECKPOINT_VERSION = 2
WARM_STEPS = 10  # the running average of the weights looks back less far in the beginning


class Problem(Protocol):
    """What is to be learnt: a network, and its loss on the batches of an epoch."""

    @property
    def network(self) -> nn.Module:
        """What is trained."""

    def begin_epoch(self, generator: torch.Generator) -> int:
        """Lay out the epoch; how many steps it has."""

    def loss(self, step: int, generator: torch.Generator) -> tuple[Tensor, int] | None:
        """The mean loss of one batch and how many events it read; None where nothing can be asked."""

    def held_out_loss(self) -> float:
        """The loss on people who are never learnt from, NaN if there are none; may set what is
        set on such people (calibration)."""


@dataclass(frozen=True)
class LoopConfig:
    """How the loop runs; see the model's own settings for what each means."""

    epochs: int
    learning_rate: float
    clip_norm: float
    averaging: float
    patience: int
    precision: str  # "float32" or "bfloat16"


@dataclass
class Progress:
    """Where training stands, apart from the tensors."""

    epoch: int = 0  # finished epochs
    step: int = 0  # finished steps of the epoch under way
    steps_per_epoch: int = 0
    total_loss: float = 0.0
    num_losses: int = 0
    seconds: float = 0.0
    interactions: int = 0
    best_value: float = float("-inf")
    best_epoch: int = 0


class Loop:
    """Adam on one Problem, with running-average weights, early stopping and checkpoints."""

    def __init__(
        self,
        problem: Problem,
        settings: LoopConfig,
        groups: list[dict[str, Any]],
        *,
        seed: int,
        device: str,
    ) -> None:
        self.problem, self.settings, self.seed, self.device = problem, settings, seed, device
        self.optimisers = Optimisers(groups, settings.learning_rate)
        self.progress = Progress()
        self.average = _copied(problem.network)
        self.best = _copied(problem.network)

    def run(self, validate: Callable[[], dict[str, float]] | None) -> Iterator[Event]:
        """Train to the end, from wherever this stands; the network then holds the best weights."""
        while self.progress.epoch < self.settings.epochs and not self._out_of_patience(validate):
            yield from self._epoch()
            yield self._measured(validate)
        self.problem.network.load_state_dict(self.best)

    def save(self, path: Path) -> None:
        """Write everything needed to go on, atomically."""
        state = {
            "version": CHECKPOINT_VERSION,
            "seed": self.seed,
            "progress": asdict(self.progress),
            "network": self.problem.network.state_dict(),
            "average": self.average,
            "best": self.best,
            "optimisers": self.optimisers.state_dict(),
        }
        draft = path.with_suffix(".part")
        with draft.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def load(self, path: Path) -> None:
        """Stand where `save` stood.

        Raises:
            TrainingError: the file belongs to other settings or another seed.
        """
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
            if (state["version"], state["seed"]) != (CHECKPOINT_VERSION, self.seed):
                raise ValueError(f"version {state['version']}, seed {state['seed']}")
            self.problem.network.load_state_dict(state["network"])
            self.optimisers.load_state_dict(state["optimisers"])
        except (KeyError, ValueError, RuntimeError, EOFError) as error:
            raise TrainingError(
                f"the checkpoint {path.name} does not fit this training ({error}). "
                "Start the run anew with the same settings."
            ) from None
        self.average, self.best = state["average"], state["best"]
        self.progress = Progress(**state["progress"])

    def _epoch(self) -> Iterator[Event]:
        """The rest of the epoch under way."""
        progress, network = self.progress, self.problem.network
        network.train()
        progress.steps_per_epoch = self.problem.begin_epoch(self._generator(progress.epoch, -1))
        began, reported = time.perf_counter(), 0.0
        while progress.step < progress.steps_per_epoch:
            self._step()
            progress.step += 1
            now = time.perf_counter()
            progress.seconds += now - began
            began = now
            if now - reported >= REPORT_EVERY_S:
                reported = now
                yield self._sign_of_life()
                began = time.perf_counter()

    def _step(self) -> None:
        progress, network = self.progress, self.problem.network
        with _own_randomness(self._number(progress.epoch, progress.step), self.device):
            generator = self._generator(progress.epoch, progress.step)
            kind = self.device.partition(":")[0]
            with torch.autocast(kind, torch.bfloat16, enabled=self.settings.precision == "bfloat16"):
                result = self.problem.loss(progress.step, generator)
            if result is None:
                return
            loss, interactions = result
            self.optimisers.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), self.settings.clip_norm)
            self.optimisers.step()
        self._follow()
        value = loss.item()
        if value != value or value in (float("inf"), float("-inf")):
            raise TrainingError(
                f"the loss is no number any more ({value}) in pass {progress.epoch + 1}, step "
                f"{progress.step + 1}. Lower the learning rate (now {self.settings.learning_rate:g}) or the "
                f"gradient bound (now {self.settings.clip_norm:g}), or look for absurd weights in the data."
            )
        progress.total_loss += value
        progress.num_losses += 1
        progress.interactions += interactions

    def _follow(self) -> None:
        """Move the running average of the weights a little towards the weights."""
        steps = self.progress.epoch * self.progress.steps_per_epoch + self.progress.step + 1
        kept = min(self.settings.averaging, steps / (steps + WARM_STEPS))
        with torch.no_grad():
            for name, value in self.problem.network.named_parameters():
                self.average[name].lerp_(value, 1 - kept)

    def _sign_of_life(self) -> Step:
        progress = self.progress
        total = self.settings.epochs * progress.steps_per_epoch
        return Step(
            done=progress.epoch * progress.steps_per_epoch + progress.step,
            total=total,
            loss=progress.total_loss / max(1, progress.num_losses),
            per_second=progress.interactions / max(1e-9, progress.seconds),
        )

    def _measured(self, validate: Callable[[], dict[str, float]] | None) -> Epoch:
        """Close the epoch: measure the averaged weights and keep them if they are the best yet."""
        progress, network = self.progress, self.problem.network
        with self._averaged():
            network.eval()
            held_out = self.problem.held_out_loss()
            values = validate() if validate else {}
            # Without a measure to choose by, the last weights are the ones asked for.
            value = values.get(MONITORED, float(progress.epoch))
            best = value > progress.best_value
            if best:
                progress.best_value, progress.best_epoch = value, progress.epoch + 1
                self.best = _copied(network)
        epoch = Epoch(
            number=progress.epoch + 1,
            of=self.settings.epochs,
            loss=progress.total_loss / max(1, progress.num_losses),
            validation_loss=held_out,
            validation=values,
            seconds=progress.seconds,
            interactions=progress.interactions,
            best=best,
        )
        progress.epoch, progress.step = progress.epoch + 1, 0
        progress.total_loss, progress.num_losses = 0.0, 0
        progress.seconds, progress.interactions = 0.0, 0
        return epoch

    def _out_of_patience(self, validate: Callable[[], dict[str, float]] | None) -> bool:
        waited = self.progress.epoch - self.progress.best_epoch
        return validate is not None and bool(self.settings.patience) and waited >= self.settings.patience

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The network with its averaged weights, and what is set on them; its own come back after."""
        network = self.problem.network
        own = _copied(network)
        network.load_state_dict(self.average)
        try:
            yield
        finally:
            network.load_state_dict(own)

    def _number(self, epoch: int, step: int) -> int:
        """One 63-bit number for each (seed, epoch, step)."""
        mixed = (self.seed * 1_000_003 + epoch) * 1_000_003 + step + 1
        return (mixed * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % (1 << 63)

    def _generator(self, epoch: int, step: int) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(self._number(epoch, step))


@contextmanager
def _own_randomness(number: int, device: str) -> Iterator[None]:
    """Dropout draws from torch's global generator; seed it for a while, then put it back."""
    kind, _, index = device.partition(":")
    devices = [int(index or torch.cuda.current_device())] if kind == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(number)
        yield


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}

"""The one training loop: arithmetic by hand, early stopping, checkpoints, a loss that is no number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from recengine.core.errors import TrainingError
from recengine.models.events import Epoch
from recengine.models.training import Loop, LoopConfig


class Line(nn.Module):
    def __init__(self, start: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([start]))


class Parabola:
    """Minimise the loss of one weight; `steps` steps an epoch."""

    def __init__(self, loss: Callable[[Tensor], Tensor], start: float = 1.0, steps: int = 2) -> None:
        self._network, self._loss, self._steps = Line(start), loss, steps

    @property
    def network(self) -> Line:
        return self._network

    def begin_epoch(self, generator: torch.Generator) -> int:
        return self._steps

    def loss(self, step: int, generator: torch.Generator) -> tuple[Tensor, int] | None:
        return self._loss(self._network.w + 0.01 * torch.rand(1, generator=generator)).sum(), 3

    def held_out_loss(self) -> float:
        return float("nan")


def loop(
    problem: Parabola, *, epochs: int = 3, averaging: float = 0.0, patience: int = 0, seed: int = 0
) -> Loop:
    settings = LoopConfig(
        epochs=epochs,
        learning_rate=0.1,
        clip_norm=1e6,
        averaging=averaging,
        patience=patience,
        precision="float32",
    )
    groups = [{"params": list(problem.network.parameters()), "weight_decay": 0.0}]
    return Loop(problem, settings, groups, seed=seed, device="cpu")


def test_adam_moves_by_the_learning_rate_first_and_gradients_do_not_pile_up() -> None:
    # On a constant slope Adam's step is the learning rate exactly; with gradients piling up the
    # second step would differ (slope 1, then 2).
    problem = Parabola(lambda w: w, steps=2)
    list(loop(problem, epochs=1).run(None))
    assert problem.network.w.item() == pytest.approx(1 - 2 * 0.1, abs=1e-5)


def test_averaged_weights_lag_behind_the_last_ones() -> None:
    problem = Parabola(lambda w: w, steps=2)
    list(loop(problem, epochs=1, averaging=0.5).run(None))
    # After step n the share of the old average is min(.5, n / (n + 10)): 1/11, then 2/12.
    first = 1.0 * (1 / 11) + 0.9 * (10 / 11)
    assert problem.network.w.item() == pytest.approx(first * (2 / 12) + 0.8 * (10 / 12), abs=1e-5)


def test_the_best_epoch_wins_and_patience_ends_the_training() -> None:
    problem = Parabola(lambda w: w, steps=1)
    values = iter([0.1, 0.5, 0.4, 0.3, 0.9])
    events = list(loop(problem, epochs=5, patience=2).run(lambda: {"ndcg@10": next(values)}))
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [epoch.best for epoch in epochs] == [True, True, False, False]
    assert problem.network.w.item() == pytest.approx(0.8, abs=1e-5)  # as after the second step


def test_a_run_that_goes_on_from_a_checkpoint_ends_bit_for_bit_the_same(tmp_path: Path) -> None:
    unbroken = Parabola(lambda w: (w - 3) ** 2, steps=4)
    list(loop(unbroken, averaging=0.9).run(None))

    broken = Parabola(lambda w: (w - 3) ** 2, steps=4)
    first = loop(broken, averaging=0.9)
    for event in first.run(None):
        if isinstance(event, Epoch) and event.number == 2:
            break
    first.save(tmp_path / "checkpoint.pt")
    again = Parabola(lambda w: (w - 3) ** 2, start=-5.0, steps=4)
    second = loop(again, averaging=0.9)
    second.load(tmp_path / "checkpoint.pt")
    list(second.run(None))
    assert torch.equal(again.network.w, unbroken.network.w)


def test_a_checkpoint_of_another_seed_is_refused_in_words(tmp_path: Path) -> None:
    one = loop(Parabola(lambda w: w))
    one.save(tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match=r"does not fit this training .*seed 0.*Start the run anew"):
        loop(Parabola(lambda w: w), seed=1).load(tmp_path / "checkpoint.pt")


def test_a_loss_that_is_no_number_says_what_to_change() -> None:
    problem = Parabola(lambda w: w * float("nan"))
    with pytest.raises(TrainingError, match=r"no number any more .*Lower the learning rate \(now 0.1\)"):
        list(loop(problem).run(None))


def test_training_leaves_the_global_random_state_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    list(loop(Parabola(lambda w: w)).run(None))
    assert torch.equal(torch.rand(1), expected)

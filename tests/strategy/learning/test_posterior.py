"""Ridge regression with its errors, and that exploring by them loses less than the best guess always."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from recengine.strategy.learning.posterior import Posterior

ROUNDS, WORLDS, ARMS, DIMS = 300, 15, 25, 5
Floats = NDArray[np.float64]
Choose = Callable[[Posterior, Floats, np.random.Generator], int]


def test_two_observations_by_hand() -> None:
    found = Posterior.prior(np.zeros(1)).after(np.array([[1.0], [2.0]]), np.array([3.0, 4.0]))
    # A = 1 + 1 + 4 = 6, b = 3 + 8 = 11; at x = 3: mean 3 x 11/6, error sqrt(9 / 6)
    assert found.expected(np.array([3.0])) == pytest.approx(5.5)
    assert found.unsure(np.array([3.0])) == pytest.approx(1.5**0.5)


def test_the_order_of_observations_does_not_matter() -> None:
    draw = np.random.default_rng(0)
    x_ND, reward_N = draw.normal(size=(20, 3)), draw.normal(size=20)
    once = Posterior.prior(np.ones(3)).after(x_ND, reward_N)
    one_by_one = Posterior.prior(np.ones(3))
    for place in draw.permutation(20):
        one_by_one = one_by_one.after(x_ND[[place]], reward_N[[place]])
    np.testing.assert_allclose(one_by_one.weights, once.weights)


def test_drawn_weights_have_the_posterior_mean_and_spread() -> None:
    draw = np.random.default_rng(1)
    found = Posterior.prior(np.zeros(2)).after(draw.normal(size=(5, 2)), draw.normal(size=5))
    drawn_ND = np.stack([found.drawn(draw) for _ in range(4000)])
    np.testing.assert_allclose(drawn_ND.mean(axis=0), found.weights, atol=0.03)
    np.testing.assert_allclose(drawn_ND.std(axis=0), found.unsure(np.eye(2)), rtol=0.05)


def best_guess(belief: Posterior, x_AD: Floats, draw: np.random.Generator) -> int:
    return int(belief.expected(x_AD).argmax())


def lin_ucb(belief: Posterior, x_AD: Floats, draw: np.random.Generator) -> int:
    return int((belief.expected(x_AD) + belief.unsure(x_AD)).argmax())


def thompson(belief: Posterior, x_AD: Floats, draw: np.random.Generator) -> int:
    return int((x_AD @ belief.drawn(draw)).argmax())


def regret(choose: Choose, seed: int) -> float:
    """What choosing so loses against the best arm, over ROUNDS of a world of linear rewards."""
    draw = np.random.default_rng(seed)
    x_AD = draw.normal(size=(ARMS, DIMS))
    x_AD /= np.linalg.norm(x_AD, axis=1, keepdims=True)
    value_A = x_AD @ draw.normal(size=DIMS)
    belief, lost = Posterior.prior(np.zeros(DIMS), noise=0.5), 0.0
    for _ in range(ROUNDS):
        arm = choose(belief, x_AD, draw)
        belief = belief.after(x_AD[[arm]], np.array([value_A[arm] + 0.5 * draw.normal()]))
        lost += float(value_A.max() - value_A[arm])
    return lost


def test_exploring_loses_less_than_taking_the_best_guess_always() -> None:
    """Greedy settles on an arm that looked good early in some worlds, and pays for it every round."""
    guess, ucb, sampled = (
        np.array([regret(choose, seed) for seed in range(WORLDS)])
        for choose in (best_guess, lin_ucb, thompson)
    )
    assert ucb.mean() < 0.7 * guess.mean()
    assert sampled.mean() < 0.7 * guess.mean()

"""What the reward model learns, and from whom."""

import numpy as np

from recengine.strategy.off_policy.log import Log
from recengine.strategy.off_policy.reward_model import cross_fitted


def made_log(rows: int = 2000, noise: float = 0.0) -> Log:
    """Item 0 earns the context, item 1 its opposite, item 2 always 0.5."""
    draw = np.random.default_rng(0)
    items, contexts = draw.integers(3, size=rows), draw.uniform(-1, 1, (rows, 1))
    rewards = (
        np.array([1, -1, 0])[items] * contexts[:, 0] + 0.5 * (items == 2) + noise * draw.normal(size=rows)
    )
    return Log.of_actions(items, rewards, np.full(rows, 1 / 3), contexts)


def test_each_items_own_slope_is_learnt() -> None:
    log = made_log()
    rows = np.arange(len(log))
    for item, wanted_N in enumerate((log.contexts[:, 0], -log.contexts[:, 0], np.full(len(log), 0.5))):  # type: ignore[index]
        found_N = cross_fitted(log).predict(rows, np.full(len(log), item))
        assert np.abs(found_N - wanted_N).mean() < 0.02


def test_a_person_is_predicted_from_others() -> None:
    log = made_log(100, noise=1.0)
    before = cross_fitted(log).predict(np.array([7]), log.items[[7]])
    rewards = log.rewards.copy()
    rewards[7] = rewards[8]  # within the range of all
    after = cross_fitted(Log.of_actions(log.items, rewards, log.propensities, log.contexts)).predict(
        np.array([7]), log.items[[7]]
    )
    np.testing.assert_allclose(before, after, rtol=1e-12)


def test_an_item_nobody_was_shown_is_taken_as_an_average_one() -> None:
    log = made_log()
    (unknown,) = cross_fitted(log).predict(np.array([0]), np.array([99]))
    assert abs(unknown - log.rewards.mean()) < 0.1


def test_places_have_levels_of_their_own() -> None:
    lists, positions = np.divmod(np.arange(600), 2)
    log = Log(lists, np.arange(600) % 7, positions, 1.0 - 0.5 * positions, np.ones(600), lists=lists)
    np.testing.assert_allclose(
        cross_fitted(log).predict(np.array([0, 1]), log.items[:2]), [1.0, 0.5], atol=0.02
    )


def test_noise_draws_items_to_the_mean() -> None:
    assert min(cross_fitted(made_log(noise=30.0)).penalties) > max(cross_fitted(made_log()).penalties)

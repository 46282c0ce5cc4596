"""Bandits whose value is known: what was shown by chance, what it earned, what another policy would earn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from recengine.strategy.off_policy.log import Floats, Log
from recengine.strategy.off_policy.policy import Policy

ACTIONS, WIDTH = 10, 4
ENDLESS = 200_000  # contexts over which the true value is taken
BASE_RATE = -2.5  # logit of a click where nothing speaks for or against it


@dataclass(frozen=True)
class Bandit:
    """Actions whose chance of a click depends on a context.

    Attributes:
        explore: share of the shown actions that were drawn evenly; the rest by a policy of other tastes.
        distance: how sharply the new policy prefers what earns more; 0 shows all alike.
        spread: of the money a click brings (standard deviation of its logarithm); 0: clicks alone count.
    """

    explore: float
    distance: float
    spread: float = 0.0
    rows: int = 1000

    def draw(self, seed: int) -> tuple[Log, Policy]:
        """A log, and the new policy on it."""
        draw = np.random.default_rng(seed)
        contexts, shown_NA, new_NA, click_NA = self._world(draw, self.rows)
        items = (shown_NA.cumsum(axis=1) > draw.random((self.rows, 1))).argmax(axis=1)
        rows = np.arange(self.rows)
        clicks = (draw.random(self.rows) < click_NA[rows, items]).astype(np.float64)
        rewards = clicks * np.exp(self.spread * draw.normal(size=self.rows))
        return Log.of_actions(items, rewards, shown_NA[rows, items], contexts), Policy.dense(new_NA)

    @cache  # noqa: B019 - a handful of bandits, each asked a thousand times
    def value(self) -> float:
        """What a list of the new policy earns."""
        _, _, new_NA, click_NA = self._world(np.random.default_rng(0), ENDLESS)
        return self._mean(new_NA, click_NA)

    @cache  # noqa: B019
    def shown_value(self) -> float:
        """What a list earns as it was shown."""
        _, shown_NA, _, click_NA = self._world(np.random.default_rng(0), ENDLESS)
        return self._mean(shown_NA, click_NA)

    def same_policy(self) -> Bandit:
        """A bandit whose new policy shows what the old one explored with: evenly."""
        return replace(self, explore=1.0, distance=0.0)

    def _mean(self, chance_NA: Floats, click_NA: Floats) -> float:
        return float((chance_NA * click_NA).sum(axis=1).mean() * np.exp(self.spread**2 / 2))

    def _world(self, draw: np.random.Generator, rows: int) -> tuple[Floats, Floats, Floats, Floats]:
        fixed = np.random.default_rng(1)
        tastes_DA, habits_DA = fixed.normal(size=(2, WIDTH, ACTIONS))
        contexts_ND = draw.normal(size=(rows, WIDTH))
        liking_NA = contexts_ND @ tastes_DA
        habit_NA = _softmax(0.5 * contexts_ND @ habits_DA)
        shown_NA = (1 - self.explore) * habit_NA + self.explore / ACTIONS
        clicks_NA = 1 / (1 + np.exp(-(0.7 * liking_NA + BASE_RATE)))
        return contexts_ND, shown_NA, _softmax(self.distance * liking_NA), clicks_NA


def _softmax(logit_NA: Floats) -> Floats:
    weight_NA = np.exp(logit_NA - logit_NA.max(axis=1, keepdims=True))
    return np.asarray(weight_NA / weight_NA.sum(axis=1, keepdims=True))

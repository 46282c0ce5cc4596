"""Chance: the probabilities that are told against how often each item is shown."""

from __future__ import annotations

from collections import Counter
from statistics import NormalDist

import numpy as np
import pytest

from recengine.core.errors import SettingsError
from recengine.core.ranking import NO_ITEM
from recengine.strategy import Explore, Pool, Strategy, apply
from recengine.strategy.rules import AtMost, Exclude, MinShare, Pin
from tests.strategy.worlds import facts, pool

COPIES = 10_000
KNOWN = facts(["a", "a", "a", "b", "b", "c", "c", "d"])
SCORES = [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
RULES = {
    "free": (),
    "bounds": (AtMost(column="category", count=1), MinShare(column="category", value="b", share=0.3)),
    "pin": (Pin(item="i4", place=2), AtMost(column="category", value="a", count=1)),
    "few": (Exclude(column="category", value="c"), AtMost(column="category", count=1)),
}


def crowd() -> Pool:
    """The same person many times over."""
    return pool(KNOWN, [SCORES] * COPIES)


@pytest.mark.parametrize("rules", RULES)
def test_items_are_shown_as_often_as_is_told(rules: str) -> None:
    strategy = Strategy(rules=RULES[rules], explore=Explore(method="epsilon", amount=0.6))
    served = apply(strategy, crowd(), 3, seed=1)
    for place in range(3):
        told: dict[int, set[float]] = {}
        for item, chance in zip(served.items_LK[:, place], served.propensity_LK[:, place], strict=True):
            told.setdefault(int(item), set()).add(round(float(chance), 12))
        assert all(len(chances) == 1 for chances in told.values())  # of an item at a place there is one
        chance = {item: min(chances) for item, chances in told.items() if item != NO_ITEM}
        assert sum(chance.values()) in (pytest.approx(1.0), 0)  # all that can come did come
        shown = Counter(served.items_LK[:, place].tolist())
        for item, expected in chance.items():
            error = np.sqrt(expected * (1 - expected) / COPIES)
            assert abs(shown[item] / COPIES - expected) <= 4.5 * error


def test_the_probabilities_by_hand() -> None:
    served = apply(Strategy(explore=Explore(method="epsilon", amount=0.6)), crowd(), 2, seed=0)
    # Two places, each drawn with 0.3; seven others may come: six from outside, one from the other place.
    plain = (served.items_LK == [0, 1]).all(axis=1)
    np.testing.assert_allclose(served.propensity_LK[plain], 1 - 0.3 - 0.3 / 7)
    swapped = (served.items_LK == [1, 0]).all(axis=1)
    np.testing.assert_allclose(served.propensity_LK[swapped], 2 * 0.3 / 7)
    fresh = served.items_LK[:, 0] > 1
    np.testing.assert_allclose(served.propensity_LK[fresh, 0], 0.3 / 7)


def test_explored_lists_keep_the_rules() -> None:
    strategy = Strategy(rules=RULES["bounds"], explore=Explore(method="epsilon", amount=1.0))
    served = apply(strategy, crowd(), 3, seed=2)
    category = KNOWN.features["category"].to_numpy()[served.items_LK]
    assert all(len(set(row)) == 3 and "b" in row for row in category)
    assert (served.propensity_LK < 1).all()


def test_the_seed_decides() -> None:
    strategy = Strategy(explore=Explore(method="epsilon", amount=0.5))
    first, again, other = (apply(strategy, crowd(), 3, seed=seed).items_LK for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_needs_to_know_how_sure_scores_are_says_so() -> None:
    with pytest.raises(SettingsError, match="how sure the scores are"):
        apply(Strategy(explore=Explore(method="linucb")), pool(KNOWN, [SCORES]), 3)


def unsure(lists: int = 1) -> Pool:
    """Two candidates a score apart, the lower one far from sure."""
    items, scores, errors = np.array([0, 1], np.int32), np.array([1.0, 0.0]), np.array([0.5, 3.0])
    return Pool(
        facts([*"ab"]),
        np.tile(items, (lists, 1)),
        np.tile(scores, (lists, 1)),
        unsure_LC=np.tile(errors, (lists, 1)),
    )


def test_linucb_adds_what_may_well_be() -> None:
    served = apply(Strategy(explore=Explore(method="linucb", amount=1.0)), unsure(), 2)
    np.testing.assert_array_equal(served.items_LK, [[1, 0]])  # 0 + 3 is more than 1 + 0.5
    np.testing.assert_allclose(served.parts["exploring (linucb)"], [[6, 1]])  # in spreads of 0.5
    np.testing.assert_array_equal(served.propensity_LK, 1.0)


def test_thompson_shows_items_as_often_as_they_may_be_best() -> None:
    lists = 200
    served = apply(Strategy(explore=Explore(method="thompson", amount=1.0)), unsure(lists), 1)
    lower = NormalDist(1, np.hypot(0.5, 3.0)).cdf(0)  # the difference of the two scores, drawn
    shown = served.items_LK[:, 0] == 1
    expected = np.where(shown, lower, 1 - lower)
    np.testing.assert_allclose(served.propensity_LK[:, 0], expected, atol=5 * np.sqrt(lower / 200))
    assert abs(served.propensity_LK[:, 0] - expected).mean() < 0.04
    assert abs(shown.mean() - lower) < 4 * np.sqrt(lower * (1 - lower) / lists)

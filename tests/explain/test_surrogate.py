"""The Shapley values of a stand-in's terms are what enumeration gives; fitting finds a game made of them."""

from __future__ import annotations

import numpy as np
import pytest

from recengine.core.profiles import Profiles
from recengine.explain.kernel import coalitions, enumerated
from recengine.explain.players import Player, Players, actions_of
from recengine.explain.surrogate import Terms, fitted


@pytest.fixture
def players() -> Players:
    """Five past actions and a feature."""
    past = Profiles.new([3, 1, 4, 0, 2], now=5.0)
    return Players((*actions_of(past), Player("person", column="age")), past)


def test_each_term_has_the_shapley_values_of_enumeration(players: Players) -> None:
    terms = Terms.of(players, coalitions(6))
    # Two curves for each player against all other actions, three for each action that has later ones.
    assert terms.value_ZF.shape == (64, 2 * 6 + 3 * 4)
    for value_Z, effect_P in zip(terms.value_ZF.T, terms.effect_FP, strict=True):
        np.testing.assert_allclose(effect_P, enumerated(value_Z), atol=1e-12)


def test_a_term_counts_who_came_later(players: Players) -> None:
    """Item 4 came third of five: with a later one there, "nobody later" is 0, alone it is 1."""
    place = next(place for place, player in enumerate(players) if player.code == 4)
    alone = np.eye(6, dtype=bool)[[place]]
    with_last = alone | (np.array([player.code for player in players]) == 2)
    terms = Terms.of(players, np.concatenate([alone, with_last]))
    nobody_later = terms.value_ZF[:, (np.abs(terms.value_ZF[0] - 1) < 1e-12) & (terms.value_ZF[1] == 0)]
    assert nobody_later.shape[1] == 1


def test_no_actions_no_terms() -> None:
    features = (Player("person", column="age"), Player("item", column="price"))
    pair = coalitions(2)[[1, 2]]
    terms = Terms.of(Players(features, Profiles.new([], now=0.0), ("price",)), pair)
    assert terms.value_ZF.shape == (2, 0)
    stand_in = fitted(terms, pair, np.array([1.0, 3.0]), np.ones(2))
    assert not stand_in.effects_P.any()


def test_terms_that_are_sums_in_disguise_are_left_out() -> None:
    """With a single action its terms are products of two, and pairs of opposites see those as sums."""
    features = [Player("person", column=name) for name in "abcd"]
    past = Profiles.new([3], now=1.0)
    half = coalitions(5)[1:16]
    present = np.stack([half, ~half], axis=1).reshape(-1, 5)
    terms = Terms.of(Players((*actions_of(past), *features), past), present)
    assert terms.value_ZF.shape == (30, 8)
    stand_in = fitted(terms, present, np.arange(30.0) ** 2, np.ones(30))
    assert not stand_in.effects_P.any()
    assert (stand_in.leverage_K <= 1 + 1e-9).all()


def test_a_game_made_of_terms_is_all_stand_in_and_sums(players: Players) -> None:
    draw = np.random.default_rng(0)
    half = coalitions(6)[1:32]
    present = np.stack([half, ~half], axis=1).reshape(-1, 6)
    terms = Terms.of(players, present)
    value = terms.value_ZF @ draw.normal(size=terms.value_ZF.shape[1])
    stand_in = fitted(terms, present, value, np.ones(len(present)))
    left = value - stand_in.value_Z
    halves = (left[::2] - left[1::2]) / 2
    sums, *_ = np.linalg.lstsq(present[::2] - 0.5, halves, rcond=None)
    missed = halves - (present[::2] - 0.5) @ sums
    assert np.square(missed).sum() < 0.05 * np.square((value[::2] - value[1::2]) / 2).sum()

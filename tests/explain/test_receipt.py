from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.explain.explanation import Explanation
from recengine.explain.game import Game, game_of
from recengine.explain.kernel import explain_game
from recengine.explain.receipt import Check, Receipt, receipt
from recengine.models.base import Recommender


@pytest.fixture(scope="module")
def game(ease: Recommender[Any], two_tastes: Dataset) -> Game:
    profile = Profiles.of(two_tastes, np.array([4]), np.inf)
    return game_of(ease, profile, int(ease.top_k(profile, 1, repeats="new").items_UK[0, 0]))


@pytest.fixture(scope="module")
def exact(game: Game) -> Explanation:
    """What a linear model's effects are: the fall of the score when an action is gone."""
    count = len(game.players)
    ends = game.value(np.array([[False] * count, [True] * count]))
    effects_P = ends[1] - game.value(~np.eye(count, dtype=bool))
    errors_P, score = np.zeros(count), float(ends[1])
    return Explanation(
        "score", game.item, game.players, float(ends[0]), effects_P, errors_P, score, "closed form", 0
    )


def check(found: Receipt, code: str) -> Check:
    (one,) = (one for one in found.checks if one.code == code)
    return one


def test_exact_reasons_get_a_green_receipt(game: Game, exact: Explanation) -> None:
    found = receipt(game, exact, shown=10)
    assert [one.code for one in found.checks] == ["adds up", "deletion", "insertion", "shown"]
    assert found.green
    assert found.sentence == "Green: all 4 checks passed."
    assert check(found, "deletion").value == check(found, "insertion").value == 1.0


def test_reasons_of_the_wrong_players_get_an_amber_one(game: Game, exact: Explanation) -> None:
    found = receipt(game, replace(exact, effects_P=-exact.effects_P, base=2 * exact.score - exact.base))
    assert not found.green
    assert check(found, "deletion").value == 0
    assert "lowers the score faster than 0% of 40 random orders" in found.sentence


def test_a_random_order_is_no_better_than_random_ones(game: Game, exact: Explanation) -> None:
    beaten = []
    for seed in range(10):
        shuffled_P = np.random.default_rng(seed).permutation(exact.effects_P)
        beaten.append(check(receipt(game, replace(exact, effects_P=shuffled_P), seed=seed), "deletion").value)
    assert 0.2 < np.mean(beaten) < 0.8


def test_rough_sampling_is_amber_and_says_how_rough(game: Game, exact: Explanation) -> None:
    largest = np.abs(exact.effects_P).max()
    rough = replace(exact, method="sampled", errors_P=np.full(len(exact.effects_P), 0.25 * largest))
    found = check(receipt(game, rough), "precise")
    assert not found.passed
    assert found.value == pytest.approx(0.25)
    assert "25.0% of the largest bar" in found.sentence


def test_an_order_that_another_seed_turns_over_is_amber(game: Game, exact: Explanation) -> None:
    assert check(receipt(game, exact, again=exact), "stable").value == pytest.approx(1)
    largest = np.argsort(-np.abs(exact.effects_P))[:10]
    turned_P = exact.effects_P.copy()
    turned_P[largest] = turned_P[largest[::-1]]
    other = check(receipt(game, exact, again=replace(exact, effects_P=turned_P)), "stable")
    assert not other.passed
    assert "another order" in other.sentence


def test_what_a_check_says_is_what_it_was_judged_by(game: Game, exact: Explanation) -> None:
    largest = np.abs(exact.effects_P).max()
    just = replace(exact, method="sampled", errors_P=np.full(len(exact.effects_P), 0.10004 * largest))
    found = check(receipt(game, just), "precise")
    assert found.passed
    assert "10.0% of the largest bar; up to 10% is fine" in found.sentence


def test_the_order_of_what_is_near_nothing_counts_for_nothing(game: Game, exact: Explanation) -> None:
    small = np.argsort(np.abs(exact.effects_P))[:-2]
    one_P, other_P = exact.effects_P.copy(), exact.effects_P.copy()
    one_P[small], other_P[small] = np.linspace(0, 1e-6, len(small)), np.linspace(1e-6, 0, len(small))
    base = float(exact.score - one_P.sum())
    one = replace(exact, effects_P=one_P, base=base)
    found = receipt(game, one, again=replace(one, effects_P=other_P))
    assert check(found, "stable").value == pytest.approx(1)


def test_the_share_that_is_shown_is_that_of_the_largest_bars(game: Game, exact: Explanation) -> None:
    size_P = np.sort(np.abs(exact.effects_P))[::-1]
    found = check(receipt(game, exact, shown=2), "shown")
    assert found.value == pytest.approx(size_P[:2].sum() / size_P.sum(), abs=0.005)
    assert found.sentence.startswith(f"The 2 bars shown carry {found.value:.0%} of all effects")


def test_a_sampled_explanation_of_a_network_comes_with_every_check(
    towers: Recommender[Any], two_tastes: Dataset
) -> None:
    profile = Profiles.of(two_tastes, np.array([3]), np.inf)
    game = game_of(towers, profile, int(towers.top_k(profile, 1).items_UK[0, 0]))
    found = receipt(game, explain_game(game), again=explain_game(game, seed=1), shown=8)
    assert [one.code for one in found.checks] == [
        *("adds up", "precise", "stable", "deletion", "insertion", "shown")
    ]
    assert list(found.frame()["passed"]) == [one.passed for one in found.checks]
    assert check(found, "deletion").passed


def test_no_reasons_at_all_are_checked_for_their_sum_only(ease: Recommender[Any]) -> None:
    game = game_of(ease, Profiles.new([], now=0.0), 3)
    assert receipt(game, explain_game(game)).green

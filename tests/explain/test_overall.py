"""Many explanations put together: arithmetic on paper, intervals that keep their promise, a planted drift."""

from dataclasses import replace

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.explain.game import game_of
from recengine.explain.kernel import explain_game
from recengine.explain.overall import Effects, drift, kinds_games, overall, redraws, shares_of_groups
from recengine.models import model_config


def effects(people: list[int], effect: list[list[float]], error: float = 0.0) -> Effects:
    effect_NS = np.array(effect, float)
    return Effects(np.array(people), effect_NS, np.full(effect_NS.shape, error), effect_NS != 0)


def test_each_person_counts_once_however_many_of_their_items_were_explained() -> None:
    found = overall(effects([0, 0, 1], [[4.0, 0.0], [-2.0, 0.0], [1.0, -1.0]]))
    np.testing.assert_allclose(found.strength.value, [(3 + 1) / 2, 1 / 2])  # person 0: (4 + 2) / 2
    np.testing.assert_allclose(found.signed.value, [(1 + 1) / 2, -1 / 2])
    np.testing.assert_allclose(found.share.value, [2 / 2.5, 0.5 / 2.5])
    np.testing.assert_array_equal(found.people_S, [2, 1])


def test_groups_have_the_shares_of_their_sources_together() -> None:
    some = effects([0, 1, 2], [[4.0, -2.0, 1.0], [3.0, 3.0, 0.0], [-1.0, 2.0, 0.0]])
    share = overall(some).share.value
    groups = shares_of_groups(some, np.array([1, 0, 1]))
    np.testing.assert_allclose(groups.value, [share[1], share[0] + share[2]])
    assert (groups.low <= groups.value).all()
    assert (groups.high >= groups.value).all()


def test_nothing_at_all_has_no_share_and_no_warning() -> None:
    found = overall(effects([0, 1], [[0.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(found.share.value, [0, 0])
    np.testing.assert_array_equal(found.share.high, [0, 0])


def test_intervals_hold_the_truth_about_as_often_as_they_promise() -> None:
    draw, inside = np.random.default_rng(0), 0
    for trial in range(200):
        some = effects(list(range(40)), draw.normal(2.0, 1.5, (40, 1)).tolist())
        span = overall(some, seed=trial).signed
        inside += bool(span.low[0] <= 2.0 <= span.high[0])
    assert 180 <= inside <= 198  # 95 % of 200, less a little: percentile intervals of 40 are a bit short


def test_pure_sampling_error_looks_as_strong_as_the_noise_says() -> None:
    draw = np.random.default_rng(1)
    some = effects(list(range(4000)), draw.normal(0, 0.3, (4000, 1)).tolist(), error=0.3)
    found = overall(some)
    assert found.noise_S[0] == pytest.approx(found.strength.value[0], rel=0.05)


def test_redraws_weigh_people_and_add_up_to_one() -> None:
    weight_RU = redraws(7, seed=3)
    np.testing.assert_allclose(weight_RU.sum(axis=1), 1)
    np.testing.assert_allclose(weight_RU.mean(axis=0), 1 / 7, atol=0.02)
    np.testing.assert_array_equal(weight_RU, redraws(7, seed=3))


def test_a_model_does_not_drift_from_itself_whatever_the_unit_of_its_scores() -> None:
    draw = np.random.default_rng(2)
    some = effects(list(range(50)), draw.normal(1, 1, (50, 4)).tolist())
    found = drift(some, replace(some, effect_NS=7 * some.effect_NS))
    np.testing.assert_allclose(found.difference.value, 0, atol=1e-12)
    assert not found.moved.any()
    assert (found.agreement, found.low, found.high) == pytest.approx((1, 1, 1))


def test_a_planted_drift_is_found_and_nothing_else() -> None:
    """The second model takes half the weight of source 0 and gives it to source 3."""
    draw = np.random.default_rng(3)
    base_US = np.abs(draw.normal([4, 2, 2, 0.1], 0.3, (60, 4)))
    moved_US = base_US + draw.normal(0, 0.05, (60, 4))
    moved_US[:, 0] -= base_US[:, 0] / 2
    moved_US[:, 3] += base_US[:, 0] / 2
    found = drift(*(effects(list(range(60)), one.tolist()) for one in (base_US, moved_US)))
    np.testing.assert_array_equal(found.moved, [True, False, False, True])
    assert found.difference.value[3] == pytest.approx(2 / 8.1, abs=0.02)
    assert found.agreement < 0.5


def test_a_difference_within_sampling_error_is_not_called_one() -> None:
    """Here |noise| of a feature that the first model does not even read."""
    draw = np.random.default_rng(4)
    first_US = np.stack([np.full(80, 5.0), np.zeros(80)], 1) + draw.normal(0, 0.1, (80, 1))
    second_US = np.stack([np.full(80, 5.0), draw.normal(0, 0.2, 80)], 1)
    people = list(range(80))
    found = drift(effects(people, first_US.tolist()), effects(people, second_US.tolist(), error=0.25))
    assert found.difference.low[1] > 0  # beyond the chance of people, as |noise| is never 0
    assert not found.moved[1]


def test_ties_share_their_ranks() -> None:
    """Ranks 1.5, 1.5, 3 against 1, 2, 3: Spearman's is the correlation of these."""
    found = drift(
        effects([0, 1], [[1.0, 1.0, 2.0]] * 2),
        effects([0, 1], [[1.0, 2.0, 3.0]] * 2),
    )
    assert found.agreement == pytest.approx(np.corrcoef([1.5, 1.5, 3], [1, 2, 3])[0, 1])


def test_some_of_the_explanations_are_of_some_of_the_people() -> None:
    some = effects([0, 1, 1, 2], [[1.0], [2.0], [4.0], [8.0]])
    part = some.where(np.array([False, True, True, True]))
    assert part.num_people == 2
    np.testing.assert_allclose(part.by_person(part.effect_NS)[:, 0], [3, 8])


def test_kinds_of_past_actions_are_told_apart_from_the_very_item(two_tastes: Dataset) -> None:
    """For a linear model a kind's effect is the sum of the effects of its items."""
    model = model_config("ease").build().fit(two_tastes)
    profile = Profiles.of(two_tastes, np.array([3]), np.inf)
    item = int(profile.items[0])
    kind_I = np.arange(two_tastes.num_items) % 3
    found = explain_game(kinds_games(model, profile, [item], "score", kind_I=kind_I)[0])
    singles = explain_game(game_of(model, profile, item, most=two_tastes.num_items))
    assert found.score == pytest.approx(singles.score)
    for player, effect in zip(found.players, found.effects_P, strict=True):
        members = [
            one
            for one, single in zip(singles.effects_P, singles.players, strict=True)
            if (single.code == item) == (player.kind == "action")
            and (player.kind == "action" or kind_I[single.code] == player.code)
        ]
        assert effect == pytest.approx(sum(members), abs=1e-6)
    assert [player.kind for player in found.players] == ["action", "group", "group", "group"]
    assert sum(len(player.events) for player in found.players) == len(profile.items)


def test_each_item_is_ahead_of_the_best_others(two_tastes: Dataset) -> None:
    model = model_config("ease").build().fit(two_tastes)
    profile = Profiles.of(two_tastes, np.array([3]), np.inf)
    kind_I, best = np.zeros(two_tastes.num_items, np.int64), np.array([4, 7, 9], np.int32)
    games = kinds_games(model, profile, [7, 1], "ahead", kind_I=kind_I, best=best)
    assert [game.rivals.tolist() for game in games] == [[4, 9], [4, 7]]

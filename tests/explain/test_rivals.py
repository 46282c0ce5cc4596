from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.errors import ExplanationError
from recengine.core.profiles import Profiles
from recengine.explain import EXPLAINERS
from recengine.explain.game import Game, Question, game_of
from recengine.explain.players import Players
from recengine.models import model_config
from recengine.models.base import Recommender
from recengine.models.ease import Ease

RIVALS = np.array([3, 5, 9], np.int32)
PAST = [2, 4, 6, 6, 11, 8]


@pytest.fixture
def past(two_tastes: Dataset) -> Profiles:
    """One person with six events, two of them with the same item."""
    start = 1.7e9
    return Profiles.new(PAST, now=start + 6, times=[start + second for second in range(6)])


def effects(name: str, game: Game, seed: int = 0) -> NDArray[np.float64]:
    return EXPLAINERS[name].effects(game, seed)


@pytest.mark.parametrize("question", ["score", "ahead", "above"])
def test_gradients_add_up_to_what_growing_from_nothing_brings(
    towers: Recommender[Any], past: Profiles, question: Question
) -> None:
    against = {"ahead": RIVALS, "above": RIVALS[:1], "score": RIVALS[:0]}[question]
    whole = towers.integrated_gradients(past, 10, against, steps=512)
    parts = [towers.integrated_gradients(past, 10, against, steps=steps) for steps in (8, 64)]
    assert whole is not None
    errors = [np.abs(part - whole).max() for part in parts if part is not None]
    assert errors[1] < errors[0] / 8  # midpoints: eight times as many steps, an error 64 times smaller
    assert errors[1] < 0.01 * np.abs(whole).max()


def test_gradients_agree_with_shapley_values_on_which_action_matters(
    towers: Recommender[Any], past: Profiles
) -> None:
    game = game_of(towers, past, 10)
    actions = [place for place, player in enumerate(game.players) if player.kind == "action"]
    theirs, ours = (effects(name, game)[actions] for name in ("integrated gradients", "shapley"))
    assert np.corrcoef(theirs, ours)[0, 1] > 0.8


@pytest.mark.parametrize("name", ["lstm", "sasrec", "hstu"])
def test_every_reader_has_gradients(name: str, two_tastes: Dataset, past: Profiles) -> None:
    model = model_config(name, {"dims": 4, "epochs": 1, "layers": 1}).build().fit(two_tastes)
    before = model.score(past)
    added_E = model.integrated_gradients(past, 10, RIVALS)
    assert added_E is not None
    assert added_E.shape == (len(PAST),)
    assert (added_E != 0).all()
    np.testing.assert_array_equal(model.score(past), before)


class Sums(Ease):
    """EASE that says what each past item adds, as far as each is there once."""

    def linear_terms(self, profile: Profiles, items: NDArray[np.int32]) -> NDArray[np.float64]:
        return self.weight_II[np.unique(profile.items)][:, items].astype(np.float64)


@pytest.fixture
def sums(ease: Ease) -> Sums:
    model = Sums(ease.config)
    model.weight_II = ease.weight_II
    return model


def test_gradients_of_a_sum_are_its_terms_shared_among_events(sums: Sums, past: Profiles) -> None:
    added_E = sums.integrated_gradients(past, 10, RIVALS[:1])
    terms_A = sums.weight_II[:, 10] - sums.weight_II[:, 3]
    assert added_E is not None
    np.testing.assert_allclose(added_E, terms_A[PAST] / np.array([1, 1, 2, 2, 1, 1]), atol=1e-7)


def test_gradients_of_a_sum_against_many_add_up_to_the_gap(sums: Sums, past: Profiles) -> None:
    added_E = sums.integrated_gradients(past, 10, RIVALS, steps=2000)
    totals = sums.linear_terms(past, np.array([10, *RIVALS], np.int32)).sum(axis=0)
    gap = totals[0] - np.log(np.exp(totals[1:]).sum()) + np.log(len(RIVALS))
    assert added_E is not None
    assert added_E.sum() == pytest.approx(gap, abs=1e-6)


def test_likeness_is_the_cosine_of_the_models_vectors(towers: Recommender[Any], past: Profiles) -> None:
    vectors_ID = towers.item_vectors()  # type: ignore[attr-defined]
    game = game_of(towers, past, 10)
    first = vectors_ID[game.players[0].code]
    length = np.linalg.norm(first) * np.linalg.norm(vectors_ID[10])
    found = effects("cosine", game)
    assert found[0] == pytest.approx(float(first @ vectors_ID[10] / length), abs=1e-5)
    assert not found[[player.kind != "action" for player in game.players]].any()


def test_chance_is_the_same_for_the_same_seed(towers: Recommender[Any], past: Profiles) -> None:
    game = game_of(towers, past, 10)
    first, same, other = (effects("random", game, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


@pytest.mark.parametrize(("name", "lacks"), [("integrated gradients", "gradients"), ("cosine", "vectors")])
def test_a_model_that_lacks_what_is_needed_is_told(name: str, lacks: str, past: Profiles) -> None:
    model = model_config("popularity").build()
    with pytest.raises(ExplanationError, match=f"no {lacks} .* Ask for Shapley values"):
        effects(name, Game(model, past, 10, Players((), past)))

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.core.ragged import Ragged
from recengine.core.split import Task
from recengine.services.questions import LikeConfig, ask, sample_pairs

# Person 7 had 1, 1, 4 and goes on to 1 and 2; person 9 had 0 and goes on to 3; person 11 had 5 and
# goes on to 5.
HISTORY = Ragged(np.array([0, 3, 4, 5]), np.array([1, 1, 4, 0, 5], np.int32))
TARGETS = Ragged(np.array([0, 2, 3, 4]), np.array([1, 2, 3, 5], np.int32))
ALL_OF_6 = np.ones(6, bool)


def profiles_of(history: Ragged) -> Profiles:
    people, events = len(history), len(history.values)
    return Profiles(
        offsets=history.offsets,
        items=history.values,
        times=np.zeros(events),
        weights=np.ones(events, np.float32),
        now=np.ones(people),
        features=pd.DataFrame(index=pd.RangeIndex(people)),
    )


@pytest.fixture
def task() -> Task:
    people = np.array([7, 9, 11], np.int32)
    return Task(people, profiles_of(HISTORY), TARGETS, 0, 0, pairs_digest="")


@pytest.mark.parametrize(
    ("repeats", "places", "targets"),
    [
        ("both", [0, 1, 2], [[1, 2], [3], [5]]),
        ("new", [0, 1], [[2], [3]]),
        ("again", [0, 2], [[1], [5]]),
    ],
)
def test_a_question_keeps_its_targets_and_the_people_who_have_one(
    task: Task, repeats: Repeats, places: list[int], targets: list[list[int]]
) -> None:
    question = ask(task, repeats)
    assert question.places.tolist() == places
    assert [question.targets[row].tolist() for row in range(len(question.targets))] == targets


def test_the_halves_ask_for_every_pair_exactly_once(task: Task) -> None:
    halves = [len(ask(task, repeats).targets.values) for repeats in ("new", "again")]
    assert sum(halves) == len(ask(task, "both").targets.values)


def test_other_pairs_have_another_hash_and_the_whole_task_has_that_of_the_split(two_tastes) -> None:  # type: ignore[no-untyped-def]
    from recengine.core.split import SplitConfig

    whole = SplitConfig().build(two_tastes).test
    assert ask(whole, "both").pairs_digest == whole.pairs_digest


def test_different_questions_have_different_hashes(task: Task) -> None:
    digests = {ask(task, repeats).pairs_digest for repeats in ("both", "new", "again")}
    assert len(digests) == 3


OPTIONS = {
    # What each person could have liked and did not, of the catalogue without item 0.
    "both": {0: {3, 4, 5}, 1: {1, 2, 4, 5}, 2: {1, 2, 3, 4}},
    "new": {0: {3, 5}, 1: {1, 2, 4, 5}},
    "again": {0: {4}, 1: set()},
}


@pytest.mark.parametrize("repeats", OPTIONS)
def test_non_likes_are_drawn_evenly_from_what_was_offered_and_not_chosen(
    task: Task, repeats: Repeats
) -> None:
    question = ask(task, repeats)
    profiles = task.profiles.take(question.places)
    pairs = sample_pairs(question, profiles, np.arange(6) > 0, LikeConfig(negatives_per_positive=100, seed=1))
    for row, options in OPTIONS[repeats].items():
        drawn = pairs.items[(pairs.rows == row) & ~pairs.label_N]
        assert set(drawn.tolist()) == options
        if options:
            shares = np.bincount(drawn, minlength=6)[sorted(options)] / len(drawn)
            np.testing.assert_allclose(shares, 1 / len(options), atol=0.15)


@pytest.mark.parametrize("repeats", OPTIONS)
def test_every_target_is_a_like_and_sampled_non_likes_stand_for_all(task: Task, repeats: Repeats) -> None:
    question = ask(task, repeats)
    profiles = task.profiles.take(question.places)
    pairs = sample_pairs(question, profiles, ALL_OF_6, LikeConfig(negatives_per_positive=3))
    assert pairs.items[pairs.label_N].tolist() == question.targets.values.tolist()
    assert pairs.rows[pairs.label_N].tolist() == question.targets.rows.tolist()
    assert (np.diff(pairs.rows) >= 0).all()
    assert (pairs.weight_N[pairs.label_N] == 1).all()
    catalogue = {"both": [4, 5, 5], "new": [3, 4], "again": [1, 0]}[repeats]  # non-targets on offer
    for row, count in enumerate(catalogue):
        stands_for = pairs.weight_N[(pairs.rows == row) & ~pairs.label_N].sum()
        assert stands_for == pytest.approx(count)


def test_the_sampling_rate_is_drawn_over_all(task: Task) -> None:
    question = ask(task, "both")
    pairs = sample_pairs(question, task.profiles, ALL_OF_6, LikeConfig(negatives_per_positive=1))
    assert pairs.sampling_rate == pytest.approx(4 / (4 + 5 + 5))


def test_the_draw_depends_on_the_seed_alone(task: Task) -> None:
    question = ask(task, "both")
    first, again, other = (
        sample_pairs(
            question, task.profiles, ALL_OF_6, LikeConfig(negatives_per_positive=50, seed=seed)
        ).items
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.columns import ITEM, TIME, USER
from recengine.core.dataset import Dataset, Interactions
from recengine.core.errors import DataError
from recengine.core.split import Split, SplitConfig, Task

Events = Sequence[tuple[int, int, float]]
Make = Callable[[Events], Dataset]

HALF = SplitConfig(test_share=0.5, validation_share=0.5)


def events_in(dataset: Dataset) -> list[tuple[int, int, float]]:
    return list(dataset.interactions.frame[[USER, ITEM, TIME]].itertuples(index=False, name=None))


def asked(task: Task) -> dict[int, list[int]]:
    """Person -> the items they are asked about."""
    return {int(person): task.targets[row].tolist() for row, person in enumerate(task.people)}


def shown(task: Task) -> dict[int, list[int]]:
    """Person -> the history a model sees."""
    return {int(person): task.profiles.history[row].tolist() for row, person in enumerate(task.people)}


def test_a_temporal_split_by_hand(dataset_of: Make) -> None:
    events = [(0, 0, 1), (1, 1, 2), (0, 1, 3), (1, 0, 4), (0, 2, 5), (1, 2, 6), (0, 0, 7), (1, 1, 8)]
    split = HALF.build(dataset_of(events))
    assert events_in(split.train) == events[:2]
    assert events_in(split.before_test) == events[:4]
    assert asked(split.validation) == {0: [1], 1: [0]}
    assert asked(split.test) == {0: [0], 1: [1]}  # item 2 was never seen before: cold
    assert shown(split.test) == {0: [0, 1], 1: [1, 0]}
    assert split.test.profiles.now.tolist() == [5.0, 5.0]
    assert split.test.num_cold_targets == 2
    assert split.catalogue_I.tolist() == [True, True, False]


def test_events_of_one_moment_never_fall_on_both_sides_of_a_cut(dataset_of: Make) -> None:
    events = [(0, 0, 1), (0, 1, 2), (0, 2, 5), (0, 1, 5), (0, 0, 5), (0, 2, 6)]
    split = SplitConfig(test_share=0.5, validation_share=0.4).build(dataset_of(events))
    assert [time for _, _, time in events_in(split.before_test)] == [1.0, 2.0]
    assert split.test.num_cold_targets == 1  # of items 0, 1 and 2 in the test, 2 is new


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 12)), min_size=8, max_size=40
    ).filter(lambda events: len({time for *_, time in events}) >= 5),
    st.floats(0.1, 0.5),
)
def test_no_model_ever_learns_from_the_future(dataset_of: Make, events: Events, share: float) -> None:
    settings = SplitConfig(test_share=share, validation_share=0.3)
    try:
        split = settings.build(dataset_of(events))
    except DataError:
        return  # a part would be empty, which has its own test
    for before, task in ((split.train, split.validation), (split.before_test, split.test)):
        for row in range(len(task)):
            assert before.interactions.column(TIME).max() < task.profiles.now[row]
            assert len(task.profiles.history[row]) > 0  # warm people only
            assert len(np.unique(task.targets[row])) == len(task.targets[row]) > 0
    assert set(np.unique(split.test.targets.values)) <= set(np.flatnonzero(split.catalogue_I))


def test_people_and_items_seen_for_the_first_time_are_counted_not_asked(dataset_of: Make) -> None:
    before = [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 1, 4)]
    after = [(1, 0, 5), (1, 1, 6), (0, 2, 7), (0, 1, 8)]  # person 1 is new, and so is item 2
    split = HALF.build(dataset_of([*before, *after]))
    assert asked(split.test) == {0: [1]}
    assert (split.test.num_cold_people, split.test.num_cold_targets) == (1, 1)


def test_an_item_chosen_twice_in_the_test_is_asked_about_once(dataset_of: Make) -> None:
    events = [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 1, 4), (0, 1, 5), (0, 0, 6), (0, 1, 7), (0, 0, 8)]
    assert asked(HALF.build(dataset_of(events)).test) == {0: [0, 1]}


def test_leave_last_out_takes_the_last_line_of_the_file_between_equal_times(dataset_of: Make) -> None:
    events = [(0, 3, 5), (0, 1, 5), (0, 2, 5), (1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 2, 4)]
    split = SplitConfig(kind="leave-last-out").build(dataset_of(events))
    assert asked(split.test) == {0: [2], 1: [3]}  # person 2 has one event only: nothing to hold out
    assert asked(split.validation) == {0: [1], 1: [2]}
    assert shown(split.test) == {0: [3, 1], 1: [1, 2]}
    assert sorted(events_in(split.train)) == [(0, 3, 5.0), (1, 1, 1.0), (2, 2, 4.0)]


def test_the_moment_of_the_left_out_event_is_not_given_away(dataset_of: Make) -> None:
    events = [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 1, 900), (1, 0, 1), (1, 1, 2), (1, 0, 3), (1, 1, 4)]
    split = SplitConfig(kind="leave-last-out").build(dataset_of(events))
    assert split.test.profiles.now[0] == split.test.profiles.now[1] < 4


def test_the_moment_of_the_left_out_event_is_given_away_where_that_is_asked_for(dataset_of: Make) -> None:
    events = [(0, 0, 1), (0, 1, 2), (0, 3, 3), (0, 2, 900), (1, 3, 4), (1, 2, 5), (1, 1, 5), (1, 0, 5)]
    split = SplitConfig(kind="leave-last-out", asked="then").build(dataset_of(events))
    np.testing.assert_allclose(split.test.profiles.now, [900, 5], atol=0.01)
    np.testing.assert_allclose(split.validation.profiles.now, [3, 5], atol=0.01)
    assert shown(split.test) == {0: [0, 1, 3], 1: [3, 2, 1]}
    assert (
        split.test.pairs_digest
        == SplitConfig(kind="leave-last-out").build(dataset_of(events)).test.pairs_digest
    )


def test_a_random_split_is_the_same_for_the_same_seed_only(dataset_of: Make) -> None:
    dataset = dataset_of([(number % 7, number % 5, number) for number in range(200)])
    first, again, other = (SplitConfig(kind="random", seed=seed).build(dataset) for seed in (1, 1, 2))
    assert first.test.pairs_digest == again.test.pairs_digest != other.test.pairs_digest
    assert first.train.fingerprint == again.train.fingerprint != other.train.fingerprint
    held_out = 200 - len(first.before_test.interactions)
    assert 5 <= held_out <= 40  # 20 expected


def test_a_given_split_asks_about_the_file_that_came_along(dataset_of: Make) -> None:
    whole = dataset_of([(number % 4, number % 3, number) for number in range(40)] + [(0, 5, 99)])
    test = Interactions.sorted(dataset_of([(0, 2, 50), (3, 1, 51), (3, 4, 52)]).interactions.frame)
    given_split = type(whole)(**{**vars(whole), "given_test": test})
    split = SplitConfig(kind="given").build(given_split)
    assert asked(split.test) == {0: [2], 3: [1]}
    assert split.test.num_cold_targets == 1  # item 4
    assert len(split.before_test.interactions) == 41


@pytest.mark.parametrize(
    ("kind", "events", "message"),
    [
        ("temporal", [(0, 0, 1), (1, 1, 1), (0, 1, 1)], "carry .nearly. the same time"),
        ("given", [(0, 0, 1), (0, 1, 2)], "came without a test file.*--test FILE"),
        ("leave-last-out", [(0, 0, 1), (1, 1, 2)], "leaves no test event"),
    ],
)
def test_a_split_that_cannot_be_made_says_why(
    dataset_of: Make, kind: str, events: Events, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        SplitConfig.of({"kind": kind}).build(dataset_of(events))


def test_the_hash_of_the_test_follows_the_pairs_and_nothing_else(dataset_of: Make) -> None:
    def digest_of(events: Events) -> str:
        split: Split = HALF.build(dataset_of(events))
        return split.test.pairs_digest

    events = [(0, 0, 1), (1, 1, 2), (0, 1, 3), (1, 0, 4), (0, 0, 5), (1, 1, 6), (0, 1, 7), (1, 0, 8)]
    turned_around = [*events[:4], (0, 1, 5), (1, 0, 6), (0, 0, 7), (1, 1, 8)]
    one_changed = [*events[:4], (0, 0, 5), (1, 1, 6), (0, 1, 7), (1, 1, 8)]
    assert digest_of(events) == digest_of(turned_around) != digest_of(one_changed)


def test_cutting_leaves_the_dataset_as_it_was(dataset_of: Make) -> None:
    dataset = dataset_of([(number % 3, number % 4, number) for number in range(30)])
    before = events_in(dataset)
    SplitConfig().build(dataset)
    assert events_in(dataset) == before

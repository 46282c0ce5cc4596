from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles

Make = Callable[[Sequence[tuple[int, int, float]]], Dataset]
HISTORIES = st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=6)


def profiles_of(histories: list[list[int]]) -> Profiles:
    """One person per history; event e of a person happened at second e, and now is second 100."""
    lengths = [len(history) for history in histories]
    items = [item for history in histories for item in history]
    return Profiles(
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        items=np.array(items, np.int32),
        times=np.array([float(e) for history in histories for e in range(len(history))], np.float64),
        weights=np.arange(len(items), dtype=np.float32) + 1,
        now=np.full(len(histories), 100.0),
        features=pd.DataFrame({"number": range(len(histories))}),
    )


def items_of(profiles: Profiles) -> list[list[int]]:
    return [profiles.history[row].tolist() for row in range(len(profiles))]


def test_a_profile_holds_what_happened_before_now_and_nothing_at_now(dataset_of: Make) -> None:
    dataset = dataset_of([(0, 3, 10), (1, 1, 11), (0, 2, 20), (0, 1, 30)])
    profiles = Profiles.of(dataset, np.array([1, 0]), 20.0)
    assert items_of(profiles) == [[1], [3]]
    assert profiles.times.tolist() == [11.0, 10.0]
    assert profiles.now.tolist() == [20.0, 20.0]


def test_each_person_may_be_asked_at_a_moment_of_their_own(dataset_of: Make) -> None:
    dataset = dataset_of([(0, 3, 10), (1, 1, 11), (0, 2, 20), (0, 1, 30)])
    profiles = Profiles.of(dataset, np.array([0, 0, 1]), np.array([25.0, 5.0, 99.0]))
    assert items_of(profiles) == [[3, 2], [], [1]]


def test_events_of_one_moment_keep_the_order_of_the_file(dataset_of: Make) -> None:
    dataset = dataset_of([(0, 5, 1), (0, 2, 1), (0, 9, 1), (0, 4, 0)])
    assert items_of(Profiles.of(dataset, np.array([0]), 2.0)) == [[4, 5, 2, 9]]


def test_nobody_is_a_valid_question(dataset_of: Make) -> None:
    nobody = Profiles.of(dataset_of([(0, 0, 1)]), np.array([], np.int64), 5.0)
    assert (len(nobody), len(nobody.items)) == (0, 0)


@given(HISTORIES, st.data())
def test_taking_people_is_list_indexing_repeats_included(
    histories: list[list[int]], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(histories) - 1), max_size=8))
    taken = profiles_of(histories).take(np.array(chosen, np.int64))
    assert items_of(taken) == [histories[number] for number in chosen]
    assert taken.features["number"].tolist() == chosen


@given(HISTORIES, st.integers(1, 7))
def test_blocks_put_together_are_the_whole(histories: list[list[int]], size: int) -> None:
    profiles = profiles_of(histories)
    blocks = list(profiles.blocks(size))
    assert [row for _, block in blocks for row in items_of(block)] == histories
    assert all(len(block) <= size and where.stop - where.start == len(block) for where, block in blocks)


@given(HISTORIES, st.integers(0, 4))
def test_the_last_few_events_are_the_end_of_each_list(histories: list[list[int]], count: int) -> None:
    kept = profiles_of(histories).last(count)
    assert items_of(kept) == [history[max(0, len(history) - count) :] for history in histories]
    assert kept.lengths.tolist() == [min(count, len(history)) for history in histories]


@given(HISTORIES, st.data())
def test_leaving_events_out_keeps_the_people_and_what_is_known_of_the_rest(
    histories: list[list[int]], data: st.DataObject
) -> None:
    profiles = profiles_of(histories)
    total = len(profiles.items)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=total, max_size=total)), bool)
    kept = profiles.where(keep)
    assert len(kept) == len(histories)
    assert kept.weights.tolist() == profiles.weights[keep].tolist()
    assert kept.rows.tolist() == profiles.rows[keep].tolist()


def test_a_newcomer_put_together_by_hand() -> None:
    guest = Profiles.new([4, 2], now=50.0, features={"age": "20-29"})
    assert items_of(guest) == [[4, 2]]
    assert guest.times.tolist() == [50.0, 50.0]
    assert guest.weights.tolist() == [1.0, 1.0]
    assert guest.features.to_dict("records") == [{"age": "20-29"}]


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="profiles of 1 people and 2 events do not fit"):
        Profiles.new([1, 2], now=0.0, times=[1.0])

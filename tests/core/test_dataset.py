from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.columns import ITEM, TIME, USER
from recengine.core.dataset import Dataset, Entities, Interactions, as_id, digest
from recengine.core.errors import DataError, NotFoundError

Make = Callable[[Sequence[tuple[int, int, float]]], Dataset]


def test_a_missing_column_is_named_with_what_was_found_and_what_to_do() -> None:
    frame = pd.DataFrame({"user": [0], "item": [0], "when": [1.0]})
    with pytest.raises(DataError, match=r"lack column\(s\) \['time', 'weight'\]; found .*'when'.*Rename"):
        Interactions(frame)


def test_events_out_of_order_are_refused() -> None:
    frame = pd.DataFrame({"user": [0, 0], "item": [0, 1], "time": [2.0, 1.0], "weight": [1.0, 1.0]})
    with pytest.raises(DataError, match="not in order of time"):
        Interactions(frame)


def test_sorting_keeps_the_order_of_the_file_between_equal_times() -> None:
    frame = pd.DataFrame({"user": [0] * 4, "item": [7, 8, 9, 6], "time": [2, 1, 2, 1], "weight": 1})
    assert Interactions.sorted(frame).column(ITEM).tolist() == [8, 6, 7, 9]


def test_dropping_events_leaves_the_original_alone(dataset_of: Make) -> None:
    events = dataset_of([(0, 0, 1), (1, 1, 2), (0, 2, 3)]).interactions
    assert events.where(events.column(USER) == 0).column(ITEM).tolist() == [0, 2]
    assert len(events) == 3


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30))
def test_rows_by_person_are_each_persons_own_events_oldest_first(
    dataset_of: Make, pairs: list[tuple[int, int]]
) -> None:
    dataset = dataset_of([(user, position, time) for position, (user, time) in enumerate(pairs)])
    events = dataset.interactions
    offsets = events.offsets_by_user(dataset.num_users)
    for user in range(dataset.num_users):
        rows = events.order_by_user[offsets[user] : offsets[user + 1]]
        wanted = sorted((time, position) for position, (who, time) in enumerate(pairs) if who == user)
        found = zip(events.column(TIME)[rows], events.column(ITEM)[rows], strict=True)
        assert [(int(time), int(item)) for time, item in found] == wanted


@pytest.mark.parametrize(
    ("value", "text"), [(17850.0, "17850"), (np.float64(3), "3"), ("007", "007"), (12, "12"), (1.5, "1.5")]
)
def test_ids_keep_their_meaning_as_text(value: object, text: str) -> None:
    assert as_id(value) == text


def test_ids_become_their_codes_in_the_order_asked() -> None:
    people = Entities.bare(["17850", "007", "ann"])
    assert people.codes(["17850", "ann", "007"]).tolist() == [0, 2, 1]


def test_an_unknown_id_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(NotFoundError, match="no household 'anne' among 2. Did you mean 'anna'"):
        Entities.bare(["anna", "zoe"]).codes(["anne"], "household")


def test_an_id_that_occurs_twice_is_refused() -> None:
    with pytest.raises(DataError, match="id 'b' occurs twice"):
        Entities.bare(["a", "b", "b"])


def test_ids_and_features_must_agree_in_number() -> None:
    with pytest.raises(DataError, match="2 ids but 1 rows"):
        Entities(pd.Index(["a", "b"]), pd.DataFrame({"colour": ["red"]}))


def test_an_item_is_called_by_its_title_and_by_its_id_where_it_has_none() -> None:
    titles = pd.DataFrame({"title": ["Tea", None, "Milk"]})
    items = Entities(pd.Index(["1", "2", "3"]), titles, title="title")
    assert items.labels(np.array([2, 1, 0])) == ["Milk", "2", "Tea"]
    assert Entities.bare(["1", "2"]).labels(np.array([1])) == ["2"]


def test_other_events_mean_another_fingerprint_and_the_same_people(dataset_of: Make) -> None:
    dataset = dataset_of([(0, 0, 1), (1, 1, 2)])
    fewer = dataset.with_interactions(dataset.interactions.where(np.array([True, False])), "one")
    assert fewer.fingerprint != dataset.fingerprint
    assert (fewer.num_users, fewer.num_items, len(fewer.interactions)) == (2, 2, 1)
    assert len(dataset.interactions) == 2


def test_a_digest_depends_on_every_part_and_on_where_one_ends() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(b"ab") == digest("ab")
    assert len(digest(1, 2)) == 16

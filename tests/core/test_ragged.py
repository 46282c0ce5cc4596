import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.ragged import Ragged, row_offsets

ROWS = st.lists(st.lists(st.integers(0, 1000), max_size=6), min_size=1, max_size=8)


def ragged(rows: list[list[int]]) -> Ragged:
    pairs = [(row, value) for row, values in enumerate(rows) for value in values]
    numbers = np.array([row for row, _ in pairs], np.int64)
    return Ragged.of_rows(numbers, np.array([value for _, value in pairs], np.int32), len(rows))


def as_lists(table: Ragged) -> list[list[int]]:
    return [table[row].tolist() for row in range(len(table))]


@given(ROWS)
def test_rows_come_back_as_they_went_in(rows: list[list[int]]) -> None:
    table = ragged(rows)
    assert as_lists(table) == rows
    assert table.lengths.tolist() == [len(row) for row in rows]
    assert table.rows.tolist() == [number for number, row in enumerate(rows) for _ in row]


@given(ROWS, st.data())
def test_taking_rows_is_list_indexing_repeats_included(rows: list[list[int]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
    taken = ragged(rows).take(np.array(chosen, np.int64))
    assert as_lists(taken) == [rows[number] for number in chosen]


def test_entries_of_one_row_keep_their_order_when_rows_come_mixed() -> None:
    table = Ragged.of_rows(np.array([1, 0, 1, 0]), np.array([9, 5, 2, 7], np.int32), 3)
    assert as_lists(table) == [[5, 7], [9, 2], []]


def test_offsets_of_rows_nobody_is_in_stand_still() -> None:
    assert row_offsets(np.array([2, 2, 0]), 4).tolist() == [0, 1, 1, 3, 3]


@pytest.mark.parametrize("offsets", [[0, 2], [1, 3], [0, 2, 1, 3]])
def test_offsets_that_do_not_fit_the_values_are_refused(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="want 0 to 3, never falling"):
        Ragged(np.array(offsets, np.int64), np.zeros(3, np.int32))

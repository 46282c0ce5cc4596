"""Columns that grow piece by piece hold what came, in its order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.data import growing, log
from recengine.data.growing import Growing, IdColumn, TwoReadings
from recengine.data.log import repeats
from recengine.data.texts import id_codes


def test_pieces_become_one_array() -> None:
    column = Growing(np.int8)
    for piece in ([1, 2], [], [3]):
        column.add(np.array(piece, np.int8))
    assert column.array().tolist() == [1, 2, 3]
    assert column.array().dtype == np.int8


def test_where_one_reading_is_impossible_the_other_counts() -> None:
    column = TwoReadings()
    column.add(np.array([1.0, np.nan, 3.0, np.nan]), np.array([1.0, 2.0, 30.0, np.nan]))
    same = np.array([5.0])
    column.add(same, same)
    column.add(np.array([6.0, 7.0]), np.array([60.0, 70.0]))
    assert column.places().tolist() == [2, 5, 6]
    np.testing.assert_array_equal(column.settled(False), [1, 2, 3, np.nan, 5, 6, 7])
    chosen = np.array([True, False, True])
    np.testing.assert_array_equal(column.settled(chosen), [1, 2, 30, np.nan, 5, 6, 70])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["a", " a", "7", "007", "", None]), min_size=1), max_size=9))
def test_ids_brought_together_on_the_way_are_the_ids_that_came(pieces: list[list[str | None]]) -> None:
    column = IdColumn()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "FEW_IDS", 2)
        for piece in pieces:
            column.add(pa.array(piece, pa.string()).dictionary_encode())
    codes, ids = id_codes(column.pieces())
    wanted_codes, wanted_ids = id_codes([pa.array(piece, pa.string()) for piece in pieces])
    assert ids.tolist() == wanted_ids.tolist()
    np.testing.assert_array_equal(codes, wanted_codes)


@pytest.mark.parametrize("group", [1, 3, 1_000])
def test_repeats_are_those_of_the_whole_table(group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "GROUP", group)
    rng = np.random.default_rng(0)
    user, item = rng.integers(-1, 6, 200).astype(np.int32), rng.integers(-1, 6, 200).astype(np.int32)
    wanted = pd.DataFrame({"user": user, "item": item}).duplicated()
    np.testing.assert_array_equal(repeats(user, item), wanted)
    assert len(repeats(user[:0], item[:0])) == 0

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.data.texts import MISSING_WORDS, id_codes, ids_of, numbers, texts


def ids(values: list[object]) -> list[str | None]:
    return [None if pd.isna(id_) else id_ for id_ in ids_of(pa.array(values))]


def test_ids_with_leading_zeros_are_not_numbers() -> None:
    assert ids(["007", "7", " 7 "]) == ["007", "7", "7"]


def test_17850_point_0_is_the_id_17850_where_all_ids_are_numbers() -> None:
    assert ids(["17850.0", "17850", "13047.0", ""]) == ["17850", "17850", "13047", None]
    assert ids([17850.0, None, 13047.0]) == ["17850", None, "13047"]


def test_a_point_belongs_to_the_id_where_ids_are_words() -> None:
    assert ids(["v1.0", "17850.0"]) == ["v1.0", "17850.0"]


def test_integers_and_their_text_are_the_same_ids() -> None:
    assert ids([3, 12]) == ids(["3", "12"]) == ["3", "12"]


@pytest.mark.parametrize("word", MISSING_WORDS)
def test_words_for_missing_are_no_ids(word: str) -> None:
    assert ids([word, "a"]) == [None, "a"]


def test_codes_follow_the_size_of_numbers_and_the_alphabet_of_words() -> None:
    codes, names = id_codes([pa.array(["10", "9"]), pa.array(["100", None])])
    assert (list(codes), list(names)) == ([1, 0, 2, -1], ["9", "10", "100"])
    codes, names = id_codes([pa.array(["b", "a"]), pa.array(["B"])])
    assert (list(codes), list(names)) == ([2, 1, 0], ["B", "a", "b"])


def test_no_ids_at_all_are_no_codes() -> None:
    codes, names = id_codes([])
    assert (len(codes), len(names)) == (0, 0)


@settings(deadline=None)
@given(st.lists(st.lists(st.text(alphabet="ab0.1 ", max_size=4), min_size=1), min_size=1))
def test_a_code_leads_back_to_the_id_in_pieces_of_any_size(pieces: list[list[str]]) -> None:
    codes, names = id_codes([pa.array(piece, pa.string()) for piece in pieces])
    together = ids_of(pa.array([id_ for piece in pieces for id_ in piece], pa.string()))
    back = [None if code < 0 else names[code] for code in codes]
    assert back == [None if pd.isna(id_) else id_ for id_ in together]
    assert names.is_unique


def test_numbers_may_have_a_decimal_comma_and_what_is_no_number_is_nan() -> None:
    np.testing.assert_array_equal(
        numbers(pa.array(["3,5", "2", " 1.5 ", "x", ""])), [3.5, 2, 1.5, np.nan, np.nan]
    )


def test_numbers_of_typed_columns_keep_their_value() -> None:
    np.testing.assert_array_equal(numbers(pa.array([1, None, 3])), [1, np.nan, 3])
    np.testing.assert_array_equal(numbers(pa.array([True, False])), [1, 0])


def test_text_of_dictionaries_and_whole_floats_is_plain() -> None:
    assert texts(pa.array(["a", " b "]).dictionary_encode()).to_pylist() == ["a", "b"]
    assert texts(pa.array([1.0, 2.0])).to_pylist() == ["1", "2"]
    assert texts(pa.array([1.0, 2.5])).to_pylist() == ["1", "2.5"]

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from recengine.core.columns import Kind
from recengine.core.dataset import Dataset
from recengine.data.encoders import Encoder

KINDS: dict[str, Kind] = {"colour": "categorical", "tags": "multi", "price": "numeric", "story": "text"}
TRAIN = pd.DataFrame(
    {
        "colour": ["red", "blue", "red", "blue", None],
        "tags": ["a|b", "b", "a", None, "a|b"],
        "price": [1.0, 2.0, 3.0, np.nan, 6.0],
        "story": ["sweet sugar cake", "sweet honey cake", "salty cheese", "salty cheese cracker", None],
        "not told": [0] * 5,
    }
)


def test_missing_is_0_unknown_is_1_and_known_values_follow_the_alphabet() -> None:
    encoded = Encoder.fit(TRAIN, KINDS).transform(
        pd.DataFrame({"colour": ["blue", "red", None, "green", ""]})
    )
    assert encoded.codes_NF.tolist() == [[2], [3], [0], [1], [0]]
    assert (encoded.categorical, encoded.sizes) == (["colour"], [4])


def test_a_value_of_one_entity_only_is_learnt_as_unknown() -> None:
    lone = pd.DataFrame({"colour": ["red", "red", "gold"]})
    assert Encoder.fit(lone, {"colour": "categorical"}).transform(lone).codes_NF.tolist() == [[2], [2], [1]]
    kept = Encoder.fit(lone, {"colour": "categorical"}, min_count=1).transform(lone)
    assert kept.codes_NF.tolist() == [[3], [3], [2]]


def test_lists_become_bags_that_are_never_empty() -> None:
    encoded = Encoder.fit(TRAIN, KINDS).transform(pd.DataFrame({"tags": ["b|a", "c|a", None, "|", "c"]}))
    bags = encoded.bags[0]
    assert [bags[row].tolist() for row in range(5)] == [[3, 2], [1, 2], [0], [0], [1]]
    assert (encoded.multi, encoded.bag_sizes) == (["tags"], [4])


def test_numbers_are_scaled_as_scikit_learn_does_and_missing_ones_are_the_mean() -> None:
    encoded = Encoder.fit(TRAIN, KINDS).transform(TRAIN)
    known = np.array([[1.0], [2.0], [3.0], [6.0]])
    np.testing.assert_allclose(
        encoded.numbers_NG[[0, 1, 2, 4]], StandardScaler().fit_transform(known), rtol=1e-6
    )
    assert encoded.numbers_NG[3] == 0
    assert encoded.present_NG[:, 0].tolist() == [True, True, True, False, True]


def test_numbers_may_come_as_text_and_wild_ones_are_cut_off() -> None:
    encoded = Encoder.fit(TRAIN, KINDS).transform(pd.DataFrame({"price": ["3", "x", 1e12, np.inf]}))
    assert encoded.numbers_NG[:, 0].tolist() == [0, 0, 10, 0]  # 3 is the mean of 1, 2, 3 and 6
    assert encoded.present_NG[:, 0].tolist() == [True, False, True, False]


def test_texts_that_share_words_lie_close() -> None:
    vectors_NV = Encoder.fit(TRAIN, KINDS, text_dims=2).transform(TRAIN).vectors_NV
    near = vectors_NV @ vectors_NV.T
    assert near[0, 1] > 0.9 > 0.1 > abs(near[0, 2])
    np.testing.assert_allclose(np.linalg.norm(vectors_NV, axis=1), [1, 1, 1, 1, 0], atol=1e-6)


def test_the_test_part_does_not_change_what_was_learnt() -> None:
    encoder = Encoder.fit(TRAIN, KINDS)
    before = json.dumps(encoder.state()[1])
    first = encoder.transform(TRAIN.iloc[:1])
    together = encoder.transform(pd.concat([TRAIN, TRAIN.assign(colour="violet", price=1e6)]))
    np.testing.assert_array_equal(first.codes_NF[0], together.codes_NF[0])
    np.testing.assert_array_equal(first.numbers_NG[0], together.numbers_NG[0])
    np.testing.assert_allclose(first.vectors_NV[0], together.vectors_NV[0], atol=1e-6)
    assert json.dumps(encoder.state()[1]) == before


def test_absent_columns_are_missing_for_everyone() -> None:
    encoder = Encoder.fit(TRAIN, KINDS)
    encoded = encoder.transform(pd.DataFrame(index=range(2)))
    assert len(encoded) == 2
    assert encoded.columns == ["colour", "tags", "price", "story"]
    assert encoded.codes_NF.tolist() == [[0], [0]]
    assert encoded.bags[0].values.tolist() == [0, 0]
    assert not encoded.present_NG.any()
    assert not encoded.vectors_NV.any()


def test_without_features_there_is_nothing_but_the_right_number_of_rows() -> None:
    encoded = Encoder.fit(TRAIN, {}).transform(TRAIN)
    assert encoded.codes_NF.shape == encoded.numbers_NG.shape == encoded.vectors_NV.shape == (5, 0)
    assert encoded.bags == []


def test_codes_written_as_numbers_are_the_same_values() -> None:
    encoder = Encoder.fit(pd.DataFrame({"code": ["1", "1", "18", "18"]}), {"code": "categorical"})
    assert encoder.transform(pd.DataFrame({"code": [1, 18.0, "18", None]})).codes_NF.tolist() == [
        [2],
        [3],
        [3],
        [0],
    ]


def test_arrays_and_json_are_enough_to_encode_again(two_tastes: Dataset) -> None:
    items = two_tastes.items
    encoder = Encoder.fit(items.features, items.kinds)
    arrays, meta = encoder.state()
    again = Encoder.from_state(arrays, json.loads(json.dumps(meta)))
    first, second = encoder.transform(items.features), again.transform(items.features)
    np.testing.assert_array_equal(first.codes_NF, second.codes_NF)
    np.testing.assert_array_equal(first.bags[0].values, second.bags[0].values)
    np.testing.assert_array_equal(first.numbers_NG, second.numbers_NG)
    np.testing.assert_array_equal(first.vectors_NV, second.vectors_NV)
    assert first.vectors_NV.any()


def test_texts_that_are_all_alike_are_no_warning_and_one_direction() -> None:
    titles = pd.DataFrame({"story": [f"thing no {number}" for number in range(20)]})
    vectors_NV = Encoder.fit(titles, {"story": "text"}).transform(titles).vectors_NV
    np.testing.assert_allclose(vectors_NV @ vectors_NV.T, 1.0, rtol=1e-5)


def test_same_seed_same_text_space(two_tastes: Dataset) -> None:
    items = two_tastes.items
    first, second = (Encoder.fit(items.features, items.kinds, text_dims=4, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first.components_VT, second.components_VT)
    assert len(first.components_VT) == 4


def test_ten_thousand_people_are_encoded_in_well_under_a_tenth_of_a_second(two_tastes: Dataset) -> None:
    users = two_tastes.users
    encoder = Encoder.fit(users.features, users.kinds)
    many = users.features.iloc[np.arange(10_000) % len(users)]
    started = time.process_time()
    encoder.transform(many)
    assert time.process_time() - started < 0.1


def test_encoding_without_text_does_not_load_scikit_learn() -> None:
    code = (
        "import sys, json, numpy as np, pandas as pd\n"
        "from recengine.data.encoders import Encoder\n"
        "none = np.zeros(0)\n"
        "encoder = Encoder(['c'], [], [], [], {'c': ['a']}, none, none)\n"
        "assert encoder.transform(pd.DataFrame({'c': ['a', 'b']})).codes_NF.tolist() == [[2], [1]]\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


VALUE = st.sampled_from(["a", "b", "c", "a|b", "c|c", "", None])


@settings(deadline=None)
@given(train=st.lists(VALUE, min_size=1, max_size=12), asked=st.lists(VALUE, min_size=1, max_size=12))
def test_every_code_has_a_row_in_its_embedding(train: list[str | None], asked: list[str | None]) -> None:
    kinds: dict[str, Kind] = {"c": "categorical", "m": "multi"}
    encoder = Encoder.fit(pd.DataFrame({"c": train, "m": train}), kinds)
    encoded = encoder.transform(pd.DataFrame({"c": asked, "m": asked}))
    assert encoded.codes_NF.max() < encoded.sizes[0]
    assert encoded.bags[0].values.max() < encoded.bag_sizes[0]
    assert (encoded.bags[0].lengths > 0).all()
    assert [code == 0 for code in encoded.codes_NF[:, 0]] == [not value for value in asked]


def test_columns_of_vectors_are_taken_as_they_are_but_for_their_length() -> None:
    items = pd.DataFrame(
        {"photo": ["[3.0, 4.0]", "0 2.0", "1.0 2.0 3.0", None, "no vector"], "story": [None] * 5}
    )
    encoder = Encoder.fit(items, {"photo": "vector", "story": "text"})
    encoded = encoder.transform(items)
    expected = np.array([[0.6, 0.8], [0, 1], [0, 0], [0, 0], [0, 0]])
    np.testing.assert_allclose(encoded.vectors_NV, expected, rtol=1e-6)
    assert encoded.columns == ["story", "photo"]
    arrays, meta = encoder.state()
    again = Encoder.from_state(arrays, json.loads(json.dumps(meta))).transform(items.head(1))
    np.testing.assert_allclose(again.vectors_NV, [[0.6, 0.8]], rtol=1e-6)
    assert encoder.transform(pd.DataFrame(index=range(2))).vectors_NV.shape == (2, 2)

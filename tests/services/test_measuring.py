from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import Kind
from recengine.core.dataset import Dataset, Entities
from recengine.metrics import beyond
from recengine.services.measuring import Yardstick

DatasetOf = Callable[..., Dataset]
ALL_OF_4 = np.ones(4, bool)


@pytest.fixture
def data(dataset_of: DatasetOf) -> Dataset:
    """Items 0 and 1 are red, 2 is blue, of 3 nothing is known; 0 and 2 share one of their two tags."""
    bare = dataset_of(
        [(0, 0, 0.0), (0, 0, 1.0), (0, 0, 2.0), (1, 0, 3.0), (1, 1, 4.0), (2, 3, 5.0), (3, 2, 6.0)]
    )
    features = pd.DataFrame(
        {
            "colour": ["red", "red", "blue", None],
            "tags": ["a|b", None, "b|c", None],
            "size": [1.0, 2.0, 3.0, 4.0],
        }
    )
    kinds: dict[str, Kind] = {"colour": "categorical", "tags": "multi", "size": "numeric"}
    # Twice over, since a value only one item has tells nothing.
    twice = pd.concat([features, features], ignore_index=True)
    ids = pd.Index([f"i{code}" for code in range(8)], dtype="str")
    return replace(bare, items=Entities(ids, twice, kinds))


def test_people_are_counted_once_for_an_item_however_often_they_had_it(data: Dataset) -> None:
    share_I = Yardstick.of(data, np.ones(8, bool)).share_I
    np.testing.assert_allclose(share_I[:4], [2 / 4, 1 / 4, 1 / 4, 1 / 4])


def test_contents_are_known_features_and_what_is_missing_is_like_nothing(data: Dataset) -> None:
    vector_ID = Yardstick.of(data, np.ones(8, bool)).vector_ID
    assert vector_ID is not None
    cosine_II = (vector_ID @ vector_ID.T).toarray()
    # Item 0 is red (1) with tags a, b (each 1 / sqrt 2), so of length sqrt 2; item 1 is red alone.
    assert cosine_II[0, 1] == pytest.approx(1 / np.sqrt(2))
    assert cosine_II[0, 2] == pytest.approx((1 / 2) / 2)
    assert cosine_II[3, 7] == 0
    assert cosine_II[0, 4] == pytest.approx(1)


def test_items_of_which_only_words_are_known_are_compared_by_their_words(data: Dataset) -> None:
    words = pd.DataFrame({"text": ["red apple", "red apple pie", "bicycle chain oil", "bicycle chain"] * 2})
    items = replace(data.items, features=words, kinds={"text": "text"})
    vector_ID = Yardstick.of(replace(data, items=items), np.ones(8, bool)).vector_ID
    assert vector_ID is not None
    alike, unlike = beyond.intra_list_diversity(np.array([[0, 1], [0, 2]], np.int32), vector_ID)
    assert alike < unlike


def test_without_any_feature_there_is_nothing_to_compare(dataset_of: DatasetOf) -> None:
    assert Yardstick.of(dataset_of([(0, 0, 0.0), (0, 3, 1.0)]), ALL_OF_4).vector_ID is None

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recengine.core.columns import DAY, ITEM, TIME, USER
from recengine.core.dataset import Dataset
from recengine.data.synthetic import big_log
from recengine.data.synthetic import two_tastes as make


def test_people_keep_to_the_items_of_their_taste(two_tastes: Dataset) -> None:
    frame = two_tastes.interactions.frame
    loyal = (frame[USER] % 2 == frame[ITEM] % 2).mean()
    assert 0.85 < loyal < 0.99
    assert not frame[[USER, ITEM]].duplicated().any()
    assert frame.groupby(USER).size().unique().tolist() == [20]
    assert 90 < (frame[TIME].max() - frame[TIME].min()) / DAY < 100


def test_features_tell_the_tastes_apart_and_some_are_missing(two_tastes: Dataset) -> None:
    people, items = two_tastes.users.features, two_tastes.items.features
    assert set(people["group"][people.index % 2 == 0].dropna()) == {"north"}
    assert people["age"][people.index % 2 == 1].mean() - people["age"][people.index % 2 == 0].mean() > 15
    assert 0 < people["group"].isna().mean() < 0.3
    assert items["taste"].tolist()[:4] == ["sweet", "salty", "sweet", "salty"]
    assert two_tastes.items.title == "title"


def test_same_seed_same_data_and_another_seed_others() -> None:
    assert make(seed=1).fingerprint == make(seed=1).fingerprint != make(seed=2).fingerprint


def test_a_big_log_has_the_rows_asked_for_whatever_the_block(tmp_path: Path) -> None:
    path = big_log(tmp_path / "log.csv", 2_500, seed=1, block=1_000)
    frame = pd.read_csv(path)
    assert list(frame.columns) == ["user_id", "item_id", "timestamp", "quantity"]
    assert len(frame) == 2_500
    assert frame["user_id"].max() < 50
    assert np.isin(frame["quantity"], [1, 2, 3]).all()

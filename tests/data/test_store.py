from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset, Entities
from recengine.core.errors import NotFoundError
from recengine.data.build import Imported, import_frames
from recengine.data.store import load, load_report, save

EVENTS = pd.DataFrame(
    {
        "user": ["a", "b", "b", None],
        "item": ["x", "x", "y", "x"],
        "time": [1.0, 2.0, 3.0, 4.0],
        "event": list("vpvp"),
    }
)


@pytest.fixture
def imported() -> Imported:
    items = pd.DataFrame(
        {"item": ["x", "y"], "title": ["An Ex", None], "price": [1.5, np.nan], "_id": ["k", "l"]}
    )
    return import_frames(EVENTS, name="shop", items=items, test=EVENTS.head(2))


def same(first: Dataset, second: Dataset) -> None:
    assert (first.name, first.fingerprint, first.about) == (second.name, second.fingerprint, second.about)
    pd.testing.assert_frame_equal(first.interactions.frame, second.interactions.frame)
    for one, other in ((first.users, second.users), (first.items, second.items)):
        pd.testing.assert_index_equal(one.ids, other.ids)
        pd.testing.assert_frame_equal(one.features, other.features)
        assert (one.kinds, one.title) == (other.kinds, other.title)
    assert (first.given_test is None) == (second.given_test is None)
    if first.given_test is not None and second.given_test is not None:
        pd.testing.assert_frame_equal(first.given_test.frame, second.given_test.frame)


def test_a_dataset_and_its_report_come_back_as_they_were_written(imported: Imported, tmp_path: Path) -> None:
    save(tmp_path / "kept" / "shop", imported)
    same(load(tmp_path / "kept" / "shop"), imported.dataset)
    assert load_report(tmp_path / "kept" / "shop") == (imported.cleaning, imported.checks)


def test_a_dataset_without_features_comes_back_too(two_tastes: Dataset, tmp_path: Path) -> None:
    bare = replace(two_tastes, items=Entities.bare(two_tastes.items.ids), given_test=None)
    report = import_frames(EVENTS, name="x").cleaning
    save(tmp_path / "a", Imported(bare, report, []))
    same(load(tmp_path / "a"), bare)


def test_what_is_written_once_stays(imported: Imported, tmp_path: Path) -> None:
    save(tmp_path / "a", imported)
    before = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    save(tmp_path / "a", replace(imported, dataset=replace(imported.dataset, name="other")))
    assert {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()} == before


def test_a_failure_on_the_way_leaves_nothing_behind(imported: Imported, tmp_path: Path) -> None:
    unwritable = imported.dataset.items.features.assign(bad=[object(), object()])
    items = replace(imported.dataset.items, features=unwritable)
    with pytest.raises(Exception, match="object"):
        save(tmp_path / "a", replace(imported, dataset=replace(imported.dataset, items=items)))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_holds_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no dataset in .*; import one first"):
        load(tmp_path)

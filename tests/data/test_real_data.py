"""Real data sets beside the checkout; each is skipped, with the reason, where it is absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset
from recengine.data.build import Imported, import_files
from recengine.data.cleaning import CleaningConfig
from recengine.data.mapping import Mapping


def imported(folder: Path, events: str, **tables: str) -> Imported:
    if not (folder / events).exists():
        pytest.skip(f"{folder / events} is not here")
    paths = {what: folder / file for what, file in tables.items()}
    return import_files(
        folder / events,
        name="real",
        users=paths.get("users"),
        items=paths.get("items"),
        test=paths.get("test"),
    )


def shape(dataset: Dataset) -> tuple[int, int, int]:
    return dataset.num_users, dataset.num_items, len(dataset.interactions)


def test_ml_100k_sheds_its_type_suffixes(shared_data: Path) -> None:
    found = imported(shared_data / "ml-100k", "ml-100k.inter", users="ml-100k.user", items="ml-100k.item")
    dataset = found.dataset
    assert shape(dataset) == (943, 1_682, 100_000)
    assert found.cleaning.removed == {}
    assert dataset.about.repeats == "new"
    assert dataset.items.kinds == {"movie_title": "text", "release_year": "numeric", "class": "multi"}
    assert dataset.items.labels(dataset.items.codes(["1"])) == ["Toy Story"]
    assert dataset.items.features["class"][0] == "Animation|Children's|Comedy"
    assert dataset.users.kinds == {"age": "numeric", "gender": "categorical", "occupation": "categorical"}
    assert sorted(set(dataset.interactions.column(WEIGHT))) == [1, 2, 3, 4, 5]


def test_ml_1m_joins_people_and_films(shared_data: Path) -> None:
    found = imported(
        shared_data / "ml-1m", "ratings_users_1_2999.csv.gz", users="users.csv", items="movies.csv"
    )
    dataset = found.dataset
    assert shape(dataset) == (2_999, 3_615, 487_650)
    assert found.cleaning.removed == {}
    assert dataset.users.kinds["age_code"] == "categorical"
    assert dataset.items.kinds == {"title": "text", "genres": "multi"}
    assert (dataset.about.time_kind, dataset.about.item) == ("date", "movie")


def test_ml_1m_pairs_without_a_time_lose_nothing(shared_data: Path) -> None:
    found = imported(shared_data / "ml-1m", "pairs_all_users.csv.gz")
    assert shape(found.dataset) == (6_040, 3_706, 1_000_209)
    assert found.dataset.about.time_kind == "order"
    assert found.cleaning.rows_in == found.cleaning.rows_out


def test_ml_latest_small_has_films_without_genres(shared_data: Path) -> None:
    dataset = imported(shared_data / "ml-latest-small", "ratings.csv", items="movies.csv").dataset
    assert shape(dataset) == (610, 9_724, 100_836)
    genres = dataset.items.features["genres"]
    assert genres.isna().sum() > 0
    assert "(no genres listed)" not in set(genres)


def test_online_retail_is_cleaned_of_guests_returns_and_copies(shared_data: Path) -> None:
    found = imported(shared_data / "online-retail-ii", "online_retail_2009_2010.parquet")
    report, dataset = found.cleaning, found.dataset
    assert report.rows_in == 525_461
    assert report.removed["missing_ids"] == 107_927
    assert set(report.removed) == {"missing_ids", "returns", "duplicates"}
    assert 9_000 < report.removed["returns"] < 12_326  # some returns have no customer either
    assert 6_000 < report.removed["duplicates"] <= 6_865
    assert "17850" in set(dataset.users.ids)  # Customer ID is a float column because of the gaps
    assert "85123A" in set(dataset.items.ids)
    assert dataset.items.title == "Description"
    assert dataset.users.kinds == {"Country": "categorical"}
    assert (dataset.about.repeats, dataset.about.person) == ("both", "customer")


def test_oulad_counts_days_from_the_start_of_a_course(shared_data: Path) -> None:
    found = imported(
        shared_data / "oulad", "studentVle_part.tsv.gz", users="studentInfo.csv", items="vle.csv"
    )
    dataset = found.dataset
    assert (dataset.num_users, dataset.num_items, found.cleaning.rows_in) == (4_080, 1_029, 1_048_575)
    assert dataset.about.time_kind == "day"
    days = dataset.interactions.column(TIME) / DAY
    assert (days == np.round(days)).all()
    assert days.min() < 0 < 200 < days.max()
    assert dataset.items.features["activity_type"].notna().all()
    assert dataset.users.features["gender"].notna().all()
    verdicts = {verdict.code: verdict for verdict in found.checks}
    assert "final_result" in verdicts["leaks"].finding
    assert {"gender", "disability", "imd_band"} <= set(verdicts["sensitive"].finding.replace(",", "").split())


def test_gowalla_comes_as_lists_with_its_published_split(shared_data: Path) -> None:
    dataset = imported(shared_data / "gowalla-lightgcn", "train.txt.gz", test="test.txt.gz").dataset
    assert shape(dataset) == (29_858, 40_981, 810_128)
    assert dataset.given_test is not None
    assert len(dataset.given_test) == 217_242
    assert list(dataset.users.ids[:12]) == [str(n) for n in range(12)]
    pairs = [
        events.column(USER).astype(np.int64) * 40_981 + events.column(ITEM)
        for events in (dataset.interactions, dataset.given_test)
    ]
    assert not np.isin(pairs[1], pairs[0]).any()


def test_retailrocket_views_carts_and_purchases_are_kinds_of_events(shared_data: Path) -> None:
    import pandas as pd

    from recengine.data.build import import_frames

    folder = shared_data / "retailrocket-small"
    parts = {"view": "view", "add_to_cart": "cart", "purchase": "purchase"}
    if not all((folder / f"{name}_ecommerce.dat").exists() for name in parts):
        pytest.skip(f"the three logs are not in {folder}")
    logs = [
        pd.read_csv(folder / f"{name}_ecommerce.dat", sep="\t").assign(event=kind)
        for name, kind in parts.items()
    ]
    found = import_frames(pd.concat(logs), name="shop", mapping=Mapping(user="visitorid", item="itemid"))
    assert found.cleaning.rows_in == found.cleaning.rows_out == 78_371 + 9_028 + 5_088
    weights, counts = np.unique(found.dataset.interactions.column(WEIGHT), return_counts=True)
    assert dict(zip(weights.tolist(), counts.tolist(), strict=True)) == {1: 78_371, 3: 9_028, 5: 5_088}


def test_amazon_texts_survive_quotes_and_commas(shared_data: Path) -> None:
    dataset = imported(
        shared_data / "amazon-industrial-text", "interactions.csv.gz", items="items.csv.gz"
    ).dataset
    assert shape(dataset) == (3_285, 3_541, 21_664)
    assert dataset.items.kinds == {"title": "text", "description": "text", "brand": "categorical"}
    assert dataset.items.title == "title"
    assert dataset.items.features["title"].notna().mean() > 0.99


def test_a_switched_off_rule_leaves_the_protocol_alone(shared_data: Path) -> None:
    events = shared_data / "online-retail-ii" / "online_retail_2009_2010.parquet"
    if not events.exists():
        pytest.skip(f"{events} is not here")
    found = import_files(
        events, name="x", mapping=Mapping(weight=None), cleaning=CleaningConfig(duplicates=False)
    )
    assert found.cleaning.removed == {"missing_ids": 107_927}
    assert (found.dataset.num_users, len(found.dataset.interactions)) == (4_383, 417_534)

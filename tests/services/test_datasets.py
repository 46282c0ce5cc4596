import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import DAY
from recengine.core.dataset import About, Dataset, Entities
from recengine.core.errors import DataError, NotFoundError
from recengine.data.mapping import Mapping
from recengine.services import datasets
from recengine.services.runs import TrainSpec, create_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace

Put = Callable[[Workspace, Dataset], str]
Make = Callable[[Sequence[tuple[int, int, float]]], Dataset]

# Four people, three items, over three days from Tuesday 2 January 2024; 7 distinct pairs in 8 events.
TUESDAY = 1_704_153_600.0
EVENTS = [
    (0, 0, TUESDAY),
    (0, 0, TUESDAY + 60),
    (0, 1, TUESDAY + 120),
    (1, 0, TUESDAY + DAY),
    (1, 1, TUESDAY + DAY + 60),
    (2, 0, TUESDAY + 2 * DAY),
    (2, 2, TUESDAY + 2 * DAY + 60),
    (3, 0, TUESDAY + 2 * DAY + 120),
]


@pytest.fixture
def small(dataset_of: Make) -> Dataset:
    dataset = dataset_of(EVENTS)
    features = pd.DataFrame(
        {
            "colour": pd.Series(["red", "blue|red", None], dtype="str"),
            "price": [1.0, 2.0, 3.0],
            "title": pd.Series(["Tea", "Pot", "Cup"], dtype="str"),
        }
    )
    items = Entities(
        dataset.items.ids,
        features,
        {"colour": "multi", "price": "numeric", "title": "text"},
        title="title",
    )
    return replace(dataset, items=items, name="small")


def test_a_card_tells_a_dataset_without_loading_it(ws: Workspace, small: Dataset, put: Put) -> None:
    put(ws, small)
    (card,) = datasets.list_datasets(ws)
    assert (card.num_interactions, card.num_users, card.num_items) == (8, 4, 3)
    assert (card.first_at, card.last_at) == (TUESDAY, TUESDAY + 2 * DAY + 120)
    assert card.as_dict()["last"] == "2024-01-04 00:02:00"


def test_a_loaded_dataset_is_what_was_kept_and_is_loaded_once(
    ws: Workspace, small: Dataset, put: Put
) -> None:
    name = put(ws, small)
    loaded = datasets.load_dataset(ws, name)
    pd.testing.assert_frame_equal(loaded.interactions.frame, small.interactions.frame)
    pd.testing.assert_frame_equal(loaded.items.features, small.items.features)
    assert datasets.load_dataset(ws, name).interactions is loaded.interactions


def test_a_name_means_the_newest_data_and_old_ones_stay_for_their_runs(
    ws: Workspace, small: Dataset, put: Put
) -> None:
    put(ws, small)
    put(ws, replace(small, fingerprint="feedfeedfeedfeed", about=About(source="second")))
    (card,) = datasets.list_datasets(ws)
    assert card.about.source == "second"
    assert datasets.load_fingerprint(ws, small.fingerprint).about.source == ""


def test_the_same_content_under_two_names_is_kept_once(ws: Workspace, small: Dataset, put: Put) -> None:
    put(ws, small)
    put(ws, replace(small, name="other"))
    assert {card.name for card in datasets.list_datasets(ws)} == {"small", "other"}
    assert [path.name for path in ws.datasets.iterdir()] == [small.fingerprint]
    assert datasets.load_dataset(ws, "other").name == "other"


def test_the_view_counts_what_is_there(ws: Workspace, small: Dataset, put: Put) -> None:
    view = datasets.dataset_view(ws, put(ws, small))
    assert view.activity_unit == "day"
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    assert list(view.activity["period"]) == list(days)
    assert view.activity["events"].tolist() == [3, 2, 3]
    assert view.activity["people"].tolist() == [1, 1, 2]
    # Events of the items: 5, 2, 1. The first alone is more than half of 8.
    assert view.long_tail["share_of_events"].tolist() == [5 / 8, 7 / 8, 1.0]
    assert (view.items_for_half, view.top_item_share) == (1, 5 / 8)
    # Events of the people: 3, 2, 2, 1.
    assert view.histories.set_index("events")["people"].to_dict() == {1: 1, 2: 2, 3: 1}
    assert (view.median_history, view.longest_history) == (2.0, 3)
    assert view.density == 7 / 12
    assert view.top_items[["title", "events", "people"]].values.tolist() == [
        ["Tea", 5, 4],
        ["Pot", 2, 2],
        ["Cup", 1, 1],
    ]


def test_the_view_reads_features_as_their_kind_says(ws: Workspace, small: Dataset, put: Put) -> None:
    view = datasets.dataset_view(ws, put(ws, small))
    colour = view.features.set_index("feature").loc["colour"]
    assert (colour["known_share"], colour["distinct"]) == (2 / 3, 2)
    values = view.feature_values("item", "colour")
    assert dict(zip(values["value"], values["count"], strict=True)) == {"red": 2, "blue": 1}
    price = view.feature_values("item", "price")
    assert (price["from"].iloc[0], price["to"].iloc[-1], price["count"].sum()) == (1.0, 3.0, 3)


def test_every_pair_lies_in_one_cell_of_the_sparsity_map(
    ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    view = datasets.dataset_view(ws, put(ws, two_tastes))
    pairs = len(two_tastes.interactions.frame[["user", "item"]].drop_duplicates())
    people = np.bincount(np.arange(200) * 24 // 200)[view.sparsity["person_bin"]]
    items = np.bincount(np.arange(60) * 24 // 60)[view.sparsity["item_bin"]]
    assert (view.sparsity["filled"] * people * items).sum() == pytest.approx(pairs)
    assert view.sparsity["filled"].between(0, 1).all()


def test_a_view_is_computed_once(ws: Workspace, small: Dataset, put: Put) -> None:
    first = datasets.dataset_view(ws, put(ws, small))
    (datasets.dataset_folder(ws, small.fingerprint) / "events.parquet").unlink()
    assert datasets.dataset_view(ws, "small").density == first.density


@pytest.mark.parametrize(("days", "unit"), [(150, "day"), (800, "week"), (4000, "month")])
def test_a_long_log_is_drawn_in_longer_periods(
    ws: Workspace, dataset_of: Make, put: Put, days: int, unit: str
) -> None:
    events = [(0, day % 3, TUESDAY + day * DAY) for day in range(0, days, 5)]
    view = datasets.dataset_view(ws, put(ws, dataset_of(events)))
    assert view.activity_unit == unit
    assert view.activity["events"].sum() == len(events)
    if unit == "week":
        assert set(view.activity["period"].dt.day_name()) == {"Monday"}
    if unit == "month":
        assert set(view.activity["period"].dt.day) == {1}


def test_positions_in_a_file_are_drawn_as_positions(ws: Workspace, dataset_of: Make, put: Put) -> None:
    dataset = replace(
        dataset_of([(0, 0, float(place)) for place in range(1000)]), about=About(time_kind="order")
    )
    view = datasets.dataset_view(ws, put(ws, dataset))
    assert view.activity_unit == "events"
    assert view.activity["events"].tolist() == [5] * 200  # 1000 events in 200 bars
    assert view.activity["period"].tolist()[:3] == [0.0, 5.0, 10.0]


def test_a_bare_dataset_has_an_empty_table_of_features(ws: Workspace, dataset_of: Make, put: Put) -> None:
    view = datasets.dataset_view(ws, put(ws, dataset_of(EVENTS)))
    assert view.features.empty
    assert view.values.empty


def test_items_are_coloured_by_the_first_feature_with_a_few_values(small: Dataset) -> None:
    assert datasets.category_feature(small) == "colour"
    assert datasets.categories(replace(small, fingerprint="colours")) == ["red", "blue", ""]


def test_a_file_is_imported_under_its_name(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "who,what,day\n" + "".join(f"u{n % 7},i{n % 5},2024-01-{1 + n % 28:02}\n" for n in range(70))
    )
    rows: list[int] = []
    mapping = Mapping(user="who", item="what", time="day")
    imported = datasets.import_dataset(
        ws, path, name="orders", mapping=mapping, header=True, progress=rows.append
    )
    card = datasets.dataset_card(ws, "orders")
    assert card.fingerprint == imported.dataset.fingerprint
    assert (card.num_users, card.num_items, card.rows_in) == (7, 5, 70)
    assert rows[-1] == 70
    assert datasets.import_report(ws, "orders")[0].rows_in == 70


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 81])
def test_a_name_nobody_could_read_is_refused(ws: Workspace, tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="a dataset needs a name of 1 to 80 printable characters"):
        datasets.import_dataset(ws, tmp_path / "none.csv", name=name)


def test_an_unknown_name_is_answered_with_the_nearest(ws: Workspace, small: Dataset, put: Put) -> None:
    with pytest.raises(NotFoundError, match=r"no dataset 'smal'\. Import one first"):
        datasets.load_dataset(ws, "smal")
    put(ws, small)
    with pytest.raises(NotFoundError, match="Did you mean 'small'"):
        datasets.load_dataset(ws, "smal")


def test_data_that_runs_learnt_from_are_not_deleted(ws: Workspace, small: Dataset, put: Put) -> None:
    put(ws, small)
    with Store(ws).writing() as db:
        create_run(db, TrainSpec(dataset="small", model="ease"), small.fingerprint, "done")
    with pytest.raises(DataError, match="ease-1 learnt from. Delete those runs first"):
        datasets.delete_dataset(ws, "small")


def test_a_deleted_dataset_leaves_nothing_behind(ws: Workspace, small: Dataset, put: Put) -> None:
    put(ws, small)
    datasets.dataset_view(ws, "small")
    datasets.delete_dataset(ws, "small")
    assert datasets.list_datasets(ws) == []
    assert list(ws.datasets.iterdir()) == []
    with pytest.raises(NotFoundError):
        datasets.load_dataset(ws, "small")


def test_data_shared_with_another_name_survive_its_deletion(ws: Workspace, small: Dataset, put: Put) -> None:
    put(ws, small)
    put(ws, replace(small, name="other"))
    datasets.delete_dataset(ws, "small")
    assert len(datasets.load_dataset(ws, "other").interactions) == 8


KEEPER = """
import sys
from dataclasses import replace
from pathlib import Path
from recengine.data.build import Imported
from recengine.data.cleaning import CleaningReport
from recengine.data.synthetic import two_tastes
from recengine.services.datasets import dataset_view, keep
from recengine.services.workspace import Workspace
ws, dataset = Workspace(Path(sys.argv[1])), two_tastes(num_users=30)
report = CleaningReport(600, 600, ())
print("ready", flush=True)
for number in range(int(sys.argv[2]), 10**9):
    keep(ws, Imported(replace(dataset, name="d", fingerprint=f"{number:016x}"), report, []))
    dataset_view(ws, "d")
"""


def test_an_import_killed_at_any_moment_leaves_whole_datasets_only(ws: Workspace) -> None:
    draw = random.Random(3)
    for kill in range(3):
        keeper = subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(ws.root), str(kill * 10**6)], stdout=subprocess.PIPE
        )
        assert keeper.stdout is not None
        keeper.stdout.readline()
        time.sleep(draw.uniform(0.2, 0.6))
        keeper.kill()
        keeper.communicate()
        for card in datasets.list_datasets(ws):
            assert len(datasets.load_dataset(ws, card.name).interactions) == 600
            assert datasets.dataset_view(ws, card.name).activity["events"].sum() == 600
        with Store(ws).reading() as db:
            known = [row[0] for row in db.execute("SELECT fingerprint FROM datasets")]
        assert all((datasets.dataset_folder(ws, one) / "dataset.json").exists() for one in known)
    assert known

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import DAY, EVENT, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset
from recengine.core.errors import DataError
from recengine.data import SOURCES
from recengine.data.assemble import order_of
from recengine.data.build import Imported, import_files, import_frames
from recengine.data.cleaning import CleaningConfig
from recengine.data.mapping import Mapping
from recengine.data.sources import FileSource, SyntheticSource

NEW_YEAR = 1_704_067_200  # 2024-01-01, seconds
EVENTS = """customer,product,when,qty
17850.0,b,2024-01-03 00:00:00,2
13047.0,a,2024-01-01 00:00:00,1
17850.0,a,2024-01-02 00:00:00,1
,a,2024-01-02 00:00:00,1
13047.0,c,2024-01-04 00:00:00,-1
13047.0,a,2024-01-01 00:00:00,1
"""


def put(folder: Path, **files: str) -> list[Path]:
    paths = [folder / name.replace("_", ".") for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text)
    return paths


def pairs(dataset: Dataset) -> list[tuple[str, str]]:
    """(person, item) of every event, oldest first."""
    frame = dataset.interactions.frame
    return list(zip(dataset.users.ids[frame[USER]], dataset.items.ids[frame[ITEM]], strict=True))


def test_a_file_becomes_a_dataset_and_the_report_tells_how(tmp_path: Path) -> None:
    imported = import_files(put(tmp_path, events_csv=EVENTS)[0], name="shop")
    dataset = imported.dataset
    assert pairs(dataset) == [("13047", "a"), ("17850", "a"), ("17850", "b")]
    assert dataset.interactions.column(TIME).tolist() == [NEW_YEAR, NEW_YEAR + DAY, NEW_YEAR + 2 * DAY]
    assert dataset.interactions.column(WEIGHT).tolist() == [1, 1, 2]
    assert (dataset.name, dataset.about.person, dataset.about.item) == ("shop", "customer", "product")
    assert (dataset.about.source, dataset.about.weight_unit) == ("file events.csv", "qty")
    report = imported.cleaning
    assert (report.rows_in, report.rows_out) == (6, 3)
    assert report.removed == {"missing_ids": 1, "returns": 1, "duplicates": 1}
    assert "Times are text written as ISO8601." in report.notes
    assert "Weight: column 'qty' has a fitting name and holds numbers from -1 to 2." in report.notes
    assert [verdict.level for verdict in imported.checks if verdict.code == "size"] == ["bad"]


def test_codes_have_the_types_models_rely_on(tmp_path: Path) -> None:
    frame = import_files(put(tmp_path, events_csv=EVENTS)[0], name="x").dataset.interactions.frame
    assert frame.dtypes.astype(str).to_dict() == {
        USER: "int32",
        ITEM: "int32",
        TIME: "float64",
        WEIGHT: "float32",
    }


def test_tables_are_found_by_their_ids_and_titles_by_their_name(tmp_path: Path) -> None:
    events, users, items = put(
        tmp_path,
        events_csv=EVENTS,
        users_csv="id;age\n17850;33\n13047;44\n",
        items_csv="sku|title|colour\nb|The Bee|red\na|The Ant|blue\nz|The Zebra|red\n",
    )
    dataset = import_files(events, name="shop", users=users, items=items).dataset
    assert dataset.users.features["age"].tolist() == [44, 33]
    assert dataset.items.labels(np.array([0, 1])) == ["The Ant", "The Bee"]
    assert dataset.items.kinds["colour"] == "categorical"


def test_a_given_test_shares_the_ids_and_counts_its_own_rows(tmp_path: Path) -> None:
    train, test = put(tmp_path, train_csv="u,i\n1,a\n1,b\n2,a\n", test_csv="u,i\n2,b\n3,c\n,a\n")
    imported = import_files(train, name="x", test=test, mapping=Mapping(user="u", item="i"))
    dataset = imported.dataset
    assert dataset.given_test is not None
    assert list(dataset.users.ids) == ["1", "2", "3"]
    assert list(dataset.items.ids) == ["a", "b", "c"]
    assert dataset.given_test.frame[[USER, ITEM]].to_numpy().tolist() == [[1, 1], [2, 2]]
    assert dataset.given_test.column(TIME)[0] > dataset.interactions.column(TIME)[-1]
    assert imported.cleaning.test is not None
    assert imported.cleaning.test.removed == {"missing_ids": 1}


def test_a_test_file_with_other_names_is_read_by_position_and_one_with_fewer_columns_refused(
    tmp_path: Path,
) -> None:
    train, test, short = put(
        tmp_path,
        train_csv="user,item,n\n1,a,1\n2,b,2\n",
        test_csv="uid,iid,k\n2,a,1\n",
        short_csv="uid,k\n2,1\n",
    )
    dataset = import_files(train, name="x", test=test).dataset
    assert dataset.given_test is not None
    assert dataset.given_test.frame[[USER, ITEM]].to_numpy().tolist() == [[1, 0]]
    with pytest.raises(DataError, match=r"the test file short.csv lacks column.s. user, item; it has uid, k"):
        import_files(train, name="x", test=short)


def test_a_test_file_may_have_columns_nobody_asked_for(tmp_path: Path) -> None:
    rows = "1,a,2024-01-01,9\n1,b,2024-01-02,9\n1,b,2024-01-02,9\n"
    train, test = put(
        tmp_path, train_csv=f"user,item,time,price\n{rows}", test_csv=f"user,item,time,price\n{rows}"
    )
    imported = import_files(train, name="x", test=test)
    assert imported.cleaning.removed == {"duplicates": 1}
    assert imported.dataset.given_test is not None
    assert len(imported.dataset.given_test) == 3  # the lines of a given test are counted as they came


def test_a_test_file_may_write_its_times_in_another_way(tmp_path: Path) -> None:
    train, test, bad = put(
        tmp_path,
        train_csv="user,item,time\n1,a,1704067200\n2,b,1704067300\n",
        test_csv="user,item,time\n2,a,2024-01-02\n",
        bad_csv="user,item,time\n2,a,soon\n",
    )
    given = import_files(train, name="x", test=test).dataset.given_test
    assert given is not None
    assert given.column(TIME).tolist() == [1704067200 + DAY]
    with pytest.raises(DataError, match="none of 1 rows of the test file is left"):
        import_files(train, name="x", test=bad)


def test_lists_of_items_come_in_with_their_own_split(tmp_path: Path) -> None:
    train, test = put(tmp_path, train_txt="0 5 3 9\n1 4\n2 5 9\n", test_txt="0 4\n1 5 9 3\n2 3 4\n")
    dataset = import_files(train, name="x", test=test).dataset
    assert (dataset.num_users, dataset.num_items, len(dataset.interactions)) == (3, 4, 6)
    assert dataset.given_test is not None
    assert len(dataset.given_test) == 6
    assert dataset.about.time_kind == "order"


def test_a_first_line_that_the_mapping_names_is_the_header(tmp_path: Path) -> None:
    path = put(tmp_path, events_csv="wer,was\nann,apple\nbob,pear\n")[0]
    assert pairs(import_files(path, name="x", mapping=Mapping(user="wer", item="was")).dataset)[0][0] == "ann"
    assert len(import_files(path, name="x").dataset.interactions) == 3
    numbers = put(tmp_path, numbers_csv="1,2\n2,1\n")[0]
    assert pairs(import_files(numbers, name="x", mapping=Mapping(user="2", item="1")).dataset)[0] == (
        "2",
        "1",
    )


def test_kinds_of_events_become_weights_and_stay_known(tmp_path: Path) -> None:
    rows = ["1,a,1704067200000,view", "1,a,1704067201000,purchase", "2,b,1704067202000,remove"]
    text = "\n".join(["visitor,item,ts,event", *rows])
    path = put(tmp_path, log_csv=text)[0]
    events = import_files(path, name="x").dataset.interactions
    assert events.column(WEIGHT).tolist() == [1, 5]
    assert events.frame[EVENT].astype(str).tolist() == ["view", "purchase"]
    own = import_files(path, name="x", mapping=Mapping(event="event", event_weights={"view": 0, "remove": 2}))
    assert own.dataset.interactions.column(WEIGHT).tolist() == [5, 2]
    assert "Kinds of events: purchase counts 5, remove counts 2, view counts 0." in own.cleaning.notes
    assert own.cleaning.removed == {"ignored_events": 1}


def test_day_numbers_are_days_and_positions_an_order(tmp_path: Path) -> None:
    days, order = put(
        tmp_path,
        days_csv="student,site,date\n1,a,-2\n2,b,3\n",
        order_csv="user,item,position\n1,a,1\n1,b,0\n",
    )
    dataset = import_files(days, name="x").dataset
    assert (dataset.about.time_kind, dataset.interactions.column(TIME).tolist()) == (
        "day",
        [-2 * DAY, 3 * DAY],
    )
    dataset = import_files(order, name="x").dataset
    assert (dataset.about.time_kind, pairs(dataset)) == ("order", [("1", "b"), ("1", "a")])


def test_without_a_time_the_order_of_the_rows_counts_and_repeats_stay(tmp_path: Path) -> None:
    imported = import_files(put(tmp_path, pairs_csv="user,item\n2,b\n1,a\n2,b\n")[0], name="x")
    assert pairs(imported.dataset) == [("2", "b"), ("1", "a"), ("2", "b")]
    assert imported.dataset.interactions.column(TIME).tolist() == [1, 2, 3]
    assert any(note.startswith("No time column") for note in imported.cleaning.notes)


def test_whether_coming_back_counts_is_decided_by_the_last_tenth() -> None:
    once = pd.DataFrame({"user": np.arange(100) % 10, "item": np.arange(100), "time": np.arange(100)})
    assert import_frames(once, name="x").dataset.about.repeats == "new"
    for again, repeats in ((2, "both"), (1, "new")):  # 20 % and 10 % of the last ten events
        item = np.arange(100)
        item[100 - again :] = item[90 - again : 90]  # what the same people had ten events ago
        assert import_frames(once.assign(item=item), name="x").dataset.about.repeats == repeats


def test_what_events_say_of_their_items_and_people_is_kept(tmp_path: Path) -> None:
    rows = "".join(
        f"{n},c{n % 3},s{n % 2},{('Red', 'Blue')[n % 2]} Lamp,{('UK', 'FR', 'DE')[n % 3]}\n"
        for n in range(12)
    )
    path = put(tmp_path, log_csv="when,customer,stock,description,country\n" + rows)[0]
    dataset = import_files(path, name="x").dataset
    assert dataset.items.title == "description"
    assert dataset.items.labels(np.array([0, 1])) == ["Red Lamp", "Blue Lamp"]
    assert dataset.users.features["country"].tolist() == ["UK", "FR", "DE"]
    assert dataset.users.kinds == {"country": "categorical"}


def test_frames_and_files_give_the_same_dataset(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"user": [1, 2, 1], "item": ["a", "b", "b"], "time": [3, 2, 1], "n": [1.0, 2.0, 3.0]}
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    prints = {
        import_files(tmp_path / name, name=name).dataset.interactions.frame.to_csv()
        for name in ("a.csv", "a.parquet", "a.jsonl", "a.csv.gz")
    }
    assert prints == {import_frames(frame, name="x").dataset.interactions.frame.to_csv()}


def test_equal_content_has_an_equal_fingerprint_and_any_change_another() -> None:
    frame = pd.DataFrame({"user": ["a", "b", "b"], "item": ["x", "x", "y"], "time": [1.0, 2.0, 3.0]})
    users = pd.DataFrame({"user": ["a", "b"], "age": [20, 30]})

    def print_of(events: pd.DataFrame = frame, people: pd.DataFrame = users, **more: pd.DataFrame) -> str:
        return import_frames(events, name="n", users=people, **more).dataset.fingerprint

    assert print_of() == import_frames(frame.iloc[::-1], name="other", users=users).dataset.fingerprint
    changed = [
        print_of(frame.assign(time=[1.0, 2.0, 4.0])),
        print_of(frame.assign(item=["x", "y", "y"])),
        print_of(frame.assign(user=["a", "b", "c"])),
        print_of(people=users.assign(age=[20, 31])),
        print_of(test=frame),
        print_of(),
    ]
    assert len(set(changed)) == 6


def test_progress_counts_rows_and_an_import_may_be_slow(tmp_path: Path) -> None:
    seen: list[int] = []
    import_files(put(tmp_path, events_csv=EVENTS)[0], name="x", progress=seen.append)
    assert seen[-1] == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user,item,time\n", "holds no events, only columns: user, item, time"),
        ("user,item,when\n" + "u,i,soon\n" * 9, "column 'when' holds no time .* starts with 'soon'"),
        ("user,item,time\n,,1\n,,2\n", "none of 2 rows is left after cleaning"),
    ],
)
def test_a_file_nothing_can_be_learnt_from_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = put(tmp_path, events_csv=text)[0]
    mapping = Mapping(user="user", item="item", time=text.split("\n")[0].split(",")[2])
    with pytest.raises(DataError, match=message):
        import_files(path, name="x", mapping=mapping)


def test_names_full_of_markup_are_kept_as_they_are(tmp_path: Path) -> None:
    wild = ["![x](http://a/b.png)", "<script>alert(1)</script>", "=1+1", "😀 emoji", "שלום", "x" * 10_000]
    frame = pd.DataFrame({"user": [str(n) for n in range(6)] * 2, "item": wild * 2, "time": np.arange(12)})
    assert set(import_frames(frame, name="x").dataset.items.ids) == set(wild)


@pytest.mark.parametrize("whole_seconds", [True, False])
def test_events_are_ordered_by_time_and_by_row_among_equals(whole_seconds: bool) -> None:
    times = np.random.default_rng(0).integers(-5, 20, 500).astype(np.float64) * (
        1.0 if whole_seconds else 0.5
    )
    np.testing.assert_array_equal(order_of(times), np.argsort(times, kind="stable"))
    assert len(order_of(np.zeros(0))) == 0


def test_every_source_on_the_shelf_speaks_for_itself_and_loads_under_a_name(tmp_path: Path) -> None:
    assert list(SOURCES) == ["sample", "file", "remote", "synthetic", "social"]
    assert all(source.title and source.summary for source in SOURCES.values())
    path = put(tmp_path, events_csv=EVENTS)[0]
    loaded: list[Imported] = [
        FileSource(events=path, cleaning=CleaningConfig(duplicates=False)).load("mine"),
        SyntheticSource(num_users=10, seed=3).load("mine"),
    ]
    assert [one.dataset.name for one in loaded] == ["mine", "mine"]
    assert [len(one.dataset.interactions) for one in loaded] == [4, 200]

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from recengine.core.errors import DataError
from recengine.data.mapping import Mapping
from recengine.data.remote import open_remote
from recengine.services.datasets import dataset_card, delete_dataset, load_dataset, load_fingerprint
from recengine.services.lineage import Lineage
from recengine.services.remote_import import bring_in_new, import_remote
from recengine.services.runs import TrainSpec, create_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace

Row = tuple[object, object, object, object]
NEVER = "9999-12-31 00:00:00"
# Ten people and four items over ten days; a copy of a row, one without a time, one that lies in the future.
FIRST: list[Row] = [
    *((f"u{n % 10}", f"i{n % 4}", f"2024-01-{1 + n // 4:02} 10:00:00", 1 + n % 3) for n in range(40)),
    ("u0", "i0", "2024-01-01 10:00:00", 1),
    ("u1", "i1", None, 1),
    ("u2", "i2", NEVER, 1),
]
# Two more at the newest moment, three later, one of them twice, and one without an item.
NEW: list[Row] = [
    ("u3", "i0", "2024-01-10 10:00:00", 2),
    ("u11", "i5", "2024-01-10 10:00:00", 1),
    ("u11", "i1", "2024-01-11 10:00:00", 1),
    ("u4", "i5", "2024-01-12 10:00:00", 4),
    ("u4", "i5", "2024-01-12 10:00:00", 4),
    ("u5", None, "2024-01-12 11:00:00", 1),
]


def write(path: Path, rows: Sequence[Row], table: str = "orders") -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"CREATE TABLE IF NOT EXISTS {table} (customer, product, ordered_at, quantity)")
        db.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    write(path, FIRST)
    return path


def lineage_of(ws: Workspace, name: str) -> Lineage:
    found = dataset_card(ws, name).lineage
    assert found is not None
    return found


def test_what_is_new_makes_the_same_data_as_a_whole_import(ws: Workspace, shop: Path) -> None:
    import_remote(ws, "shop", f"sqlite:///{shop}", table="orders")
    write(shop, NEW)
    news = bring_in_new(ws, "shop")
    whole = import_remote(ws, "whole", f"sqlite:///{shop}", table="orders")
    assert news.dataset.fingerprint == whole.dataset.fingerprint
    assert (news.cleaning.rows_in, news.cleaning.removed) == (49, whole.cleaning.removed)
    assert len(news.dataset.interactions) == 44  # 49 rows, less two copies, no time, the future, no item


def test_only_what_is_new_is_asked_for(ws: Workspace, shop: Path) -> None:
    import_remote(ws, "shop", f"sqlite:///{shop}", table="orders")
    with closing(sqlite3.connect(shop)) as db, db:
        db.execute("DELETE FROM orders WHERE ordered_at < '2024-01-10'")
    write(shop, NEW)
    assert len(bring_in_new(ws, "shop").dataset.interactions) == 44


def test_nothing_new_leaves_the_data_as_they_are(ws: Workspace, shop: Path) -> None:
    first = import_remote(ws, "shop", f"sqlite:///{shop}", table="orders")
    again = bring_in_new(ws, "shop")
    assert again.dataset.fingerprint == first.dataset.fingerprint
    assert (lineage_of(ws, "shop").rows_new, lineage_of(ws, "shop").previous) == (0, "")


def test_lineage_tells_where_from_when_how_much_and_by_which_rules(ws: Workspace, shop: Path) -> None:
    mapping = Mapping(user="customer", item="product", time="ordered_at", weight=None)
    first = import_remote(ws, "shop", f"sqlite:///{shop}", table="orders", mapping=mapping)
    write(shop, NEW)
    bring_in_new(ws, "shop")
    told = lineage_of(ws, "shop")
    assert (told.source, told.place, told.newest) == (f"sqlite:///{shop}", "orders", "2024-01-12 10:00:00")
    assert (told.rows_read, told.rows_new, told.previous) == (49, 6, first.dataset.fingerprint)
    assert told.rules == {"missing_ids": 1, "unreadable_times": 1, "future_times": 1, "duplicates": 2}
    assert told.mapping["weight"] is None
    assert "orders, 49 rows (6 of them new)" in told.sentence
    assert dict(told.rows())["Columns"] == "user: customer, item: product, time: ordered_at"


def test_rows_asked_for_by_a_query_go_on_as_well(ws: Workspace, shop: Path) -> None:
    query = "SELECT customer, product, ordered_at FROM orders WHERE product <> 'i3'"
    import_remote(ws, "shop", f"sqlite:///{shop}", query=query)
    write(shop, NEW)
    news = bring_in_new(ws, "shop")
    assert (
        news.dataset.fingerprint
        == import_remote(ws, "b", f"sqlite:///{shop}", query=query).dataset.fingerprint
    )


def test_a_run_keeps_the_data_it_saw(ws: Workspace, shop: Path) -> None:
    old = import_remote(ws, "shop", f"sqlite:///{shop}", table="orders").dataset
    with Store(ws).writing() as db:
        create_run(db, TrainSpec(dataset="shop", model="ease"), old.fingerprint, "done")
    write(shop, NEW)
    bring_in_new(ws, "shop")
    assert len(load_dataset(ws, "shop").interactions) == 44
    assert len(load_fingerprint(ws, old.fingerprint).interactions) == len(old.interactions)
    then = dataset_card(ws, "shop", old.fingerprint).lineage
    assert then is not None
    assert then.rows_read == 43


def test_rows_are_kept_once_and_go_with_their_dataset(ws: Workspace, shop: Path) -> None:
    import_remote(ws, "shop", f"sqlite:///{shop}", table="orders")
    write(shop, NEW)
    bring_in_new(ws, "shop")
    assert [folder.name for folder in ws.rows.iterdir()] == [lineage_of(ws, "shop").kept]
    delete_dataset(ws, "shop")
    assert list(ws.rows.iterdir()) == []


@pytest.mark.parametrize(
    "times",
    [("31.12.2023", "05.01.2024", "06.01.2024"), (None, None, None)],
    ids=["text that does not sort", "no time"],
)
def test_times_that_do_not_tell_what_is_new_are_said_to(
    ws: Workspace, tmp_path: Path, times: tuple[str, ...]
) -> None:
    path = tmp_path / "odd.db"
    write(path, [(f"u{n % 5}", f"i{n % 3}", times[n % 3], 1) for n in range(30)])
    import_remote(ws, "odd", f"sqlite:///{path}", table="orders")
    assert not lineage_of(ws, "odd").can_go_on
    assert list(ws.rows.iterdir()) == []
    with pytest.raises(DataError, match="no times that tell what is new"):
        bring_in_new(ws, "odd")


def test_another_place_is_no_continuation(ws: Workspace, shop: Path, tmp_path: Path) -> None:
    import_remote(ws, "shop", f"sqlite:///{shop}", table="orders")
    with pytest.raises(DataError, match="is another place. Import it whole"):
        bring_in_new(ws, "shop", f"sqlite:///{tmp_path / 'other.db'}")


def test_options_that_hold_no_secret_are_kept_and_others_are_asked_for(ws: Workspace, shop: Path) -> None:
    import_remote(ws, "shop", f"sqlite:///{shop}?sslmode=require&charset=utf8", table="orders")
    lineage = lineage_of(ws, "shop")
    assert lineage.address == f"sqlite:///{shop}?sslmode=require&charset=utf8"
    assert bring_in_new(ws, "shop").cleaning.rows_in == len(FIRST)
    address = f"sqlite:///{shop}?sslmode=require&token=of-ann"
    import_remote(ws, "shop", address, table="orders")
    with pytest.raises(DataError, match="with a login or options that were not kept. Give the address again"):
        bring_in_new(ws, "shop")
    assert bring_in_new(ws, "shop", address).cleaning.rows_in == len(FIRST)
    assert "of-ann" not in str(lineage_of(ws, "shop"))


def test_a_store_that_fails_leaves_the_data_of_before(ws: Workspace, shop: Path) -> None:
    first = import_remote(ws, "shop", f"sqlite:///{shop}", table="orders").dataset
    shop.unlink()
    with pytest.raises(DataError, match="no file"):
        bring_in_new(ws, "shop")
    assert dataset_card(ws, "shop").fingerprint == first.fingerprint
    write(shop, FIRST + NEW)
    assert len(bring_in_new(ws, "shop").dataset.interactions) == 44


@pytest.mark.parametrize("kind", ["mariadb", "postgresql", "mongodb"])
def test_servers_are_asked_for_what_is_new(ws: Workspace, kind: str, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue(kind).address
    frame = pd.DataFrame(FIRST + NEW, columns=["customer", "product", "ordered_at", "quantity"])
    frame = frame[frame["ordered_at"].notna() & (frame["ordered_at"] != NEVER)].reset_index(names="number")
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"]) + pd.Timedelta("1.5ms")
    store = open_remote(address)
    store.write("growing", frame[:41], ["number"], "first")
    import_remote(ws, "shop", address, table="growing")
    store.write("growing", frame, ["number"], "second")
    news = bring_in_new(ws, "shop", address)
    whole = import_remote(ws, "whole", address, table="growing")
    assert (lineage_of(ws, "shop").rows_new, news.cleaning.rows_in) == (6, len(frame))
    events = [one.dataset.interactions.frame.drop(columns=["user", "item"]) for one in (news, whole)]
    pd.testing.assert_frame_equal(*events)
    assert set(news.dataset.users.ids) == set(whole.dataset.users.ids)

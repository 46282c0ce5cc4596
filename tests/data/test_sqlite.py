from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from recengine.core.errors import DataError
from recengine.data.build import import_remote
from recengine.data.remote import Place, Query, Remote, open_remote
from recengine.data.sources import RemoteSource

ORDERS = [("007", "milk", "2024-05-01 10:00:00", 2), ("007", "bread", "2024-05-02 09:00:00", 1)]
ORDERS += [("8", "milk", "2024-05-03 12:00:00", 1), ("8", "eggs", "2024-05-04 12:30:00", 3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "my shop.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute('CREATE TABLE orders (customer_id TEXT, product TEXT, bought_at TEXT, "how many" INTEGER)')
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", ORDERS)
        db.execute("CREATE TABLE products (product TEXT PRIMARY KEY, price REAL)")
        db.executemany("INSERT INTO products VALUES (?, ?)", [("milk", 1.2), ("bread", 2.5), ("eggs", 3)])
        db.execute("CREATE VIEW milk AS SELECT * FROM orders WHERE product = 'milk'")
    return path


@pytest.fixture
def shop(path: Path) -> Remote:
    return open_remote(f"sqlite:///{path}")


def test_what_it_holds_can_be_listed_and_looked_at(shop: Remote) -> None:
    assert shop.places() == [Place("milk", "view"), Place("orders", "table"), Place("products", "table")]
    assert shop.columns("products") == [("product", "text"), ("price", "real")]
    assert shop.preview("ORDERS", rows=1).to_dict("records") == [
        {"customer_id": "007", "product": "milk", "bought_at": "2024-05-01 10:00:00", "how many": 2}
    ]


def test_a_table_becomes_a_dataset_with_its_table_of_items(path: Path) -> None:
    source = RemoteSource(address=f"sqlite:///{path}", table="orders", items="products")
    imported = source.load("shop")
    data = imported.dataset
    assert len(data.interactions) == imported.cleaning.rows_in == 4
    assert list(data.users.ids) == ["007", "8"]
    assert list(data.items.features["price"]) == [2.5, 3.0, 1.2]  # bread, eggs, milk
    assert data.about.source == f"sqlite:///{path}, table orders"


def test_a_query_is_read_and_rows_from_a_moment_on(shop: Remote) -> None:
    query = Query("SELECT customer_id AS customer, product, bought_at FROM orders WHERE product <> 'eggs';")
    imported = import_remote(shop, query, name="some", since=("bought_at", "2024-05-02 09:00:00"))
    assert len(imported.dataset.interactions) == 2
    with pytest.raises(DataError, match="no column 'bought' to go on from. Did you mean 'bought_at'"):
        shop.file("orders", since=("bought", 1))


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "SELECT 1; DELETE FROM orders",
        "WITH gone AS (SELECT 1) DELETE FROM orders",
        "SELECT 1) AS x; DELETE FROM orders; SELECT * FROM (SELECT 1",
        "ATTACH 'x.db' AS x",
        "PRAGMA writable_schema = 1",
        "-- SELECT\nDROP TABLE orders",
        "",
    ],
)
def test_a_query_that_writes_is_refused(shop: Remote, path: Path, query: str) -> None:
    before = path.read_bytes()
    with pytest.raises(DataError):
        shop.preview(Query(query))
    assert path.read_bytes() == before


def test_a_semicolon_in_a_text_ends_nothing(shop: Remote) -> None:
    assert shop.preview(Query("SELECT ';' AS mark -- ; that's all\n")).to_dict("list") == {"mark": [";"]}


def test_a_query_that_takes_too_long_is_stopped(shop: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recengine.data.sql.LOOK_S", 0)
    endless = Query(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n"
    )
    with pytest.raises(DataError, match="longer than 0 s"):
        shop.preview(endless)


def test_a_result_beyond_the_limit_is_an_error_and_not_cut(
    shop: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recengine.data.sql.MOST_ROWS", 3)
    with pytest.raises(DataError, match="more than 3 rows"):
        list(shop.file(Query("SELECT * FROM orders")).batches())


def test_cells_of_several_kinds_in_one_column_keep_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "mixed.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE log (who, what)")
        db.executemany("INSERT INTO log VALUES (?, ?)", [(1, "a"), ("x", b"b"), (2.0, None), (None, "a")])
    frame = open_remote(f"sqlite:///{path}").preview("log")
    assert list(frame["who"][:3]) == ["1", "x", "2"]
    assert frame["who"].isna().tolist() == [False, False, False, True]


def test_no_file_no_database_no_table_each_in_words(shop: Remote, path: Path) -> None:
    with pytest.raises(DataError, match="no file nowhere.db"):
        open_remote("sqlite:///nowhere.db").probe()
    (path.parent / "text.db").write_text("a,b\n1,2\n" * 99)
    with pytest.raises(DataError, match="no SQLite database"):
        open_remote(f"sqlite:///{path.parent / 'text.db'}").probe()
    with pytest.raises(DataError, match="no table 'order'. Did you mean 'orders'"):
        shop.file("order")
    with pytest.raises(DataError, match="no kind of store 'sqlit'. Did you mean 'sqlite'"):
        open_remote("sqlit:///x")


LISTS = pd.DataFrame({"run": "r1", "person": ["a", "a", "b"], "place": [1, 2, 1], "item": ["x", "y", "x"]})


def test_rows_written_twice_are_there_once_and_old_ones_of_the_whole_go(path: Path) -> None:
    shop, keys, whole = open_remote(f"sqlite:///{path}"), ["run", "person", "place"], {"run": "r1"}
    assert shop.write("lists", LISTS, keys, "one", whole) == 3
    shop.write("lists", LISTS, keys, "one", whole)
    shop.write("lists", LISTS.assign(run="r0"), keys, "zero")
    assert len(shop.preview("lists")) == 6
    shop.write("lists", LISTS[:2].assign(item="z"), keys, "two", whole)
    mine = shop.preview(Query("SELECT person, place, item, batch FROM lists WHERE run = 'r1' ORDER BY place"))
    assert mine.to_numpy().tolist() == [["a", 1, "z", "two"], ["a", 2, "z", "two"]]


def test_a_write_that_fails_leaves_nothing(shop: Remote) -> None:
    with pytest.raises(DataError, match="orders"):
        shop.write("orders", LISTS, ["run", "person", "place"], "one")
    assert len(shop.preview("orders")) == 4
    with pytest.raises(DataError, match="same run, person"):
        shop.write("lists", LISTS, ["run", "person"], "one")
    assert "lists" not in {place.name for place in shop.places()}


@pytest.mark.parametrize("written", ["customer", '"customer"', '"customer" AS who', "o.customer"])
def test_an_unknown_column_is_no_text_and_the_nearest_is_named(shop: Remote, written: str) -> None:
    with pytest.raises(DataError, match="no column 'customer' here. Did you mean 'customer_id'"):
        shop.file(Query(f"SELECT {written}, product FROM orders AS o"))
    with pytest.raises(DataError, match="no table 'ordrs' here. Did you mean 'orders'"):
        shop.file(Query("SELECT * FROM ordrs"))


def test_quoted_names_and_texts_mean_what_they_say(shop: Remote) -> None:
    query = 'SELECT "how many", \'"product"\' AS a, [product], \'it\'\'s\' AS b /* "c" */ FROM "orders" -- "d'
    assert shop.preview(Query(query), rows=1).to_dict("records") == [
        {"how many": 2, "a": '"product"', "product": "milk", "b": "it's"}
    ]

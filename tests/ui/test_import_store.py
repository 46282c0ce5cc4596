"""The Data page on a database: connect, pick, look, import, and what is said where that fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.services.datasets import dataset_card, load_dataset
from recengine.services.remote_import import import_remote
from recengine.services.workspace import Workspace

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
KEY = {"path": "data.store.address.SQLite file", "connect": "data.store.connect"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "my shop.db"
    orders = [(f"{n % 7:03d}", f"p{n % 5}", f"2024-03-{1 + n % 28:02d} 10:00:00") for n in range(60)]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE orders (customer_id TEXT, product_id TEXT, bought_at TEXT)")
        db.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders)
        db.execute("CREATE TABLE products (product_id TEXT, price REAL)")
        db.executemany("INSERT INTO products VALUES (?, ?)", [(f"p{n}", n + 0.5) for n in range(5)])
    return path


def connected(opened: Opened, path: Path | str) -> AppTest:
    """The page after somebody typed a SQLite file's path and clicked Connect."""
    app = opened("1_Data", view="Bring in data", **{"from": "Database"})
    app.segmented_control(key="data.store.kind.Database").set_value("SQLite file").run()
    app.text_input(key=KEY["path"]).set_value(str(path))
    app.button(key=KEY["connect"]).click().run()
    assert not app.exception, app.exception[0].value
    return app


def picked(app: AppTest, table: str) -> AppTest:
    """The page after a table was chosen."""
    box = next(box for box in app.selectbox if box.label == "One row for each event")
    box.set_value(table).run()
    assert not app.exception, app.exception[0].value
    return app


def test_a_table_is_picked_looked_at_and_imported_with_its_items(
    home: Path, shop: Path, opened: Opened, said: Said
) -> None:
    app = picked(connected(opened, shop), "orders")
    chosen = {box.label: box.value for box in app.selectbox}
    assert (chosen["Who"], chosen["What"], chosen["When"]) == ("customer_id", "product_id", "bought_at")
    assert "**Sure:** column 'customer_id' has a fitting name" in said(app)
    assert list(app.dataframe[0].value["type"]) == ["text", "text", "text"]
    assert len(app.dataframe[1].value) == 50
    next(box for box in app.selectbox if box.label.startswith("Items")).set_value("products")
    app.button(key="data.import").click().run()
    assert "60 rows read, 60 kept: 7 customers and 5 products" in said(app)
    data = load_dataset(Workspace(home), "orders")
    assert next(iter(data.users.ids)) == "000"  # zeros in front are kept
    assert list(data.items.features["price"]) == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_a_query_is_run_and_imported(home: Path, shop: Path, opened: Opened, said: Said) -> None:
    app = connected(opened, shop)
    app.segmented_control(key="data.store.way").set_value("Query").run()
    app.text_area[0].set_value("SELECT customer_id, product_id FROM orders WHERE product_id <> 'p0'")
    app.button(key="data.store.run").click().run()
    app.button(key="data.import").click().run()
    assert "query is in" in said(app)
    lineage = dataset_card(Workspace(home), "query").lineage
    assert lineage is not None
    assert lineage.query.startswith("SELECT customer_id")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("DELETE FROM orders", "a query is one SELECT"),
        ("SELECT nothing FROM orders", "nothing"),
    ],
)
def test_a_query_that_cannot_be_run_is_told_in_words(
    query: str, words: str, home: Path, shop: Path, opened: Opened, said: Said
) -> None:
    app = connected(opened, shop)
    app.segmented_control(key="data.store.way").set_value("Query").run()
    app.text_area[0].set_value(query)
    app.button(key="data.store.run").click().run()
    assert words.lower() in said(app).lower()
    assert not [button for button in app.button if button.key == "data.import"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere/shop.db", "There is no file /nowhere/shop.db"),
        ("oracle://host/db", "There is no kind of store 'oracle'"),
        ("", "There is no address. Type an address"),
    ],
)
def test_what_cannot_be_reached_is_told_in_words(
    path: str, words: str, home: Path, opened: Opened, said: Said
) -> None:
    told = said(connected(opened, path))
    assert "It could not be reached" in told
    assert words in told


def test_no_field_keeps_a_password(home: Path, opened: Opened, said: Said) -> None:
    app = opened("1_Data", view="Bring in data", **{"from": "Database"})
    app.text_input(key="data.store.address.MySQL or MariaDB").set_value("mysql://ann:s3cret@127.0.0.1:1/shop")
    app.text_input(key="data.store.password").set_value("hush-hush")
    app.button(key="data.store.connect").click().run()
    assert "It could not be reached" in said(app)
    kept = str(app.session_state)
    assert app.text_input(key="data.store.address.MySQL or MariaDB").value == "mysql://ann@127.0.0.1:1/shop"
    for secret in ("s3cret", "hush-hush"):
        assert secret not in kept + said(app) + str(app.query_params)


def test_what_is_new_is_brought_in_and_the_story_told(
    home: Path, shop: Path, opened: Opened, said: Said
) -> None:
    import_remote(Workspace(home), "orders", f"sqlite:///{shop}", table="orders")
    with closing(sqlite3.connect(shop)) as db, db:
        db.execute("INSERT INTO orders VALUES ('new', 'p1', '2024-05-01 10:00:00')")
    app = opened("1_Data", tab={"data.tabs": "Where from"}, dataset="orders")
    assert "60 Rows read" in said(app) or "Rows read 60" in said(app)
    app.button(key="data.new.start").click().run()
    assert not app.exception, app.exception[0].value
    assert "All that is new is here 1 new row;" in said(app)
    assert dataset_card(Workspace(home), "orders").num_interactions == 61


def test_a_folder_is_brought_in(home: Path, tmp_path: Path, opened: Opened, said: Said) -> None:
    (tmp_path / "events").mkdir()
    pd.DataFrame(
        {"user": [f"u{n % 7}" for n in range(40)], "item": [f"i{n % 5}" for n in range(40)]}
    ).to_parquet(tmp_path / "events" / "part.parquet")
    app = opened("1_Data", view="Bring in data", **{"from": "Folder"})
    app.text_input(key="data.store.address.Folder or object store").set_value(str(tmp_path))
    app.button(key="data.store.connect").click().run()
    box = next(box for box in app.selectbox if box.label == "One row for each event")
    box.select_index(0).run()
    app.button(key="data.import").click().run()
    assert "40 rows read" in said(app)

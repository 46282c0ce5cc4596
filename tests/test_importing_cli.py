import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from recengine.cli import MISTAKE, run

Captured = pytest.CaptureFixture[str]
SOURCE = ("--source", "sqlite:///shop.db")


@pytest.fixture(autouse=True)
def shop(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in the working folder: 60 orders of 12 people, 5 products, and what these are called."""
    monkeypatch.chdir(tmp_path)
    orders = [(f"u{n % 12}", f"i{n % 5}", f"2024-02-{1 + n // 3:02}") for n in range(60)]
    with closing(sqlite3.connect("shop.db")) as db, db:
        db.execute("CREATE TABLE orders (customer, product, ordered_at)")
        db.execute("CREATE TABLE products (product, title)")
        db.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders)
        db.executemany("INSERT INTO products VALUES (?, ?)", [(f"i{n}", f"Title {n}") for n in range(5)])


def answer(capsys: Captured, *arguments: str) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_table_is_imported_then_what_is_new(capsys: Captured) -> None:
    first = answer(capsys, "import", *SOURCE, "--table", "orders", "--items", "products", "--name", "shop")
    assert (first["num_interactions"], first["num_users"], first["num_items"]) == (60, 12, 5)
    with closing(sqlite3.connect("shop.db")) as db, db:
        db.execute("INSERT INTO orders VALUES ('u12', 'i0', '2024-03-01')")
    news = answer(capsys, "import", "--name", "shop", "--since-last")
    assert (news["num_interactions"], news["lineage"]["rows_new"]) == (61, 1)
    assert news["lineage"]["previous"] == first["fingerprint"]


def test_a_query_and_a_named_connection_do_as_well(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECENGINE_URL_SHOP", "sqlite:///shop.db")
    query = "SELECT * FROM orders WHERE product <> 'i4'"
    found = answer(capsys, "import", "--source", "shop", "--query", query, "--name", "shop")
    assert (found["num_interactions"], found["lineage"]["query"]) == (48, query)
    assert found["lineage"]["connection"] == "shop"


def test_datasets_and_runs_tell_where_data_come_from(capsys: Captured) -> None:
    shop = answer(capsys, "import", *SOURCE, "--table", "orders", "--name", "shop")
    assert run(["import", "--name", "shop", "--since-last"]) == 0
    assert "sqlite:///shop.db" in capsys.readouterr().out
    trained = answer(capsys, "train", "--dataset", "shop", "--model", "popularity")
    assert trained["lineage"]["source"] == "sqlite:///shop.db"
    assert run(["runs", trained["run"]]) == 0
    assert f"data {shop['fingerprint']}: sqlite:///shop.db, orders, 60 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--name x", "a FILE, or a database"),
        ("orders.csv --source sqlite:///shop.db --name x", "not both"),
        ("orders.csv --table orders --name x", "--table is for a database"),
        ("--source sqlite:///shop.db --name x", "a table (or collection), or a query"),
        ("--source sqlite:///shop.db --table order --name x", "Did you mean 'orders'"),
        ("--source sqlite:///shop.db --table orders --no-header --name x", "--header is for files"),
        ("--source sqlite:///shop.db --table orders --user nobody --name x", "no column 'nobody'"),
        ("--source shop --table orders --name x", "no connection 'shop'"),
        ("--since-last --name x", "no dataset 'x'"),
        ("--since-last --name x --user customer", "--user cannot be changed"),
        ("--source sqlite:///shop.db --query DELETE_FROM_orders --name x", "one SELECT"),
    ],
)
def test_mistakes_are_told_in_one_line(line: str, said: str, capsys: Captured) -> None:
    assert run(["import", *(word.replace("_FROM_", " FROM ") for word in line.split())]) == MISTAKE
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_what_came_from_a_file_has_nothing_to_go_on_from(capsys: Captured, tmp_path: Path) -> None:
    rows = "".join(f"u{n % 7},i{n % 5},2024-01-{1 + n % 28:02}\n" for n in range(70))
    (tmp_path / "orders.csv").write_text(f"customer,product,day\n{rows}")
    found = answer(capsys, "import", "orders.csv", "--name", "shop")
    assert found["lineage"]["source"] == "file orders.csv"
    assert run(["import", "--name", "shop", "--since-last"]) == MISTAKE
    assert "came from no database" in capsys.readouterr().err

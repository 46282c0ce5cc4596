from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from recengine.core.errors import DataError
from recengine.data.remote import Place, Query, Remote, open_remote


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(path) as db:
        db.execute(
            "CREATE TABLE orders (who HUGEINT, product VARCHAR, bought TIMESTAMP, tags VARCHAR[], u UUID)"
        )
        db.execute(
            "INSERT INTO orders VALUES (7, 'milk', '2024-05-01 10:00:00', ['a', 'b'], uuid()), "
            "(8, 'bread', '2024-05-02 10:00:00', NULL, NULL)"
        )
        db.execute("CREATE SCHEMA old; CREATE VIEW old.milk AS SELECT * FROM orders WHERE product = 'milk'")
    return path


@pytest.fixture
def shop(path: Path) -> Remote:
    return open_remote(f"duckdb:///{path}")


def test_tables_and_views_of_every_schema_are_listed_and_read(shop: Remote) -> None:
    assert shop.places() == [Place("main.orders", "table", 2), Place("old.milk", "view")]
    assert shop.columns("orders")[3] == ("tags", "varchar[]")
    frame = shop.preview("orders")
    assert frame["tags"][0] == "a|b"
    assert [str(who) for who in frame["who"]] in (["7", "8"], ["7.0", "8.0"])
    assert len(shop.preview("old.milk")) == 1
    assert sum(map(len, shop.file("orders", since=("bought", "2024-05-02")).batches())) == 1


def test_the_usual_schema_stands_first(path: Path, shop: Remote) -> None:
    with duckdb.connect(path) as db:
        db.execute("CREATE SCHEMA archive; CREATE TABLE archive.orders AS SELECT 1 AS who")
    assert [place.name for place in shop.places()] == ["main.orders", "archive.orders", "old.milk"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('https://example.org')",
        "SELECT 1) AS x; COPY orders TO '{folder}/out.csv'; SELECT * FROM (SELECT 1",
        "COPY orders TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "DELETE FROM orders",
        "SET enable_external_access = true",
    ],
)
def test_a_query_reaches_nothing_but_the_file_and_changes_nothing(
    shop: Remote, path: Path, query: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(DataError):
        shop.preview(Query(query.format(folder=path.parent)))
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_a_query_that_takes_too_long_is_stopped(shop: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recengine.data.sql.LOOK_S", 0.2)
    with pytest.raises(DataError, match="longer than"):
        shop.preview(Query("SELECT count(*) AS n FROM range(1000000000000) AS a(i) WHERE hash(i) = 1"))


def test_a_file_that_another_program_writes_to_is_named(path: Path, shop: Remote) -> None:
    hold = f"import duckdb; db = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", hold], stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(DataError, match="another program has it open"):
            shop.probe()
        other.communicate("\n")
    shop.probe()


def test_what_is_no_database_is_named(path: Path) -> None:
    (path.parent / "text.duckdb").write_text("a,b\n" * 999)
    with pytest.raises(DataError, match="text.duckdb"):
        open_remote(f"duckdb:///{path.parent / 'text.duckdb'}").probe()
    with pytest.raises(DataError, match="no file none.duckdb"):
        open_remote("duckdb:///none.duckdb").probe()


def test_rows_written_twice_are_there_once_and_old_ones_of_the_whole_go(shop: Remote) -> None:
    lists = pd.DataFrame({"run": "r1", "person": ["a", "b"], "place": 1, "item": ["x", None]})
    keys, whole = ["run", "person", "place"], {"run": "r1"}
    for _ in range(2):
        assert shop.write("old.lists", lists, keys, "one", whole) == 2
    assert len(shop.preview("old.lists")) == 2
    shop.write("old.lists", lists[:1].assign(item="z"), keys, "two", whole)
    assert shop.preview("lists").to_numpy().tolist() == [["r1", "a", 1, "z", "two"]]
    with pytest.raises(DataError, match="orders"):
        shop.write("orders", lists, keys, "one")

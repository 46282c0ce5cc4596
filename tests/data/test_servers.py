from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recengine.core.errors import DataError
from recengine.data.build import import_remote
from recengine.data.remote import Place, Query, Remote, open_remote
from recengine.services import datasets
from recengine.services.workspace import Workspace
from tests.servers import PASSWORD, Server, cut_after, free_port

BOTH = pytest.mark.parametrize("server", ["mariadb", "postgresql"], indirect=True)
ROWS = 30_000  # of the table that is long enough to be cut
KEYS = ["run", "person", "place"]
LISTS = pd.DataFrame(
    {
        "run": "r1",
        "person": ["A", "a", "b"],
        "place": [1, 1, 2],
        "item": ["x", "ü", None],
        "score": [0.5, None, 1],
    }
)

SHARED = [
    "CREATE TABLE orders (customer_id VARCHAR(20), product VARCHAR(20), bought_at {time}, quantity INT)",
    "INSERT INTO orders VALUES ('007', 'milk', '2024-05-01 10:00:00', 2), "
    "('8', 'Käse', '2024-05-02 09:30:00', 1), ('8', 'milk', '2024-05-03 00:00:00', NULL)",
    "CREATE TABLE products (product VARCHAR(20) PRIMARY KEY, price DECIMAL(10, 2), code DECIMAL(20, 0))",
    "INSERT INTO products VALUES ('milk', 1.25, 12345678901234567890), ('Käse', 9.5, 7)",
    "CREATE SEQUENCE counter",
    "CREATE VIEW dear AS SELECT * FROM products WHERE price > 5",
]
OF_MARIADB = [
    "CREATE TABLE many AS SELECT seq % 500 AS user_id, seq % 71 AS item_id, seq AS step FROM seq_1_to_{rows}",
    "CREATE TABLE odd (user_id BINARY(2), item_id BIGINT UNSIGNED, at DATETIME(6), t TIME, b BIT(3), "
    "p POINT, e ENUM('x', 'y'), d DATE, j JSON)",
    "SET sql_mode = ''",
    "INSERT INTO odd VALUES (x'00ff', 18446744073709551615, '2024-05-01 10:00:00.5', '-01:00:00', b'101', "
    "POINT(1, 2), 'y', '2024-00-10', '[1]'), "
    "(x'4142', 1, '0000-00-00 00:00:00', NULL, NULL, NULL, '', NULL, NULL)",
]
OF_POSTGRESQL = [
    "CREATE TABLE many AS SELECT s % 500 AS user_id, s % 71 AS item_id, s AS step "
    "FROM generate_series(1, {rows}) s",
    "CREATE TYPE mood AS ENUM ('x', 'y')",
    "CREATE TABLE odd (user_id UUID, item_id NUMERIC, at TIMESTAMPTZ, t TIMETZ, b BIT(3), p POINT, e mood, "
    "d DATE, j JSONB, tags TEXT[], i INTERVAL, f FLOAT8)",
    "INSERT INTO odd VALUES ('6ccd780c-baba-1026-9564-5b8c656024db', 'NaN', '2024-05-01 10:00+02', "
    "'10:00+01', '101', '(1,2)', 'y', 'infinity', '[1]', '{{a,b}}', '1 day', 'infinity'), "
    "(NULL, 1.5, '-infinity', NULL, NULL, NULL, NULL, '0044-03-15 BC', NULL, NULL, NULL, 'NaN')",
    "CREATE SCHEMA archive CREATE TABLE orders (old_id INT)",
]


@contextmanager
def cursor_of(server: Server) -> Iterator[Any]:
    """A cursor of the driver itself, to see what is really there."""
    login: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "user": "ann"}
    if server.scheme == "mysql":
        import pymysql

        connection: Any = pymysql.connect(
            **login, password=PASSWORD.encode(), database="shop", autocommit=True
        )
    else:
        import psycopg

        connection = psycopg.connect(**login, password=PASSWORD, dbname="shop", autocommit=True)
    with connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Server:
    """Either server, with a shop in it."""
    server: Server = request.getfixturevalue(request.param)
    own = OF_MARIADB if server.scheme == "mysql" else OF_POSTGRESQL
    with cursor_of(server) as cursor:
        for statement in [*SHARED, *own]:
            cursor.execute(
                statement.format(time="DATETIME" if server.scheme == "mysql" else "TIMESTAMP", rows=ROWS)
            )
    return server


@pytest.fixture
def shop(server: Server) -> Remote:
    return open_remote(server.address)


@BOTH
def test_schemas_tables_and_views_are_listed_with_their_columns(shop: Remote, server: Server) -> None:
    shop.probe()
    schema = "shop" if server.scheme == "mysql" else "public"
    kinds = {place.name: place.kind for place in shop.places()}
    assert kinds[f"{schema}.orders"] == "table"
    assert kinds[f"{schema}.dear"] == "view"
    assert [name for name, _ in shop.columns("orders")] == ["customer_id", "product", "bought_at", "quantity"]
    assert dict(shop.columns(f"{schema}.products"))["product"] in ("varchar(20)", "character varying(20)")
    assert all(
        isinstance(place, Place) and (place.rows is None or place.rows >= 0) for place in shop.places()
    )


@BOTH
def test_a_table_becomes_a_dataset_row_by_row(shop: Remote) -> None:
    imported = import_remote(shop, "orders", items="products", name="shop")
    data = imported.dataset
    events = data.interactions.frame
    told = [(data.users.ids[row.user], data.items.ids[row.item], row.time) for row in events.itertuples()]
    assert told == [
        ("007", "milk", 1714557600.0),
        ("8", "Käse", 1714642200.0),
        ("8", "milk", 1714694400.0),
    ]
    assert data.items.features.set_index(data.items.ids)["price"].to_dict() == {"milk": 1.25, "Käse": 9.5}
    assert "code" not in data.items.features or "12345678901234567890" in set(data.items.features["code"])


@BOTH
def test_types_that_the_fast_reader_does_not_know_come_as_text_and_impossible_dates_as_missing(
    shop: Remote,
) -> None:
    frame = shop.preview("odd")
    first = frame.iloc[0]
    assert str(first["at"]).startswith("2024-05-01 ")
    assert frame["at"].isna().tolist() == [False, True]
    assert frame["d"].isna().all()
    assert first["e"] == "y"
    assert str(first["b"]) in ("5", "5.0", "101")
    if "tags" in frame:
        assert (first["user_id"], first["tags"]) == ("6ccd780c-baba-1026-9564-5b8c656024db", "{a,b}")
        assert str(first["t"]) == "10:00:00+01"
    else:
        assert (first["user_id"], frame["item_id"][0], first["t"]) == (
            "00ff",
            18446744073709551615,
            "-01:00:00",
        )


@BOTH
def test_a_query_and_what_is_new_since_a_moment(shop: Remote) -> None:
    query = Query("SELECT customer_id, product, bought_at FROM orders WHERE product LIKE 'm%' -- ; milk")
    assert len(shop.preview(query)) == 2
    since = shop.file("orders", since=("bought_at", "2024-05-02 09:30:00"))
    assert sum(map(len, since.batches())) == 2
    moment = datetime(2024, 5, 2, 11, 30, tzinfo=timezone(timedelta(hours=2)))
    later = shop.file("orders", since=("bought_at", moment))
    assert sum(map(len, later.batches())) == 2
    odd = shop.file("orders", since=("product", "it's; \\' --"))
    assert sum(map(len, odd.batches())) <= 3


WRITING = [
    "DELETE FROM orders",
    "SELECT 1 AS a; DELETE FROM orders",
    "SELECT 1 AS a) AS x; DELETE FROM orders; SELECT * FROM (SELECT 1 AS a",
    "SELECT '\\' AS a) AS x; DELETE FROM orders; SELECT * FROM (SELECT '1' AS a",
    "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
    "SELECT * INTO copy FROM orders",
    "SELECT * FROM orders INTO OUTFILE '/tmp/recengine-never'",
    "SELECT nextval('counter') AS a",
    "SELECT NEXTVAL(counter) AS a",
    "/*!50000 DELETE FROM orders */",
]


@BOTH
def test_a_query_that_writes_is_refused(server: Server) -> None:
    shop = open_remote(server.address)
    for text in WRITING:
        with pytest.raises(DataError):
            shop.preview(Query(text))
    with cursor_of(server) as cursor:
        cursor.execute("SELECT COUNT(*) FROM orders")
        assert cursor.fetchone() == (3,)
    assert not Path("/tmp/recengine-never").exists()


@BOTH
def test_a_query_that_takes_too_long_is_stopped(shop: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recengine.data.sql.LOOK_S", 1)
    sleep = "SLEEP(20)" if shop.connection.scheme == "mysql" else "pg_sleep(20)::text"
    started = time.monotonic()
    with pytest.raises(DataError, match="longer than 1 s"):
        shop.preview(Query(f"SELECT {sleep} AS waited FROM orders"))
    assert time.monotonic() - started < 10


@BOTH
def test_what_is_wrong_with_a_connection_is_said_without_its_secrets(server: Server) -> None:
    gone = free_port()
    wrong = {
        server.at(gone): "nobody answers at 127.0.0.1",
        server.at(server.port, password="hunter22"): "refuses this user and password",
        server.at(server.port, user="nobody1"): "refuses this user and password",
        server.at(server.port, database="shopp"): "'shopp'",
    }
    for address, words in wrong.items():
        with pytest.raises(DataError, match=words) as caught:
            open_remote(address).probe()
        assert not any(
            secret in str(caught.value) for secret in ("hunter22", "ann:", "nobody1", "p@ss", "p%40")
        )


@BOTH
def test_an_unknown_table_or_column_is_named(shop: Remote) -> None:
    with pytest.raises(DataError, match="no table 'order'. Did you mean '.*orders'"):
        shop.file("order")
    with pytest.raises(DataError, match="nope"):
        shop.preview(Query("SELECT nope FROM orders"))
    with pytest.raises(DataError, match="same name"):
        shop.preview(Query("SELECT 1 AS a, 2 AS a"))


@BOTH
@pytest.mark.parametrize("share", [0.3, 0.999])
def test_a_connection_cut_while_reading_leaves_no_half_dataset(
    server: Server, home: Path, share: float
) -> None:
    size = 900_000 if server.scheme == "mysql" else 925_000  # bytes on the wire, a little less
    with cut_after(server.port, int(size * share)) as port:
        shop = open_remote(server.at(port))
        with pytest.raises(DataError, match="broke off"):
            datasets.keep(Workspace(home), import_remote(shop, "many", name="half"))
    assert datasets.list_datasets(Workspace(home)) == []


@BOTH
def test_rows_written_twice_are_there_once_and_old_ones_of_the_whole_go(server: Server) -> None:
    shop, whole = open_remote(server.address), {"run": "r1"}
    for _ in range(2):
        assert shop.write("lists", LISTS, KEYS, "one", whole) == 3
    shop.write("lists", LISTS.assign(run="r0"), KEYS, "zero")
    shop.write("lists", LISTS[:2].assign(item="new"), KEYS, "two", whole)
    with cursor_of(server) as cursor:
        cursor.execute("SELECT run, person, item, score, batch FROM lists ORDER BY run, item, person")
        rows = list(cursor.fetchall())
    assert len(rows) == 5
    assert sorted(rows[3:]) == [("r1", "A", "new", 0.5, "two"), ("r1", "a", "new", None, "two")]


@BOTH
def test_a_write_into_a_table_without_the_keys_changes_nothing(shop: Remote) -> None:
    with pytest.raises(DataError, match="no unique key over run, person, place"):
        shop.write("orders", LISTS, KEYS, "one")
    assert len(shop.preview("orders")) == 3


@BOTH
def test_a_write_that_is_cut_leaves_all_or_nothing(server: Server) -> None:
    frame = pd.DataFrame(
        {"run": "cut", "person": [f"p{i}" for i in range(3_000)], "place": 1, "item": "x" * 200}
    )
    open_remote(server.address).write("lists_cut", frame.head(1).assign(run="first"), KEYS, "one")
    with cut_after(server.port, 4_000) as port:  # enough to log in, not to hear of the end
        errors: list[DataError] = []
        try:
            open_remote(server.at(port)).write("lists_cut", frame, KEYS, "two")
        except DataError as error:
            errors.append(error)
    with cursor_of(server) as cursor:
        cursor.execute("SELECT COUNT(*) FROM lists_cut WHERE run = 'cut'")
        assert cursor.fetchone()[0] == (0 if errors else 3_000)


@BOTH
def test_reading_lets_other_threads_work(shop: Remote) -> None:
    beats: list[float] = []
    done = threading.Event()

    def beat() -> None:
        while not done.wait(0.01):
            beats.append(time.monotonic())

    thread = threading.Thread(target=beat)
    thread.start()
    assert sum(map(len, shop.file("many").batches())) == ROWS
    done.set()
    thread.join()
    assert max(b - a for a, b in pairwise(beats)) < 1

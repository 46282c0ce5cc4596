from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from bson import Binary, Decimal128, Int64, ObjectId
from bson.datetime_ms import DatetimeMS
from pymongo import MongoClient

from recengine.core.errors import DataError
from recengine.data.build import import_remote
from recengine.data.documents import column_of
from recengine.data.mapping import Mapping
from recengine.data.mongo import MongoRemote
from recengine.data.remote import Place, Query, open_remote
from recengine.data.secrets import Connection
from recengine.data.sources import RemoteSource
from tests.servers import PASSWORD, Server, cut_after, free_port

START = datetime(2024, 5, 1, 10)
MANY = 2_000  # documents, of 1 kB each, of the collection that is long enough to be cut
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
ORDERS: list[dict[str, Any]] = [
    {"customer": {"id": "007", "city": "Ulm"}, "product": "milk", "at": START, "qty": 2},
    {"customer": {"id": "8"}, "product": "Käse", "at": START + timedelta(days=1), "qty": 1},
    {"customer": {"id": "8", "vip": True}, "product": "milk", "at": START + timedelta(days=2)},
]
LEARNERS: list[dict[str, Any]] = [
    {"_id": "ann", "events": [{"item": "a", "at": START}, {"item": "b", "at": START + timedelta(hours=1)}]},
    {"_id": "bob", "country": "NL", "events": [{"item": "a", "at": START + timedelta(hours=2)}]},
    {"_id": "cy", "events": []},
]
PRODUCTS: list[dict[str, Any]] = [{"_id": "milk", "price": 1.2, "tags": ["cold", "white"]}, {"_id": "Käse"}]
MOMENTS = [START + timedelta(days=1), datetime(2024, 5, 2, 10, tzinfo=UTC), "2024-05-02T10:00"]


@pytest.fixture(scope="module")
def server(mongodb: Server) -> Iterator[Server]:
    """The server, with a shop in it."""
    with MongoClient[dict[str, Any]](mongodb.address) as client:
        shop = client["shop"]
        shop["orders"].insert_many(ORDERS)
        shop["learners"].insert_many(LEARNERS)
        shop["products"].insert_many(
            [{"_id": "milk", "price": 1.2, "tags": ["cold", "white"]}, {"_id": "Käse"}]
        )
        yield mongodb


@pytest.fixture
def shop(server: Server) -> MongoRemote:
    return MongoRemote(Connection.of(server.address))


def rows_of(shop: MongoRemote, place: str) -> list[dict[str, Any]]:
    return shop.preview(place).astype(object).where(lambda cell: cell.notna(), None).to_dict("records")


def test_collections_and_the_lists_in_them_are_listed(shop: MongoRemote) -> None:
    shop.probe()
    places = shop.places()
    assert Place("orders", "collection", 3) in places
    assert Place("learners.events[]", "collection") in places
    assert shop.columns("orders") == [
        ("customer.id", "text"),
        ("customer.city", "text"),
        ("product", "text"),
        ("at", "date"),
        ("qty", "whole number"),
        ("customer.vip", "yes/no"),
    ]


def test_fields_of_fields_are_columns_and_ids_stay_as_they_are(shop: MongoRemote) -> None:
    source = RemoteSource(address=shop.connection.url(), table="orders", items="products")
    imported = source.load("shop")
    data = imported.dataset
    assert (len(data.interactions), imported.cleaning.rows_in) == (3, 3)
    assert list(data.users.ids) == ["007", "8"]
    assert list(data.items.ids) == ["Käse", "milk"]
    assert float(data.items.features["price"][1]) == 1.2
    assert data.about.source == f"{shop.label}, collection orders"


def test_a_list_of_events_gives_a_row_each_and_a_document_without_any_is_accounted_for(
    shop: MongoRemote,
) -> None:
    imported = import_remote(shop, "learners", name="courses")
    assert imported.cleaning.rows_in == 4
    assert imported.cleaning.removed == {"missing_ids": 1}
    assert list(imported.dataset.users.ids) == ["ann", "bob"]
    assert list(imported.dataset.items.ids) == ["a", "b"]
    assert imported.dataset.about.source.endswith("collection learners.events[]")
    assert rows_of(shop, "learners.events[]") == rows_of(shop, "learners")


def test_only_what_is_asked_for_is_fetched(shop: MongoRemote) -> None:
    file = shop.file("learners")
    (table,) = file.batches(["country"])
    assert table.column("country").to_pylist() == [None, None, "NL", None]
    (table,) = shop.file("orders").batches(["customer.id", "qty"])
    assert table.to_pydict() == {"customer.id": ["007", "8", "8"], "qty": [2, 1, None]}


@pytest.mark.parametrize(
    "moment", [START + timedelta(days=1), datetime(2024, 5, 2, 10, tzinfo=UTC), "2024-05-02T10:00"]
)
def test_rows_at_or_after_a_moment(shop: MongoRemote, moment: object) -> None:
    (table,) = shop.file("orders", since=("at", moment)).batches(["product"])
    assert table.column("product").to_pylist() == ["Käse", "milk"]


def test_elements_at_or_after_a_moment(shop: MongoRemote) -> None:
    since = ("events.at", START + timedelta(hours=1))
    (table,) = shop.file("learners", since=since).batches(["_id", "events.item"])
    assert table.to_pydict() == {"_id": ["ann", "bob"], "events.item": ["b", "a"]}
    with pytest.raises(DataError, match="no column 'at' to go on from"):
        shop.file("learners", since=("at", START))


def test_every_type_of_the_store_becomes_one_that_can_be_read(server: Server, shop: MongoRemote) -> None:
    one, big = ObjectId(), 2**62
    odd: list[dict[str, Any]] = [
        {"a": one, "b": Decimal128("1.50"), "c": Int64(big), "d": Binary(b"\x00\xff"), "e": 1, "f": True},
        {"a": None, "b": Decimal128("2"), "c": 1, "d": Binary(b"AB"), "e": "1x", "f": 3, "g": [1, "b", 2.0]},
        {"a": ObjectId(), "b": Decimal128("NaN"), "e": 2.0, "g": {"h": {"i": 1}}, "x.y": 1, "": 2},
        {"a": ObjectId(), "g": [{"h": {"i": 2}}, {"h": {"i": 3}}]},
    ]
    with MongoClient[dict[str, Any]](server.address) as client:
        client["shop"]["odd"].insert_many(odd)
    (table,) = shop.entities("odd").batches()
    found = table.to_pydict()
    assert found["a"][:2] == [str(one), None]
    assert found["b"][:2] == [1.5, 2]
    assert found["c"] == [big, 1, None, None]
    assert found["d"][:2] == ["00ff", "4142"]
    assert found["e"] == ["1", "1x", "2", None]
    assert found["f"] == ["True", "3", None, None]
    assert found["g"] == [None, "1|b|2", None, ""]
    assert found["g.h.i"] == [None, "", "1", "2|3"]


def test_a_year_that_does_not_exist_spoils_only_its_own_cell() -> None:
    assert column_of([START, DatetimeMS(2**50), None]).to_pylist()[::2] == ["2024-05-01 10:00:00", None]


def test_no_server_no_login_no_database_no_collection_each_in_words(
    server: Server, shop: MongoRemote
) -> None:
    quick = "?serverSelectionTimeoutMS=200"
    with pytest.raises(DataError, match="nobody answers at mongodb://127.0.0.1.*refused"):
        open_remote(server.at(free_port()) + quick).probe()
    with pytest.raises(DataError, match="refuses this user and password"):
        open_remote(server.at(server.port, password="wr0ng-one")).probe()
    with pytest.raises(DataError, match="names no database"):
        open_remote(f"mongodb://127.0.0.1:{server.port}").probe()
    with pytest.raises(DataError, match="shp: this user may not do that. Check the database's name"):
        open_remote(server.at(server.port, database="shp") + "?authSource=shop").probe()
    with pytest.raises(DataError, match="no collection 'order'. Did you mean 'orders'"):
        shop.file("order")
    with pytest.raises(DataError, match="no list 'event' in 'learners'. Did you mean 'events'"):
        shop.file("learners.event[]")
    with pytest.raises(DataError, match="no column 'produkt' to be the item"):
        import_remote(shop, "orders", name="x", mapping=Mapping(item="produkt"))
    with pytest.raises(DataError, match="takes no query"):
        shop.file(Query("{}"))


def test_a_connection_cut_in_the_middle_is_a_clean_failure(server: Server) -> None:
    with MongoClient[dict[str, Any]](server.address) as client:
        rows = ({"user": n % 500, "item": n % 71, "step": n, "pad": "." * 1000} for n in range(MANY))
        client["shop"]["many"].insert_many(rows)
    direct = "?directConnection=true&serverSelectionTimeoutMS=500"  # else the driver goes round the proxy
    cuts = {200: "nobody answers", 20_000: "broke off: 127.*closed.", 1_200_000: "broke off"}
    for num_bytes, said in cuts.items():
        with cut_after(server.port, num_bytes) as port, pytest.raises(DataError, match=said) as caught:
            import_remote(open_remote(server.at(port) + direct), "many", name="x")
        assert PASSWORD not in str(caught.value)


def test_rows_written_twice_are_there_once_and_old_ones_of_the_whole_go(shop: MongoRemote) -> None:
    whole = {"run": "r1"}
    for _ in range(2):
        assert shop.write("lists", LISTS, KEYS, "one", whole) == 3
    shop.write("lists", LISTS.assign(run="r0"), KEYS, "zero")
    assert len(shop.preview("lists")) == 6
    shop.write("lists", LISTS[:2].assign(item="z"), KEYS, "two", whole)
    shop.write("lists", LISTS[2:].assign(run="r0", item="y"), KEYS, "three")
    frame = shop.preview("lists")
    mine = frame[frame["run"] == "r1"]
    assert mine[["person", "place", "item", "batch"]].to_numpy().tolist() == [
        ["A", 1, "z", "two"],
        ["a", 1, "z", "two"],
    ]
    assert sorted(frame.loc[frame["run"] == "r0", "item"]) == ["x", "y", "ü"]
    assert shop.write("lists", LISTS[:0], KEYS, "none", whole) == 0
    assert set(shop.preview("lists")["run"]) == {"r0"}


@pytest.mark.parametrize("most", [100_000, 0], ids=["in a transaction", "without"])
def test_a_write_that_fails_leaves_what_was_there(
    server: Server, shop: MongoRemote, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("recengine.data.mongo.MOST_AT_ONCE", most)
    name = f"whole{most}"
    shop.write(name, LISTS, KEYS, "one", {"run": "r1"})
    before = rows_of(shop, name)
    with MongoClient[dict[str, Any]](server.address) as client:
        client["shop"][name].create_index("item", unique=True)
    with pytest.raises(DataError, match="duplicate key"):
        shop.write(name, LISTS.assign(item=["p", "q", "q"]), KEYS, "two", {"run": "r1"})
    assert rows_of(shop, name) == before
    with pytest.raises(DataError, match="same run, person"):
        shop.write(name, LISTS.assign(person="A"), ["run", "person"], "two")

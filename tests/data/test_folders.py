from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from recengine.core.errors import DataError
from recengine.data.build import import_remote
from recengine.data.remote import Place, Query, Remote, open_remote

MAY, JUNE = datetime(2024, 5, 1, 10), datetime(2024, 6, 1, 10)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Events of two months whose files have not quite the same columns, a table of items, and marks."""
    events = tmp_path / "events"
    for month in ("05", "06"):
        (events / f"month={month}" / "shop=a%20b").mkdir(parents=True)
    old = {"user_id": ["007", "8"], "product": [{"id": 1, "size": "s"}] * 2, "at": [MAY, MAY]}
    new = {
        "user_id": [8],
        "product": [{"id": 2, "size": "l"}],
        "at": [JUNE],
        "tags": [["x", "y"]],
        "qty": [3],
    }
    pa.parquet.write_table(pa.table(old), events / "month=05" / "shop=a%20b" / "part-0.parquet")
    pa.parquet.write_table(
        pa.table({**new, "qty": [3]}), events / "month=06" / "shop=a%20b" / "part-0.parquet"
    )
    pa.parquet.write_table(pa.table({"id": [1, 2], "price": [1.5, 2.5]}), tmp_path / "items.parquet")
    (events / "_SUCCESS").write_text("")
    (tmp_path / "readme.csv").write_text("user_id,product,at\n007,1,2024-05-01\n8,2,2024-05-02\n")
    return tmp_path


@pytest.fixture
def here(lake: Path) -> Remote:
    return open_remote(f"folder:///{lake}")


def test_tables_are_folders_of_parts_and_single_files(here: Remote) -> None:
    here.probe()
    assert here.places() == [
        Place("events", "folder"),
        Place("items.parquet", "table"),
        Place("readme.csv", "table"),
    ]
    assert here.columns("events") == [
        ("user_id", "string"),
        ("product.id", "int64"),
        ("product.size", "string"),
        ("at", "timestamp[us]"),
        ("tags", "list<element: string>"),
        ("qty", "int64"),
        ("month", "string"),
        ("shop", "string"),
    ]


def test_a_folder_is_read_as_one_table_whatever_each_file_holds(here: Remote) -> None:
    frame = here.preview("events")
    assert frame["user_id"].tolist()[:2] == ["007", "8"]
    assert frame["product.id"].tolist() == [1, 1, 2]
    assert frame["month"].tolist() == ["05", "05", "06"]
    assert set(frame["shop"]) == {"a b"}
    assert frame["tags"].tolist()[-1] == "x|y"
    assert frame["qty"].isna().tolist() == [True, True, False]


def test_it_becomes_a_dataset_where_one_id_in_two_types_is_one_id(here: Remote) -> None:
    imported = import_remote(here, "events", name="lake", items="items.parquet")
    assert imported.cleaning.rows_in == 3
    assert list(imported.dataset.users.ids) == ["007", "8"]
    assert list(imported.dataset.items.ids) == ["1", "2"]


@pytest.mark.parametrize("moment", [JUNE, JUNE.replace(tzinfo=UTC), "2024-06-01 10:00:00"])
def test_rows_at_or_after_a_moment(here: Remote, moment: object) -> None:
    (table,) = [
        one for one in here.file("events", since=("at", moment)).batches(["month", "qty"]) if len(one)
    ]
    assert table.to_pydict() == {"month": ["06"], "qty": [3]}
    with pytest.raises(DataError, match="no column 'when' to go on from"):
        here.file("events", since=("when", moment))


def test_a_column_that_only_folders_are_named_by_can_be_read_alone(here: Remote) -> None:
    tables = list(here.file("events").batches(["month"]))
    assert [cell for table in tables for cell in table.column("month").to_pylist()] == ["05", "05", "06"]


def test_a_text_file_is_read_as_files_are(here: Remote) -> None:
    assert here.columns("readme.csv") == [("user_id", "text"), ("product", "text"), ("at", "text")]
    assert len(import_remote(here, "readme.csv", name="text").dataset.interactions) == 2


def test_what_is_not_there_or_cannot_be_read_is_said_in_words(here: Remote, lake: Path) -> None:
    with pytest.raises(DataError, match="nothing to read at folder:///.*nowhere"):
        open_remote(f"folder:///{lake}/nowhere").probe()
    with pytest.raises(DataError, match="no 'event' in folder:.*Did you mean 'events'"):
        here.file("event")
    with pytest.raises(DataError, match="takes no query"):
        here.file(Query("SELECT 1"))
    with pytest.raises(DataError, match="not written into a folder"):
        here.write("x", pd.DataFrame(), [], "b")
    part = lake / "events" / "month=06" / "shop=a%20b" / "part-0.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(DataError, match="part-0.parquet is no whole Parquet file"):
        import_remote(here, "events", name="cut")


def test_an_object_store_is_read_through_its_file_system(lake: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(lake / "events"), "/bucket/events", recursive=True)
    there = open_remote("memory://bucket/events?skip_instance_cache=true")
    assert there.places() == [Place(".", "folder")]
    assert there.label == "memory://bucket/events"
    assert there.preview(".")["month"].tolist() == ["05", "05", "06"]
    with pytest.raises(DataError, match=r"s3:// needs a library that is not installed.*recengine\[cloud\]"):
        open_remote("s3://bucket/events").probe()


@pytest.fixture
def web(lake: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(lake))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_of_a_web_server_is_fetched_and_its_token_stays_secret(web: str) -> None:
    there = open_remote(f"{web}/readme.csv?token=s3cr3t-token")
    imported = import_remote(there, ".", name="web")
    assert len(imported.dataset.interactions) == 2
    assert "s3cr3t" not in imported.dataset.about.source
    assert open_remote(f"{web}/items.parquet").preview(".")["price"].tolist() == [1.5, 2.5]
    with pytest.raises(DataError, match="nothing to read at http://") as caught:
        open_remote(f"{web}/gone.csv?token=s3cr3t-token").probe()
    assert "s3cr3t" not in str(caught.value)

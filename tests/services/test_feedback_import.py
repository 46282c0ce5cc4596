from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from recengine.core.errors import DataError
from recengine.services.export import write_table
from recengine.services.feedback import events
from recengine.services.feedback_import import import_file, import_remote
from recengine.services.runs import TrainSpec, create_run
from recengine.services.shown import ShownList, show, show_all
from recengine.services.store import Store
from recengine.services.workspace import Workspace

START = 1_750_000_000.0


@pytest.fixture
def filled(ws: Workspace) -> Workspace:
    """A workspace in which popularity-1 is a run."""
    with Store(ws).writing() as db:
        create_run(db, TrainSpec(dataset="shop", model="popularity"), "", "done")
    return ws


@pytest.fixture
def listed(filled: Workspace) -> ShownList:
    """What u1 was shown."""
    return show(filled, "popularity-1", "u1", ["10", "20", "30"], at=START)


def rows(listed: ShownList) -> pd.DataFrame:
    """Five events, of which the fourth is on an item that was not shown."""
    return pd.DataFrame(
        {
            "event_id": [f"e{n}" for n in range(5)],
            "list_id": listed.list_id,
            "item": [10, 20, 30, 40, 10],
            "kind": ["like", "Click", "rating", "like", "purchase"],
            "value": [None, None, 4.0, None, 9.5],
            "at": [datetime.fromtimestamp(START + n, UTC).isoformat() for n in range(5)],
        }
    )


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_file_is_kept_once_and_what_cannot_be_is_told_with_its_row(
    filled: Workspace, listed: ShownList, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"events.{ending}"
    if ending == "jsonl":
        rows(listed).to_json(path, orient="records", lines=True)
    else:
        write_table(rows(listed), path)
    brought = import_file(filled, path)
    assert (brought.rows, brought.accepted, brought.duplicates, brought.refused) == (5, 4, 0, 1)
    (example,) = brought.examples
    assert example.startswith("row 4: item '40' was not in list")
    assert brought.sentence == "4 events of 5 rows are new, 0 were here before, 1 refused"
    assert import_file(filled, path).duplicates == 4
    kept = events(filled)
    assert list(kept["kind"]) == ["like", "click", "rating", "purchase"]
    assert list(kept["position"]) == [1, 2, 3, 1]
    assert set(kept["source"]) == {"file"}


def test_rows_without_ids_are_told_apart_by_what_they_say(
    filled: Workspace, listed: ShownList, tmp_path: Path
) -> None:
    frame = rows(listed).drop(columns="event_id")
    write_table(pd.concat([frame, frame.iloc[:1]]), tmp_path / "events.csv")
    brought = import_file(filled, tmp_path / "events.csv")
    assert (brought.accepted, brought.duplicates) == (4, 1)


def test_columns_may_be_called_otherwise_but_have_to_be_there(
    filled: Workspace, listed: ShownList, tmp_path: Path
) -> None:
    path = tmp_path / "events.csv"
    write_table(rows(listed).rename(columns={"kind": "action", "at": "when"}), path)
    with pytest.raises(DataError, match=r"no column 'kind' to be the kind.*--column kind=COLUMN"):
        import_file(filled, path)
    with pytest.raises(DataError, match=r"no column 'whn' .*Did you mean 'when'"):
        import_file(filled, path, columns={"kind": "action", "at": "whn"})
    with pytest.raises(DataError, match="no field 'time'"):
        import_file(filled, path, columns={"time": "when"})
    assert import_file(filled, path, columns={"kind": "action", "at": "when"}).accepted == 4
    write_table(rows(listed)[["list_id", "item", "kind"]], path)
    with pytest.raises(DataError, match=r"neither an event_id nor a time"):
        import_file(filled, path)
    write_table(rows(listed).assign(at="03/04/2025"), path)
    with pytest.raises(DataError, match=r"no moments that can be read for sure.*03/04/2025"):
        import_file(filled, path)


def test_a_cell_that_cannot_be_read_costs_its_row_alone(
    filled: Workspace, listed: ShownList, tmp_path: Path
) -> None:
    path = tmp_path / "events.csv"
    frame = rows(listed).astype({"value": object})
    frame.loc[0, "list_id"] = None
    frame.loc[2, "value"] = "four"
    frame.loc[4, "at"] = "soon"
    write_table(frame, path)
    brought = import_file(filled, path)
    assert brought.accepted == 1
    assert [example.partition(": ")[0] for example in brought.examples] == [
        "row 1",
        "row 3",
        "row 4",
        "row 5",
    ]
    assert "its time cannot be read" in brought.examples[-1]


def test_a_table_is_asked_for_what_is_new_and_again_for_what_may_be_right_by_now(
    filled: Workspace, listed: ShownList, tmp_path: Path
) -> None:
    """The second of three rows is about a list that is made known only after the first import."""
    later = ShownList("shop", "popularity-1", "", 0, "u2", ("10",), (1.0,), 0, START)
    frame = rows(listed).iloc[:3].copy()
    frame.loc[1, ["list_id", "item"]] = [later.list_id, 10]
    address = f"sqlite:///{tmp_path / 'shop.db'}"
    with sqlite3.connect(tmp_path / "shop.db") as db:
        frame.to_sql("feedback", db, index=False)
    first = import_remote(filled, address, table="feedback", since_last=True)
    assert (first.rows, first.accepted, first.refused, first.since) == (3, 2, 1, "")
    show_all(filled, [later])
    with sqlite3.connect(tmp_path / "shop.db") as db:
        rows(listed).iloc[4:].to_sql("feedback", db, index=False, if_exists="append")
    second = import_remote(filled, address, table="feedback", since_last=True)
    assert second.since == frame["at"].iloc[1]
    assert (second.rows, second.accepted, second.duplicates, second.refused) == (3, 2, 1, 0)
    third = import_remote(filled, address, table="feedback", since_last=True)
    assert (third.rows, third.accepted, third.since) == (1, 0, rows(listed)["at"].iloc[4])
    assert len(events(filled)) == 4
    assert set(events(filled)["source"]) == {"database"}


def test_typed_moments_of_a_server_go_on_where_they_stood(
    filled: Workspace, listed: ShownList, tmp_path: Path
) -> None:
    import duckdb

    frame = rows(listed).assign(at=pd.to_datetime(rows(listed)["at"]).dt.tz_localize(None))
    with duckdb.connect(tmp_path / "shop.duckdb") as db:
        db.register("frame", frame)
        db.execute("CREATE TABLE feedback AS SELECT * FROM frame")
    address = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    assert import_remote(filled, address, table="feedback", columns={"at": "AT"}).accepted == 4
    again = import_remote(filled, address, table="feedback", since_last=True)
    assert (again.rows, again.duplicates) == (1, 1)
    assert again.since.startswith("2025-06-15 15:06:44")

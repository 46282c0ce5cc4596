"""Importing from stores: rows per second and memory, from real servers on this machine and from Parquet.

    recengine bench stores

An import runs in a process of its own, into a workspace of its own, through the same call as the page and the
command line: read, cleaned, checked, fingerprinted, rows kept. Memory is the most that process held, for
servers less what it held before the first row.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from recengine.data.remote import open_remote
from recengine.data.secrets import Connection
from recengine.data.synthetic import big_log
from recengine.services.bench import Row
from tests.servers import Server, mariadb, mongodb, postgresql

SERVER_ROWS, DOCUMENTS, FOLDER_ROWS = 1_000_000, 50_000, 20_000_000
PART_BYTES = 2**25  # of CSV that become one Parquet file
LEAST_ROWS_S, MOST_SERVER_BYTES, MOST_FOLDER_BYTES = 400_000, 300e6, 2e9
TABLE = "CREATE TABLE log (user_id BIGINT, item_id BIGINT, timestamp BIGINT, quantity BIGINT)"

IMPORT = """
import json, resource, sys, time
from pathlib import Path
import recengine.data.build, recengine.data.store
from recengine.data.mapping import Mapping
from recengine.services.remote_import import import_remote
from recengine.services.workspace import Workspace

def peak(who):
    return resource.getrusage(who).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

address, home = sys.argv[1:3]
mapping = Mapping(user="user_id", item="item_id", time="timestamp", weight="quantity")
base, seconds = peak(resource.RUSAGE_SELF), []
for number in range(int(sys.argv[3])):
    started, ws = time.perf_counter(), Workspace(Path(home) / str(number))
    rows = import_remote(ws, "log", address, table="log", mapping=mapping).cleaning.rows_in
    seconds.append(time.perf_counter() - started)
whole = peak(resource.RUSAGE_SELF)
print(json.dumps({"rows": rows, "seconds": min(seconds), "bytes": whole - base, "all_bytes": whole}))
"""


class Measured(TypedDict):
    """One import: `bytes` above the base, `all_bytes` with it."""

    rows: int
    seconds: float
    bytes: float
    all_bytes: float


def run() -> list[Row]:
    """Rows for docs/benchmarks.md."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        log = big_log(folder / "log.csv", SERVER_ROWS)
        rows = [*from_servers(log), *from_documents(log), *from_folder(folder)]
    load = f"with the machine's load at {os.getloadavg()[0]:.0f}"  # other work slows rates, and no memory
    return [replace(row, note=load) if row.unit == "rows/s" else row for row in rows]


def from_servers(log: Path) -> Iterator[Row]:
    """A million rows from MariaDB, and from PostgreSQL."""
    with mariadb() as server:
        fill_mariadb(server, log)
        yield from told("MariaDB", imported(server.address))
    with postgresql() as server:
        fill_postgresql(server, log)
        yield from told("PostgreSQL", imported(server.address))


def from_documents(log: Path) -> Iterator[Row]:
    """Documents, against the driver alone reading the same ones."""
    with mongodb() as server:
        fill_mongodb(server, log)
        driver_s, columns_s = by_turns(lambda: by_driver(server), lambda: into_columns(server))
        found = imported(server.address)
    what = f"{found['rows']:,} from a MongoDB-wire-compatible server"
    alone = f"PyMongo alone, fetching the same: {DOCUMENTS / driver_s:,.0f} rows/s"
    yield Row(f"rows read into columns, {what}", DOCUMENTS / columns_s, "rows/s", alone, driver_s / columns_s)
    seconds = found["seconds"]
    yield Row(f"rows imported, {what}", found["rows"] / seconds, "rows/s", alone, driver_s / seconds)


def from_folder(folder: Path) -> Iterator[Row]:
    """Twenty million rows of Parquet in a folder of files."""
    place = folder / "parts" / "log"
    place.mkdir(parents=True)
    for number, table in enumerate(tables_of(big_log(folder / "many.csv", FOLDER_ROWS), PART_BYTES)):
        pa.parquet.write_table(table, place / f"{number:03}.parquet")
    (folder / "many.csv").unlink()
    found = imported(f"folder://{folder / 'parts'}", times=1)
    what = f"{found['rows']:,} rows of Parquet"
    yield Row(f"rows imported, {what}", found["rows"] / found["seconds"], "rows/s")
    yield Row(f"most memory, {what}", found["all_bytes"] / 1e9, "GB", aim=MOST_FOLDER_BYTES / 1e9)


def told(store: str, found: Measured) -> Iterator[Row]:
    """The two figures of a server."""
    what = f"{found['rows']:,} from {store}"
    yield Row(f"rows imported, {what}", found["rows"] / found["seconds"], "rows/s", aim=LEAST_ROWS_S)
    yield Row(f"memory above the base, {what}", found["bytes"] / 1e6, "MB", aim=MOST_SERVER_BYTES / 1e6)


def imported(address: str, times: int = 3) -> Measured:
    """Imports in a process of their own; the quickest counts, as others use this machine too."""
    with TemporaryDirectory() as home:
        command = [sys.executable, "-c", IMPORT, address, home, str(times)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: Measured = json.loads(done.stdout)
    return found


def fill_mariadb(server: Server, log: Path) -> None:
    """The log as a table."""
    import pymysql

    to = Connection.of(server.address)
    login = {"host": to.host, "port": to.port, "user": to.user, "password": to.password.encode()}
    with pymysql.connect(**login, database=to.database, local_infile=True) as db, db.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(
            f"LOAD DATA LOCAL INFILE '{log}' INTO TABLE log FIELDS TERMINATED BY ',' IGNORE 1 LINES"
        )
        db.commit()


def fill_postgresql(server: Server, log: Path) -> None:
    """The log as a table."""
    import psycopg

    with psycopg.connect(server.address) as db, db.cursor() as cursor:
        cursor.execute(TABLE)
        with cursor.copy("COPY log FROM STDIN CSV HEADER") as copy:
            copy.write(log.read_bytes())


def fill_mongodb(server: Server, log: Path) -> None:
    """The start of the log as a collection."""
    from pymongo import MongoClient

    rows = next(tables_of(log, PART_BYTES)).slice(0, DOCUMENTS)
    with MongoClient[dict[str, object]](server.address) as client:
        place = client["shop"]["log"]
        for start in range(0, DOCUMENTS, 10_000):
            place.insert_many(rows.slice(start, 10_000).to_pylist())


def by_driver(server: Server) -> float:
    """Seconds that the driver takes to fetch all documents."""
    from pymongo import MongoClient

    with MongoClient[dict[str, object]](server.address) as client:
        started = time.perf_counter()
        sum(1 for _ in client["shop"]["log"].find({}, {"_id": False}))
        return time.perf_counter() - started


def into_columns(server: Server) -> float:
    """Seconds until the importer has them in columns."""
    file = open_remote(server.address).file("log")
    started = time.perf_counter()
    sum(len(table) for table in file.batches())
    return time.perf_counter() - started


def by_turns(one: Callable[[], float], other: Callable[[], float], times: int = 5) -> tuple[float, float]:
    """The quickest of either, taken by turns, as others use this machine too."""
    taken = [(one(), other()) for _ in range(times)]
    return min(first for first, _ in taken), min(second for _, second in taken)


def tables_of(path: Path, num_bytes: int) -> Iterator[pa.Table]:
    """A CSV in pieces."""
    with pa.csv.open_csv(path, pa.csv.ReadOptions(block_size=num_bytes)) as batches:
        for batch in batches:
            yield pa.Table.from_batches([batch])

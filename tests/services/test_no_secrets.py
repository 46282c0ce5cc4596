"""No password is written or said anywhere: looked for in all files, unpacked, and in all output."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pandas as pd
import pyarrow.parquet as pq
import pytest

from recengine import cli
from recengine.data.remote import open_remote
from tests.servers import PASSWORD, Server, cut_after, free_port

TOKEN, WRONG = "t0ken-of-ann", "hunter22"
FORMS = (PASSWORD, quote(PASSWORD, safe=""), json.dumps(PASSWORD)[1:-1], TOKEN, WRONG)
SECRETS = [form.encode() for form in FORMS]
SOURCE = ["import", "--name", "shop", "--source"]
ORDERS = pd.DataFrame({"number": range(2_000)}).assign(
    customer_id=lambda frame: frame["number"] % 40,
    shop="one",
    product_id=lambda frame: frame["number"] % 7,
    bought_at=lambda frame: pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["number"], unit="h"),
)
OPTIONS = {"mariadb": "", "postgresql": f"?application_name={TOKEN}", "mongodb": f"?appName={TOKEN}"}
DIRECT = {
    "mongodb": "?directConnection=true"
}  # its driver would go past a proxy to where the server says it is
Commands = dict[tuple[str, ...], int]  # with their exit codes


@pytest.fixture(autouse=True)
def _at_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", OPTIONS)
def test_no_server_s_password_is_written_or_said_whatever_happens(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    server: Server = request.getfixturevalue(kind)
    open_remote(server.address).write("secret_orders", ORDERS, ["number"], "first", {"shop": "one"})
    address, orders = server.address + OPTIONS[kind], ("--table", "secret_orders")
    with cut_after(server.port, 30_000) as cut:
        commands: Commands = {
            (*SOURCE, address, *orders): 0,
            (*SOURCE, server.at(server.port, password=WRONG), *orders): 2,
            (*SOURCE, server.at(server.port, database="nope"), *orders): 2,
            (*SOURCE, server.at(cut) + DIRECT.get(kind, ""), *orders): 2,
            (*SOURCE, address, "--table", "nothing"): 2,
            (*SOURCE, address.replace("://", ":/"), *orders): 2,
            ("import", "--name", "shop", "--since-last"): 2,
            ("import", "--name", "shop", "--since-last", "--source", address): 0,
        }
        run(commands, capfd, tmp_path)


def test_no_password_is_written_or_said_by_queries_runs_and_lists_written_back(
    mariadb: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    open_remote(mariadb.address).write("secret_orders", ORDERS, ["number"], "first", {"shop": "one"})
    monkeypatch.setenv("RECENGINE_URL_SHOP", mariadb.address)
    lists = ("recommend", "popularity-1", "--all", "--table", "secret_lists", "--to")
    commands: Commands = {
        (*SOURCE, "shop", "--query", "SELECT * FROM secret_orders"): 0,
        (*SOURCE, mariadb.at(free_port()), "--table", "secret_orders"): 2,
        (*SOURCE, mariadb.address, "--query", "SELECT 'secret_orders' AS a FROM nothing"): 2,
        (*SOURCE, mariadb.address.replace("mysql://", "mysq://"), "--table", "secret_orders"): 2,
        ("train", "--model", "popularity", "--data", "shop"): 0,
        (*lists, mariadb.address): 0,
        (*lists, mariadb.at(mariadb.port, password=WRONG)): 2,
        ("datasets", "shop", "--json"): 0,
        ("runs", "--json"): 0,
    }
    run(commands, capfd, tmp_path)


@pytest.fixture
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server with a file of orders; it lets anybody in."""
    folder = tmp_path_factory.mktemp("web")
    ORDERS[:200].to_csv(folder / "orders.csv", index=False)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://ann:{quote(PASSWORD, safe='')}@127.0.0.1:{server.server_port}"
        server.shutdown()


def test_no_web_address_s_password_is_written_or_said(
    web: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commands: Commands = {
        (*SOURCE, f"{web}/orders.csv?token={TOKEN}", "--table", "."): 0,
        (*SOURCE, f"{web}/nothing.csv?token={TOKEN}", "--table", "."): 2,
        ("import", "--name", "shop", "--since-last"): 2,
        ("datasets", "shop", "--json"): 0,
    }
    run(commands, capfd, tmp_path)


def test_a_secret_is_found_in_packed_files_too(tmp_path: Path) -> None:
    pd.DataFrame({"a": ["x", PASSWORD] * 50}).to_parquet(tmp_path / "a.parquet", compression="zstd")
    (tmp_path / "b.gz").write_bytes(gzip.compress(PASSWORD.encode()))
    with zipfile.ZipFile(tmp_path / "c.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", PASSWORD)
    assert len(holding_secrets(list(tmp_path.iterdir()))) == 3


def run(commands: Commands, capfd: pytest.CaptureFixture[str], folder: Path) -> None:
    """Each command ends as it should, and all of them together tell nothing."""
    for command, code in commands.items():
        assert cli.run(command) == code, (command, capfd.readouterr())
    said = "".join(capfd.readouterr()).encode()
    assert [secret for secret in SECRETS if secret in said] == []
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in written)
    assert holding_secrets(written) == []


def holding_secrets(files: Sequence[Path]) -> list[Path]:
    return [path for path in files if any(secret in unpacked(path) for secret in SECRETS)]


def unpacked(path: Path) -> bytes:
    """The file's bytes, and what they unpack to."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        cells = {str(cell) for column in table.columns for cell in column.unique().to_pylist()}
        return content + "\n".join([*cells, str(table.schema)]).encode()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return content + b"\n".join(archive.read(name) for name in archive.namelist())
    return content + (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else b"")

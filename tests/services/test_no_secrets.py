"""No password is written or said anywhere: looked for in all bytes of all files, and in all output."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pymysql
import pytest

from recengine import cli
from tests.servers import PASSWORD, Server, cut_after, free_port

SECRETS = [form.encode() for form in (PASSWORD, quote(PASSWORD, safe=""), "hunter22", "t0ken-of-ann")]
TRAIN = ["train", "--model", "popularity", "--data", "shop"]


@pytest.fixture
def orders(mariadb: Server) -> Iterator[str]:
    """A table of events."""
    login = {"host": "127.0.0.1", "port": mariadb.port, "user": "ann", "password": PASSWORD.encode()}
    with (
        pymysql.connect(**login, database="shop", autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "CREATE TABLE secret_orders AS SELECT seq % 40 AS customer_id, seq % 7 AS product_id, "
            "DATE('2024-01-01') + INTERVAL seq HOUR AS bought_at FROM seq_1_to_2000"
        )
        yield "secret_orders"
        cursor.execute("DROP TABLE secret_orders")


def test_no_password_is_written_or_said_whatever_happens(
    mariadb: Server,
    orders: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    address = f"{mariadb.address}?comment=t0ken-of-ann"
    monkeypatch.setenv("RECENGINE_URL_SHOP", mariadb.address)
    source = ["import", "--name", "shop", "--source"]
    with cut_after(mariadb.port, 30_000) as cut:
        commands = {
            (*source, "shop", "--table", orders): 0,
            (*source, mariadb.address, "--query", f"SELECT * FROM {orders}"): 0,
            (*source, mariadb.at(mariadb.port, password="hunter22"), "--table", orders): 2,
            (*source, mariadb.at(mariadb.port, database="nope"), "--table", orders): 2,
            (*source, mariadb.at(free_port()), "--table", orders): 2,
            (*source, mariadb.at(cut), "--table", orders): 2,
            (*source, mariadb.address, "--table", "nothing"): 2,
            (*source, mariadb.address, "--query", f"SELECT '{orders}' AS a FROM nothing"): 2,
            (*source, mariadb.address.replace("mysql://", "mysq://"), "--table", orders): 2,
            (*source, address.replace("mysql://", "mysql:/"), "--table", orders): 2,
            (*TRAIN,): 0,
            ("recommend", "popularity-1", "--all", "--to", mariadb.address, "--table", "secret_lists"): 0,
            ("recommend", "popularity-1", "--all", "--to", mariadb.at(cut), "--table", orders): 2,
            ("datasets", "shop", "--json"): 0,
            ("import", "--name", "shop", "--since-last"): 2,
            ("import", "--name", "shop", "--since-last", "--source", mariadb.address): 0,
            ("runs", "--json"): 0,
        }
        for command, code in commands.items():
            assert cli.run(command) == code, (command, capfd.readouterr())
    said = "".join(capfd.readouterr()).encode()
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(written) > 10
    for secret in SECRETS:
        assert secret not in said
        assert [path for path, content in written.items() if secret in content] == []

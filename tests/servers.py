"""Real database servers for tests: on loopback ports of their own, in folders that are gone afterwards."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

PASSWORD = "p@ss/w:ört%"  # what an address cannot hold as it is
WAIT_S = 30


@dataclass(frozen=True)
class Server:
    """A database server with a database `shop` that `ann` may do anything in."""

    scheme: str
    port: int

    @property
    def address(self) -> str:
        return self.at(self.port)

    def at(self, port: int, *, user: str = "ann", password: str = PASSWORD, database: str = "shop") -> str:
        """The address on another port (a proxy's), or as somebody else."""
        return f"{self.scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


def program(name: str, package: str) -> str:
    """Where a server's program is; without it a test is skipped, or fails where CI is set."""
    folders = [*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True), "/usr/sbin"]
    folders.append(str(Path(sys.executable).parent))
    if found := shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")])):
        return found
    why = f"{name} is not installed; `make servers` installs {package} where it can"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB; it may run as root."""
    install, server = (
        program("mariadb-install-db", "mariadb-server-core"),
        program("mariadbd", "mariadb-server-core"),
    )
    with _folder() as folder:
        options = ["--no-defaults", f"--datadir={folder}/data"]
        _done(
            [
                install,
                *options,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *_as("--user=root"),
            ]
        )
        port = free_port()
        own = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket", *_as("--user=root")]
        fast = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--innodb-buffer-pool-size=32M"]
        with _running([server, *options, *own, *fast], folder):
            _when_ready(port)
            _fill_mariadb(f"{folder}/socket")
            yield Server("mysql", port)


def _fill_mariadb(path: str) -> None:
    import pymysql

    with pymysql.connect(unix_socket=path, user="root") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
        cursor.execute("DROP USER IF EXISTS ''@'localhost'")  # would be taken for anybody from this machine
        cursor.execute("CREATE USER ann IDENTIFIED BY %s", (PASSWORD,))
        cursor.execute("GRANT ALL ON shop.* TO ann")


@contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL; it refuses to run as root, so root starts it as somebody else."""
    install, server = program("initdb", "postgresql"), program("postgres", "postgresql")
    with _folder() as folder:
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        if user := _other_user():
            shutil.chown(folder, user)
            shutil.chown(secret, user)
        login = [
            "--username=ann",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
        ]
        _done([install, "-D", f"{folder}/data", *login, "--locale=C.UTF-8"], user=user)
        port = free_port()
        own = ["-D", f"{folder}/data", "-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F"]
        with _running([server, *own], folder, user=user):
            _when_ready(port)
            _fill_postgresql(port)
            yield Server("postgresql", port)


def _fill_postgresql(port: int) -> None:
    import psycopg

    login = {"host": "127.0.0.1", "port": port, "user": "ann", "password": PASSWORD, "dbname": "postgres"}
    with psycopg.connect(**login, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("CREATE DATABASE shop")


@contextmanager
def mongodb() -> Iterator[Server]:
    """A server that speaks MongoDB's protocol, once without logins to make the user, then with."""
    server = program("secantusd-py", "SecantusDB")
    with _folder() as folder:
        port = free_port()
        own = ["--host=127.0.0.1", f"--port={port}", f"--storage-path={folder}/data", "--log-level=ERROR"]
        with _running([server, *own], folder):
            _when_ready(port)
            _fill_mongodb(port)
        with _running([server, *own, "--auth"], folder):
            _when_ready(port)
            yield Server("mongodb", port)


def _fill_mongodb(port: int) -> None:
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]]("127.0.0.1", port) as client:
        client["shop"].command("createUser", "ann", pwd=PASSWORD, roles=["readWrite", "dbAdmin"])


@contextmanager
def cut_after(port: int, num_bytes: int) -> Iterator[int]:
    """A proxy that breaks every connection once the server has sent so much; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_accept, args=(listener, port, num_bytes))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_S)


def _accept(listener: socket.socket, port: int, num_bytes: int) -> None:
    with suppress(OSError), ThreadPoolExecutor(32) as threads:
        while True:
            client, _ = listener.accept()
            threads.submit(_between, client, socket.create_connection(("127.0.0.1", port)), num_bytes)


def _between(client: socket.socket, server: socket.socket, num_bytes: int) -> None:
    """Bytes both ways until either side has had enough, or the server has sent its share."""
    with client, server:
        while True:
            for side in select.select([client, server], [], [])[0]:
                block = side.recv(min(65_536, num_bytes) if side is server else 65_536)
                if not block:
                    return
                (client if side is server else server).sendall(block)
                num_bytes -= len(block) if side is server else 0
                if num_bytes <= 0:
                    return


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="recengine-server-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], folder: Path, user: str | None = None) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd="/")
    try:
        yield
    except BaseException as error:
        error.add_note((folder / "log").read_text(errors="replace")[-2_000:])
        raise
    finally:
        process.terminate()
        process.wait(WAIT_S)


def _when_ready(port: int) -> None:
    """Wait until somebody listens there."""
    ends = time.monotonic() + WAIT_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


def _done(command: list[str], user: str | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, user=user, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def _other_user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def _as(option: str) -> list[str]:
    return [option] if os.geteuid() == 0 else []

"""The endpoint: who may post, what is answered, and that nothing answered for is lost or doubled by kills."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recengine.core.errors import SettingsError
from recengine.services.endpoint import MOST_BYTES, MOST_EVENTS, Endpoint
from recengine.services.feedback import events
from recengine.services.runs import TrainSpec, create_run
from recengine.services.shown import ShownList, show
from recengine.services.store import Store
from recengine.services.workspace import Workspace

TOKEN = "a-token-for-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def listed(ws: Workspace) -> ShownList:
    """What u1 was shown by popularity-1."""
    with Store(ws).writing() as db:
        create_run(db, TrainSpec(dataset="shop", model="popularity"), "", "done")
    return show(ws, "popularity-1", "u1", [f"i{n}" for n in range(5)])


@pytest.fixture
def port(ws: Workspace, listed: ShownList) -> Iterator[int]:
    """Where an endpoint of this process listens."""
    with Endpoint(ws, TOKEN) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def post(
    port: int, body: bytes | str, path: str = "/feedback", headers: dict[str, str] = BEARER
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def batch(listed: ShownList, ids: list[str], **other: object) -> str:
    one = {"list_id": listed.list_id, "item": "i2", "kind": "click", **other}
    return json.dumps({"events": [{"event_id": event_id, **one} for event_id in ids]})


def test_each_event_of_a_batch_is_answered_for(ws: Workspace, listed: ShownList, port: int) -> None:
    sent = json.loads(batch(listed, ["a", "b", "a"]))
    sent["events"][1]["item"] = "i9"
    sent["events"].insert(1, {"event_id": "z", "kind": 5})
    sent["events"].insert(0, "no event")
    status, answer = post(port, json.dumps(sent))
    assert status == 200
    assert {name: answer[name] for name in ("accepted", "duplicates", "refused")} == {
        "accepted": 1,
        "duplicates": 1,
        "refused": 3,
    }
    told = [(one["event_id"], one["outcome"]) for one in answer["events"]]
    assert told == [
        ("", "refused"),
        ("a", "accepted"),
        ("z", "refused"),
        ("b", "refused"),
        ("a", "duplicate"),
    ]
    assert "an event is an object" in answer["events"][0]["why"]
    assert "needs the text 'list_id'" in answer["events"][2]["why"]
    assert "'i9' was not in list" in answer["events"][3]["why"]
    assert list(events(ws)["source"]) == ["endpoint"]


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"headers": {}}, 401, "Authorization"),
        ({"headers": {"Authorization": "Bearer wrong"}}, 401, "right token"),
        ({"path": "/else"}, 404, "Events go to /feedback"),
        ({"body": "{"}, 400, "no JSON"),
        ({"body": b"\xff"}, 400, "no JSON"),
        ({"body": "[" * 100_000}, 400, "no JSON"),
        ({"body": "[]"}, 400, 'a batch is {"events": [...]}'),
        ({"body": json.dumps({"events": [0] * (MOST_EVENTS + 1)})}, 413, "at most 1,000 events"),
        ({"headers": {**BEARER, "Content-Length": str(MOST_BYTES + 1)}}, 413, "at most 1,048,576 bytes"),
        ({"headers": {**BEARER, "Content-Length": "-1"}}, 411, "how long"),
    ],
)
def test_what_is_no_batch_is_refused_in_words(
    ws: Workspace, port: int, sent: dict[str, Any], status: int, words: str
) -> None:
    found, answer = post(port, **{"body": "{}", **sent})
    assert found == status
    assert words in answer["error"]
    assert events(ws).empty


def test_one_connection_carries_many_batches_and_a_database_in_trouble_is_told(
    ws: Workspace, listed: ShownList, port: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for number in range(3):
        connection.request("POST", "/feedback", batch(listed, [f"e{number}"]), BEARER)
        assert json.loads(connection.getresponse().read())["accepted"] == 1
    with Store(ws).writing() as db:
        db.execute("PRAGMA user_version = 99")
    connection.request("POST", "/feedback", batch(listed, ["later"]), BEARER)
    answer = connection.getresponse()
    assert answer.status == 503
    assert "nothing was kept" in json.loads(answer.read())["error"]
    connection.close()


def test_it_is_there_for_this_machine_and_whoever_has_the_token(ws: Workspace, port: int) -> None:
    with Endpoint(ws, TOKEN) as server:
        assert server.server_address[0] == "127.0.0.1"
        with pytest.raises(SettingsError, match="cannot be listened at"):
            Endpoint(ws, TOKEN, server.server_port)
    with pytest.raises(SettingsError, match="at least 16"):
        Endpoint(ws, "short")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/feedback", headers=BEARER)
    assert json.loads(connection.getresponse().read())["listening"] is True
    connection.close()


class Sender(threading.Thread):
    """Sends batches one after the other, each until it is answered; knows what it was told."""

    def __init__(self, port: int, listed: ShownList, name: str) -> None:
        super().__init__(daemon=True)
        self.port, self.listed, self.told = port, listed, list[tuple[str, str]]()
        self.batches = [[f"{name}-{number}-{place}" for place in range(20)] for number in range(40)]

    def run(self) -> None:
        """Until all batches are answered."""
        for ids in self.batches:
            while not self._sent(ids):
                time.sleep(0.02)

    def _sent(self, ids: list[str]) -> bool:
        with suppress(OSError, http.client.HTTPException, ValueError):
            status, answer = post(self.port, batch(self.listed, ids))
            assert status == 200, answer
            self.told += [(one["event_id"], one["outcome"]) for one in answer["events"]]
            return True
        return False


def started(ws: Workspace, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "recengine.cli", "feedback", *arguments]
    environment = {**os.environ, "RECENGINE_HOME": str(ws.root), "RECENGINE_TOKEN": TOKEN}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kept(ws: Workspace) -> int:
    with Store(ws).reading() as db:
        return int(db.execute("SELECT count(*) FROM feedback").fetchone()[0])


def test_a_storm_with_kills_in_between_loses_and_doubles_nothing(
    ws: Workspace, listed: ShownList, tmp_path: Path
) -> None:
    """Two senders, an endpoint that is killed twice, and an import of one sender's events, killed once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    senders = [Sender(port, listed, name) for name in ("a", "b")]
    file = tmp_path / "events.csv"
    ids = [event_id for one in senders[0].batches for event_id in one]
    pd.DataFrame({"event_id": ids, "list_id": listed.list_id, "item": "i2", "kind": "click"}).to_csv(file)
    server, importing = started(ws, "serve", "--port", str(port)), started(ws, "import", str(file))
    for sender in senders:
        sender.start()
    chance = random.Random(0)
    for kill in range(1, 3):
        until(lambda wanted=250 * kill: kept(ws) >= wanted)
        time.sleep(chance.random() / 20)
        for killed in (server, importing):
            killed.kill()
            killed.wait()
        server = started(ws, "serve", "--port", str(port))
    assert started(ws, "import", str(file)).wait(60) == 0
    for sender in senders:
        sender.join(60)
        assert not sender.is_alive()
    server.kill()
    server.wait()
    told = [one for sender in senders for one in sender.told]
    assert "refused" not in {outcome for _, outcome in told}
    wanted = sorted(event_id for sender in senders for one in sender.batches for event_id in one)
    assert sorted(event_id for event_id, _ in told) == wanted
    assert sorted(events(ws)["event_id"]) == wanted


def until(true: Any) -> None:
    """Wait for something another process does; fails after a minute."""
    give_up_at = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up_at, "it did not happen within a minute"
        time.sleep(0.01)

"""`recengine feedback` from the list that is shown to the events in another database, and back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recengine import cli
from recengine.services.feedback import events
from recengine.services.shown import places
from recengine.services.strategies import save
from recengine.services.workspace import Workspace
from recengine.strategy import Explore, Strategy
from tests.services.conftest import Shop


@pytest.fixture
def mine(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The shop, to be written into."""
    ws = Workspace(tmp_path / "mine")
    shutil.copytree(shop.ws.root, ws.root)
    monkeypatch.setenv("RECENGINE_HOME", str(ws.root))
    return ws


class Told:
    """Runs a command; what it printed as JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Any:
        assert cli.run(["feedback", *arguments, "--json"]) == 0, self._capsys.readouterr().err
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


def test_from_a_list_to_its_events_in_a_database_and_back(
    mine: Workspace, shop: Shop, told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told("show", shop.runs["ease"].id, "--person", "u3", "-k", "4")
    assert shown["propensities"] == [1.0] * 4
    on = ["--list", shown["list_id"], "--item", shown["items"][1]]
    assert told("add", *on, "--kind", "like", "--event-id", "e1")["outcome"] == "accepted"
    assert told("add", *on, "--kind", "like", "--event-id", "e1")["outcome"] == "duplicate"
    assert told("add", *on, "--kind", "rating", "--value", "4")["outcome"] == "accepted"
    (last,) = told("list", "--last", "1")
    assert (last["kind"], last["value"], last["position"], last["source"]) == ("rating", 4.0, 2, "cli")
    assert told("export", "--out", str(tmp_path / "e.parquet"), "--kind", "like")["events"] == 1
    address = f"sqlite:///{tmp_path / 'feedback.db'}"
    for _ in range(2):
        assert told("export", "--to", address, "--table", "events")["rows"] == 2
    for source in ([str(tmp_path / "e.parquet")], ["--source", address, "--table", "events"]):
        back = told("import", *source)
        assert back["duplicates"] == back["rows"] > 0, back["examples"]
    assert len(events(mine)) == 2
    assert cli.run(["feedback", "list"]) == 0
    assert "rating  4" in capsys.readouterr().out


def test_a_strategy_is_shown_with_its_version_and_its_chances(
    mine: Workspace, shop: Shop, told: Told
) -> None:
    save(mine, Strategy(name="curious", explore=Explore(method="epsilon", amount=1.0)), "ann")
    shown = told("show", shop.runs["ease"].id, "--person", "u3", "--strategy", "curious@1", "--seed", "2")
    assert (shown["strategy"], shown["strategy_version"], shown["seed"]) == ("curious", 1, 2)
    assert (places(mine)["propensity"] < 1).any()
    assert (places(mine)["propensity"] > 0).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "--list", "x", "--item", "i", "--kind", "like"], "no list 'x' was shown"),
        (["add", "--list", "x", "--item", "i", "--kind", "lik"], "Did you mean 'like'?"),
        (["add", "--list", "x", "--item", "i", "--kind", "like", "--at", "soon"], "'at' is a moment"),
        (["import"], "a FILE, or a database with --source"),
        (["import", "none.csv", "--since-last"], "--since-last is for a database"),
        (["import", "none.csv"], "there is no file none.csv"),
        (["list", "--kind", "buy"], "There are: like, dislike"),
        (["export"], "--out FILE.parquet"),
        (["export", "--to", "sqlite:///x.db"], "--table NAME"),
    ],
)
def test_a_mistake_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert cli.run(["feedback", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_the_endpoint_says_where_it_listens_until_it_is_told_to_end(home: Path) -> None:
    command = [sys.executable, "-m", "recengine.cli", "feedback", "serve", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name != "RECENGINE_TOKEN"}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    token, address = server.stderr.readline(), server.stderr.readline()
    assert len(token.split()[1]) >= 24
    assert "http://127.0.0.1:" in address
    server.send_signal(signal.SIGINT)
    assert server.wait(60) == 130
    server.stderr.close()

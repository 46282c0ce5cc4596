"""`recengine simulate`, in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from recengine.cli import MISTAKE, run
from recengine.services.strategies import save
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy

Captured = pytest.CaptureFixture[str]
SMALL = ["--days", "2", "--people", "150", "--replicates", "2", "-k", "3", "--models", "popularity"]


@pytest.fixture
def dear(tmp_path: Path) -> str:
    path = tmp_path / "dear.toml"
    path.write_text(Strategy(name="dear", weights={"value price": 1}).to_toml())
    return str(path)


def test_two_strategies_are_told_apart_and_called_simulated(home: Path, dear: str, capsys: Captured) -> None:
    save(Workspace(home), Strategy(name="fresh", weights={"freshness": 1.0}), "Ann")
    assert run(["simulate", "shop", "fresh", dear, *SMALL]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Simulated shop: 150 made-up shoppers")
    assert "'dear'" in told[1]
    assert run(["simulate", "shop", "as the run", "fresh@1", *SMALL, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["simulated"] is True
    assert answer["names"] == ["as the run", "fresh"]
    assert len(answer["days"]["day"]) == 2 * 2 * 2


def test_a_log_is_written_with_what_the_second_would_have_shown(
    home: Path, dear: str, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("shown.csv", "events.parquet", "new.csv")]
    asked = [
        word for pair in zip(("--log", "--events", "--new"), map(str, files), strict=True) for word in pair
    ]
    assert run(["simulate", "shop", "as the run", dear, *SMALL, *asked]) == 0
    shown, events, new = pd.read_csv(files[0]), pd.read_parquet(files[1]), pd.read_csv(files[2])
    assert {"list", "person", "item", "position", "propensity", "reward", "true_value"} <= {*shown.columns}
    assert set(events["source"]) == {"simulated"}
    assert set(new["list"]) == set(shown["list"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shopp", "as the run", "as the run"], "Did you mean 'shop'?"),
        (["shop", "as the run"], "two strategies are simulated side by side; found 1"),
        (["shop", "as the run", "none.toml"], "none.toml cannot be read as text"),
        (["shop", "as the run", "unheard of"], "there is no strategy 'unheard of'"),
        (["shop", "as the run", "as the run", "--events", "e.csv"], "--events and --new go with --log"),
        (["shop", "as the run", "--log", "l.csv", "--new", "n.csv"], "--new needs a second strategy"),
        (["shop", "as the run", "as the run", "--models", "ease,ease,ease"], "found 3 for 2"),
        (["shop", "as the run", "as the run", "--models", "lstm"], "lstm takes too long"),
    ],
)
def test_mistakes_end_with_one_line(home: Path, capsys: Captured, arguments: list[str], words: str) -> None:
    assert run(["simulate", *arguments]) == MISTAKE
    assert words in capsys.readouterr().err.splitlines()[-1]

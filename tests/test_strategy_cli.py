"""`recengine strategy` and lists by a strategy, in this process."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recengine.cli import MISTAKE, run
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.data.synthetic import two_tastes
from recengine.services.datasets import keep
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace

Captured = pytest.CaptureFixture[str]
SALT = """column = "taste", value = "salty", weight = 3"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws, data = Workspace(tmp_path_factory.mktemp("trained")), two_tastes(num_users=40)
    count = len(data.interactions)
    keep(ws, Imported(data, CleaningReport(count, count, ()), check(data)))
    train(ws, TrainSpec(dataset="two tastes", model="ease"))
    return ws.root


@pytest.fixture(autouse=True)
def saved(trained: Path, home: Path, capsys: Captured) -> None:
    """A workspace with one strategy, "salty"."""
    shutil.copytree(trained, home)
    assert run(["strategy", "save", "salty", "--boost", SALT, "--why", "for summer", "--who", "ann"]) == 0
    capsys.readouterr()


def answer(capsys: Captured, *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys: Captured, *arguments: str) -> str:
    assert run(arguments) == MISTAKE
    return capsys.readouterr().err.splitlines()[-1]


def test_a_strategy_is_put_together_from_options_on_top_of_another(capsys: Captured) -> None:
    rule = 'kind = "at most", column = "taste", count = 6'
    told = answer(
        capsys,
        *("strategy", "save", "fresh", "--base", "salty", "--weight", "freshness=0.5", "--rule", rule),
        *("--variety", "mmr", "--variety-weight", "0.4", "--repeats", "allowed", "--run", "ease-1"),
    )
    made = told["strategy"]
    assert (told["version"], made["weights"]) == (1, {"relevance": 1.0, "freshness": 0.5})
    assert (made["boosts"][0]["weight"], made["rules"][0]["count"]) == (3.0, 6)
    assert (made["diversify"]["method"], made["diversify"]["weight"]) == ("mmr", 0.4)
    assert [one["name"] for one in answer(capsys, "strategy", "list")] == ["fresh", "salty"]
    assert answer(capsys, "strategy", "diff", "salty", "fresh")[0] == "freshness counts, weight 0.5"
    answer(capsys, "strategy", "save", "fresh", "--base", "fresh", "--weight", "freshness=0")
    versions = answer(capsys, "strategy", "show", "fresh", "--history")
    assert [one["version"] for one in versions] == [2, 1]
    assert "freshness" not in versions[0]["strategy"]["weights"]


def test_a_strategy_goes_through_a_file(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "salty.toml"
    answer(capsys, "strategy", "export", "salty", "--out", str(file))
    assert answer(capsys, "strategy", "show", str(file))["strategy"]["boosts"][0]["value"] == "salty"
    assert answer(capsys, "strategy", "import", str(file))["version"] == 1  # nothing new
    file.write_text(file.read_text().replace("3.0", "5.0"))
    assert answer(capsys, "strategy", "import", str(file))["version"] == 2


def test_lists_come_with_the_reason_of_each_move(capsys: Captured, tmp_path: Path) -> None:
    told = answer(capsys, "strategy", "preview", "ease-1", "salty", "--person", "u2", "-k", "4")
    assert {one["because"] for one in told["items"]} >= {"listed by taste 'salty'"}
    assert (
        told["items"]
        == answer(capsys, "recommend", "ease-1", "--person", "u2", "--strategy", "salty", "-k", "4")["items"]
    )
    assert run(["strategy", "preview", "ease-1", "salty", "--person", "u2", "-k", "4"]) == 0
    assert "no longer listed" in capsys.readouterr().out
    out = tmp_path / "lists.csv"
    assert (
        answer(capsys, "recommend", "ease-1", "--all", "--strategy", "salty", "--out", str(out))["people"]
        == 40
    )
    assert set(pd.read_csv(out)["strategy"]) == {"salty"}


def test_effective_weights_and_conflicts_are_told(capsys: Captured) -> None:
    told = answer(capsys, "strategy", "effective", "ease-1", "salty", "--people", "10")
    assert [part["part"] for part in told["parts"]] == ["relevance", "taste 'salty'"]
    assert answer(capsys, "strategy", "check", "ease-1", "salty")["conflicts"] == []
    assert "Only 200 candidates" in complaint(capsys, "strategy", "check", "ease-1", "salty", "-k", "500")


def test_a_strategy_comes_into_use_and_its_worth_is_told(capsys: Captured) -> None:
    assert answer(capsys, "strategy", "use") == []
    told = answer(capsys, "strategy", "worth", "two tastes", "--strategy", "salty")
    assert [one["unit"] for one in told["figures"]] == ["revenue from items chosen", "items chosen"]
    used = answer(capsys, "strategy", "use", "salty", "--dataset", "two tastes", "--who", "ann")
    assert used[0]["strategy"] == "salty"
    answer(capsys, "strategy", "use", "--none", "--dataset", "two tastes")
    assert len(answer(capsys, "strategy", "use", "--history")) == 2


def test_the_frontier_names_the_cheapest_setting(capsys: Captured, tmp_path: Path) -> None:
    lists = tmp_path / "lists.csv"
    told = answer(
        capsys,
        *("strategy", "frontier", "ease-1", "salty", "--sweep", "novelty=0,1", "--sweep", "boosts=0,1"),
        *("--gain", "novelty=5%", "-k", "5", "--lists", str(lists)),
    )
    assert told["settings"][0]["is_today"]
    assert len(told["settings"]) == 4
    assert told["offer"]["sentence"].startswith("The cheapest setting that raises Novelty by 5 %")
    assert set(pd.read_csv(lists)["setting"]) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["save", "x", "--boost", 'column = "taste", value = "Slaty", weight = 1', "--run", "ease-1"],
            "Did you mean 'salty'",
        ),
        (["save", "x", "--boost", "column: taste"], "this is no TOML"),
        (["save", "x", "--weight", "novelti=1"], "no term 'novelti'"),
        (["save", "x@1"], "without @"),
        (["show", "sality"], "Did you mean 'salty'"),
        (["show", "missing.toml"], "cannot be read as text"),
        (["use", "salty"], "say for which data"),
        (["use", "salty", "--none", "--dataset", "two tastes"], "not both"),
        (["frontier", "ease-1", "salty", "--gain", "beauty=5%"], "nothing called 'beauty' is measured"),
        (["frontier", "ease-1", "salty", "--show"], "no frontier of 'ease-1'"),
        (["worth", "grocery"], "no dataset"),
    ],
)
def test_mistakes_are_answered_in_words(capsys: Captured, arguments: list[str], said: str) -> None:
    assert said in complaint(capsys, "strategy", *arguments)

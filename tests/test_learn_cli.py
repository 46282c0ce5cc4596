"""`recengine learn`: what it prints, and that what a page would refuse is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recengine.cli import MISTAKE, run
from recengine.core.dataset import Dataset
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.services.datasets import keep
from recengine.services.feedback import Event, accept
from recengine.services.recommend import recommend
from recengine.services.runs import TrainSpec
from recengine.services.shown import show
from recengine.services.training import train
from recengine.services.workspace import Workspace

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def ease(tmp_path: Path, two_tastes: Dataset, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run of EASE in a workspace of its own, and one like of its lists."""
    monkeypatch.setenv("RECENGINE_HOME", str(tmp_path / "home"))
    ws, count = Workspace(tmp_path / "home"), len(two_tastes.interactions)
    name = keep(ws, Imported(two_tastes, CleaningReport(count, count, ()), check(two_tastes))).name
    found = train(ws, TrainSpec(dataset=name, model="ease"))
    items = recommend(ws, found.id, "u7").rows["item_id"].tolist()
    accept(ws, [Event("e", show(ws, found.id, "u7", items).list_id, items[0], "like")], "cli")
    return found.id


def answer(capsys: Captured, *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["learn", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_status_update_and_drift(ease: str, capsys: Captured) -> None:
    assert answer(capsys, "status", ease)["waiting"]["actions"] == 1
    updated = answer(capsys, "update", ease, "--adopt", "Ada")
    assert (updated["base"], updated["usable"], updated["champion"]) == (ease, True, True)
    told = answer(capsys, "status", updated["run"])
    assert told["waiting"]["events"] == 0
    assert told["exam"]["base"] == ease
    assert answer(capsys, "drift", ease)["lists"] == 1
    assert run(["learn", "update", updated["run"]]) == MISTAKE
    assert "no feedback that EASE" in capsys.readouterr().err


def test_prequential(ease: str, capsys: Captured) -> None:
    asked = ("prequential", "--dataset", "two tastes", "--days", "2", "--ways", "popularity,frozen")
    assert {way["way"] for way in answer(capsys, *asked)["ways"]} == {"popularity", "frozen"}

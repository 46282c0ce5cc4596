from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recengine.core.errors import JobError
from recengine.services.challengers import against_champion, beside_champions, standing
from recengine.services.champion import make_champion
from recengine.services.overview import overview
from recengine.services.runs import get_run, run_report
from recengine.services.store import Store
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop


@pytest.fixture(scope="module")
def ws(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(Path(shutil.copytree(shop.ws.root, tmp_path_factory.mktemp("champion") / "home")))


def test_a_run_is_held_against_the_champion_over_the_same_people(ws: Workspace) -> None:
    ease, popularity = get_run(ws, "ease-3"), get_run(ws, "popularity-1")
    found = against_champion(ws, ease, popularity)
    assert found is not None
    own, other = run_report(ws, ease.id).values("ndcg@10"), run_report(ws, popularity.id).values("ndcg@10")
    assert found.difference == pytest.approx(float(np.mean(own - other)))
    assert found.difference_low < found.difference < found.difference_high
    assert (found.baseline, found.verdict) == (popularity.title, "better")
    assert against_champion(ws, ease, ease) is None
    assert popularity.exam is not None
    elsewhere = replace(popularity, exam=replace(popularity.exam, pairs_digest="other"))
    assert against_champion(ws, ease, elsewhere) is None


def test_runs_are_told_beside_their_champion_as_json(ws: Workspace) -> None:
    runs = [get_run(ws, name) for name in ("popularity-1", "ease-3")]
    assert beside_champions(ws, runs) == {}
    make_champion(ws, "popularity-1", "Ada")
    found = against_champion(ws, runs[1], runs[0])
    assert found is not None
    (beside,) = beside_champions(ws, runs).items()
    assert beside[0] == "ease-3"
    assert beside[1]["run"] == "popularity-1"
    assert (beside[1]["difference"], beside[1]["verdict"]) == (found.difference, "better")
    with Store(ws).writing() as db:
        db.execute("DELETE FROM champions")


def test_who_is_ahead_of_the_champion_is_told_and_the_overview_speaks_of_the_champion(ws: Workspace) -> None:
    assert standing(ws, "two tastes") is None
    make_champion(ws, "popularity-1", "Ada", "a safe start")
    found = standing(ws, "two tastes")
    assert found is not None
    assert found.ahead is not None
    assert found.found is not None
    assert (found.run.id, found.ahead.id, found.found.verdict) == ("popularity-1", "ease-3", "better")
    assert "the champion Popularity #1 puts something" in overview(ws, "two tastes").sentence
    make_champion(ws, "ease-3", "Ada", "it ranks best")
    found = standing(ws, "two tastes")
    assert found is not None
    assert found.ahead is None
    best = overview(ws, "two tastes").best
    assert best is not None
    assert best.id == "ease-3"
    with pytest.raises(JobError, match="already"):
        make_champion(ws, "ease-3", "Ada")

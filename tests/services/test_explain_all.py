"""Everyone's reasons as a table, here and now and as a task in a process of its own."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from recengine.core.errors import NotFoundError, SettingsError
from recengine.explain import kernel
from recengine.explain.explanation import Explanation
from recengine.explain.game import Game
from recengine.services import tasks
from recengine.services.explain import explain
from recengine.services.explain_all import desk_on, explain_all, sample
from recengine.services.processes import ProcessId
from recengine.services.store import Store
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from tests.services.conftest import Shop

Until = Callable[[Callable[[], bool]], None]


def test_every_item_of_every_list_has_reasons_that_add_up(shop: "Shop", tmp_path: Path) -> None:
    run, heard = shop.runs["ease"], []
    out = tmp_path / "reasons.parquet"
    found = explain_all(shop.ws, run.id, out, 3, people=25, progress=lambda *done: heard.append(done))
    assert (found.people, found.skipped, found.explanations, found.file) == (25, 0, 75, str(out))
    table = pd.read_parquet(out)
    assert len(table) == found.rows
    assert (heard[0], heard[-1], heard == sorted(heard)) == ((0, 25), (25, 25), True)
    each = table.groupby(["person", "rank"])
    assert (each.ngroups, sorted(table["rank"].unique())) == (75, [1, 2, 3])
    np.testing.assert_allclose(each["effect"].sum() + each["base"].first(), each["score"].first(), atol=1e-4)
    np.testing.assert_allclose(each["share"].sum(), 1)
    assert not (each["effect"].apply(lambda effect: effect.abs().diff().max()) > 1e-12).any()  # largest first


def test_a_row_is_what_explaining_that_one_item_says(shop: "Shop", tmp_path: Path) -> None:
    run, out = shop.runs["ease"], tmp_path / "reasons.csv"
    explain_all(shop.ws, run.id, out, 1, people=2)
    table = pd.read_csv(out)
    first = table[table["person"] == table["person"].iloc[0]]
    alone = explain(shop.ws, run.id, first["person"].iloc[0], first["item_id"].iloc[0], precision="first")
    np.testing.assert_allclose(first["effect"], alone.reasons["effect"], atol=1e-6)
    assert list(first["reason"]) == list(alone.reasons["name"])
    assert first["title"].iloc[0] == alone.title


def test_a_sample_is_drawn_by_chance_and_the_same_for_every_run(shop: "Shop") -> None:
    ease, habit = (desk_on(shop.ws, shop.runs[model].id, None, "cpu") for model in ("ease", "habit"))
    drawn = sample(ease, 50, 0)
    assert len(set(drawn)) == 50
    np.testing.assert_array_equal(drawn, sample(habit, 50, 0))
    assert set(sample(ease, 20, 0)) < set(drawn)  # a larger draw holds the smaller one
    assert len(set(drawn) & set(sample(ease, 50, 1))) < 30
    assert abs(np.mean(drawn % 2) - 0.5) < 0.25
    np.testing.assert_array_equal(sample(ease, None, 0), np.arange(200))


def test_sampling_errors_of_different_people_have_nothing_to_do_with_each_other(
    shop: "Shop", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = []

    def explain_many(games: list[Game], *, samples: int, seed: int) -> list[Explanation]:
        seeds.append(seed)
        return kernel.explain_many(games, samples=samples, seed=seed)

    monkeypatch.setattr("recengine.services.explain_all.explain_many", explain_many)
    explain_all(shop.ws, shop.runs["ease"].id, tmp_path / "reasons.csv", 2, people=9)
    assert len(set(seeds)) == 9


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"k": 0}, "at least 1 place; found k = 0"),
        ({"people": 0}, "at least 1 person has to be asked; found 0"),
        ({"precision": "rough"}, "no precision 'rough'"),
        ({"out": Path("reasons.xlsx")}, r"Use .parquet or .csv"),
        ({"out": Path("nowhere/reasons.csv")}, "no folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_done(
    shop: "Shop", tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    out = {"out": tmp_path / "reasons.csv", "k": 1}
    with pytest.raises(SettingsError, match=said):
        explain_all(shop.ws, shop.runs["ease"].id, **(out | asked))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_there_is_named(shop: "Shop", tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no run 'ease-9'"):
        explain_all(shop.ws, "ease-9", tmp_path / "reasons.csv")


@pytest.fixture
def own(shop: "Shop", tmp_path: Path) -> Workspace:
    """A copy of the shop in which tasks may run."""
    import shutil

    return Workspace(Path(shutil.copytree(shop.ws.root, tmp_path / "home")))


def test_a_task_in_its_own_process_is_watched_killed_started_again_and_done(
    own: Workspace, until: Until
) -> None:
    """One queue, one dispatcher: slow to start, so one test asks for everything."""
    long = {"run_id": "ease-3", "k": 20, "people": 200}
    running = tasks.submit(own, "reasons", about="ease-3", spec=long)
    until(lambda: tasks.task(own, running.id).done > 0)
    seen = tasks.task(own, running.id)
    assert (seen.total, seen.can_stop) == (200, True)
    assert seen.eta_s is None or seen.eta_s > 0
    with Store(own).reading() as db:
        process = ProcessId(*db.execute("SELECT pid, pid_started FROM tasks").fetchone())
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: tasks.task(own, running.id).status == "lost")
    stopped = tasks.submit(own, "reasons", about="ease-3", spec=long)
    until(lambda: tasks.task(own, stopped.id).done > 0)
    tasks.stop(own, stopped.id)
    until(lambda: tasks.task(own, stopped.id).status == "stopped")
    assert not (own.tasks / stopped.id / "reasons.parquet").exists()
    short = tasks.submit(own, "reasons", about="ease-3", spec={"run_id": "ease-3", "k": 1, "people": 5})
    until(lambda: not tasks.task(own, short.id).active)
    done = tasks.task(own, short.id)
    assert (done.status, done.result["people"], done.done) == ("done", 5, 5)
    assert pd.read_parquet(done.result["file"])["person"].nunique() == 5

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.services import learnt, learnt_views, queue, tasks, tasks_queue
from recengine.services.learnt import Learnt, LearntSpec
from recengine.services.learnt_drift import drifted
from recengine.services.processes import ProcessId
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace
from recengine.ui import learnt_charts, learnt_dots
from recengine.ui.charts import Chart
from recengine.ui.task_view import in_words

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
NOBODY = ProcessId(pid=2**22 + 1, started_at=0.0)  # beyond the largest pid Linux gives out


@pytest.fixture(scope="module")
def known(trained: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The trained workspace with what ease-2 has learnt; its queue is worked by nobody."""
    ws = Workspace(Path(shutil.copytree(trained.root, tmp_path_factory.mktemp("known") / "home")))
    assert queue.become_dispatcher(ws, ProcessId.me())
    learnt.learn(ws, "ease-2", LearntSpec(people=30, k=2))
    return ws


@pytest.fixture(scope="module")
def found(known: Workspace) -> Learnt:
    return learnt.kept(known, "ease-2")[0]


@pytest.fixture
def here(known: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RECENGINE_HOME", str(known.root))
    return known


def test_the_finding_its_sample_and_the_drivers_are_told(
    here: Workspace, found: Learnt, opened: Opened, said: Said, charts: Callable[[AppTest], list[str]]
) -> None:
    app = opened("7_Learnt", run="ease-2")
    shown = said(app)
    assert learnt_views.in_a_sentence(found) in shown
    assert "30 of 200 people, drawn by chance; the first 2 items of each list; why this score." in shown
    assert "their history, by category" in shown
    drivers, swarm = charts(app)
    assert drivers.startswith("What drives the scores of EASE #2. The strongest is ")
    assert swarm.startswith("Every single effect of the strongest reasons.")


def test_each_tab_draws_its_chart(here: Workspace, opened: Opened, charts: Callable[..., list[str]]) -> None:
    def drawn(tab: str, **query: str) -> str:
        return charts(opened("7_Learnt", tab={"learnt.tabs": tab}, run="ease-2", **query))[1]

    assert drawn("By segment", split="group").startswith("What drives the scores, by group.")
    assert drawn("One reason up close", reason="group:sweet").startswith("How “sweet” works.")


def test_beside_another_run_is_offered_once_there_are_two(
    here: Workspace, opened: Opened, said: Said, charts: Callable[[AppTest], list[str]]
) -> None:
    tab = {"learnt.tabs": "Beside another run"}
    assert "There is nothing to compare with yet" in said(opened("7_Learnt", tab=tab, run="ease-2"))
    second = learnt.learn(here, "ease-2", LearntSpec(people=30, k=1))
    app = opened("7_Learnt", tab=tab, run="ease-2")
    assert charts(app)[1].startswith("EASE #2 beside EASE #2.")
    assert "Agreement of the two orders of reasons" in said(app)
    learnt.forget(here, second)


def test_a_model_that_gives_everyone_the_same_says_so(here: Workspace, opened: Opened, said: Said) -> None:
    shown = said(opened("7_Learnt", run="popularity-1"))
    assert "Popularity #1 gives everyone the same list Nothing about a person drives its scores." in shown


def test_work_is_started_watched_stopped_and_its_breaking_off_is_told(
    trained: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened, said: Said
) -> None:
    ws = Workspace(Path(shutil.copytree(trained.root, tmp_path / "home")))
    monkeypatch.setenv("RECENGINE_HOME", str(ws.root))
    assert queue.become_dispatcher(ws, ProcessId.me())
    app = opened("7_Learnt", run="ease-2")
    assert "Not worked out yet" in said(app)
    app.button(key="learnt.start").click().run()
    assert "Working out what drives the scores of EASE #2" in said(app)
    assert not [button for button in app.button if button.key == "learnt.start"]
    taken = tasks_queue.claim(ws, ["cpu:0"])
    assert taken is not None
    tasks_queue.note_process(ws, taken, ProcessId.me(), begun=True)
    with Report(ws, taken) as report:
        report(0, 200)
        report(200, 200)
    assert in_words(tasks.task(ws, taken.id), "people").startswith("200 of 200 people, ")
    tasks_queue.note_process(ws, taken, NOBODY, begun=True)
    shown = said(opened("7_Learnt", run="ease-2"))
    assert "It broke off The process of this task ended without a word" in shown
    app = opened("7_Learnt", run="ease-2")
    app.button(key="learnt.start").click().run()
    app.button(key="learnt.work.stop").click().run()
    assert "Stopped" in said(opened("7_Learnt", run="ease-2"))


def test_everyones_reasons_are_asked_for_and_handed_out(here: Workspace, opened: Opened, said: Said) -> None:
    app = opened("7_Learnt", run="ease-2")
    next(button for button in app.button if button.label == "Explain them").click().run()
    (task,) = tasks.tasks(here, kind="reasons", about="ease-2")
    assert (task.status, task.spec) == ("queued", {"run_id": "ease-2", "people": 100, "k": 10})
    taken = tasks_queue.claim(here, ["cpu:0"])
    assert taken is not None
    out = here.tasks / task.id / "reasons.parquet"
    out.parent.mkdir(parents=True)
    pd.DataFrame({"reason": ["=1+1"]}).to_parquet(out)
    tasks_queue.finish(here, taken, "done", result={"people": 100, "rows": 1, "file": str(out)})
    app = opened("7_Learnt", run="ease-2")
    assert "Ready: 100 people, 1 reason." in said(app)
    assert [button.proto.label for button in app.get("download_button")][-2:] == ["Parquet", "CSV"]
    out.unlink()
    assert "The last table is not here any more" in said(opened("7_Learnt", run="ease-2"))


def test_without_data_the_page_points_to_where_data_come_from(
    home: object, opened: Opened, said: Said
) -> None:
    assert "There are no data yet" in said(opened("7_Learnt"))


@pytest.fixture(scope="module")
def rich(found: Learnt) -> Learnt:
    """The same with a numeric feature of people, sampled, whose name means to do harm."""
    asked = found.rows.drop_duplicates("explanation").reset_index(drop=True)
    draw = np.random.default_rng(0)
    age = draw.integers(20, 70, len(asked)).astype(float)
    feature = asked.assign(
        kind="person",
        name="<img src=x>",
        effect=(age - 45) / 50,
        error=0.02,
        value=[f"{year:.0f}" for year in age],
        number=age,
        sensitive=True,
    )
    same = asked.assign(
        kind="item", name="Maker", effect=0.1, error=0.1, number=np.nan, value="a", sensitive=False
    )
    return replace(found, rows=pd.concat([found.rows, feature, same], ignore_index=True))


def drawn(known: Workspace, rich: Learnt) -> dict[str, Chart]:
    segments = learnt_views.by_segment(known, rich, "group")
    person = ("person", "<img src=x>")
    coloured = learnt_views.dependence(known, rich, ("group", "sweet"), person)
    by_maker = learnt_views.dependence(known, rich, person, ("item", "Maker"))
    return {
        "strongest": learnt_charts.strongest(rich, learnt_views.drivers(rich)),
        "segments": learnt_charts.in_segments(rich, segments, "group"),
        "two runs": learnt_charts.two_runs(rich, drifted(rich, rich)),
        "every effect": learnt_dots.every_effect(rich, learnt_views.swarm(known, rich)),
        "colour by number": learnt_dots.one_reason(rich, coloured, "sweet", person[1]),
        "colour by value": learnt_dots.one_reason(rich, by_maker, person[1], "Maker"),
    }


def test_charts_say_what_they_show_and_no_markup_of_the_data_reaches_them(
    known: Workspace, rich: Learnt
) -> None:
    for name, chart in drawn(known, rich).items():
        assert chart.title, name
        assert chart.alt.endswith("."), name
        assert chart.reading.endswith("."), name
        assert len(chart.frame()), name
        assert "<img" not in chart.figure.to_json(), name


def test_whiskers_and_the_mark_of_sampling_error_stand_where_the_table_says(rich: Learnt) -> None:
    table = learnt_views.drivers(rich)
    figure = learnt_charts.strongest(rich, table).figure
    people = next(trace for trace in figure.data if trace.name == "person")
    row = table[table["kind"] == "person"].iloc[0]
    assert people.x[0] == pytest.approx(row["strength"])
    assert people.x[0] + people.error_x.array[0] == pytest.approx(row["strength_high"])
    assert people.x[0] - people.error_x.arrayminus[0] == pytest.approx(row["strength_low"])
    noise = next(trace for trace in figure.data if trace.name == "sampling error")
    np.testing.assert_allclose(sorted(noise.x), sorted(table["noise"][table["noise"] > 0]))
    assert any("⚠" in note.text for note in figure.layout.annotations)


def test_dots_of_like_values_are_spread_and_stay_within_their_row() -> None:
    height = learnt_dots.spread(np.array([1.0, 1.0, 1.0, 1.0, 5.0]))
    assert sorted(height[:4]) == [-0.5, 0.0, 0.5, 1.0]
    assert height[4] == 0
    np.testing.assert_array_equal(learnt_dots.spread(np.array([2.0])), [0.0])

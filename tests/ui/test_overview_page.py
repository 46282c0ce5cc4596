from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from recengine.services import queue
from recengine.services.jobs import submit
from recengine.services.processes import ProcessId
from recengine.services.runs import TrainSpec, list_runs
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.ui.hostile import Page

ROOT = Path(__file__).parents[2]
Said = Callable[[AppTest], str]


def overview(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def links(app: AppTest) -> list[str]:
    """Where the links of the page lead."""
    return [str(href) for part in app.get("html") for href in Page(part.proto.body).values("href")]


def test_the_first_visit_queues_the_first_models_and_shows_each_on_its_way(home: Path, said: Said) -> None:
    ws = Workspace(home)
    assert queue.become_dispatcher(ws, ProcessId.me())  # nobody works the queue while the test looks
    shown = said(overview())
    assert [run.spec.model for run in reversed(list_runs(ws))] == ["popularity", "habit", "ease", "lstm"]
    assert "0 of 4 trained" in shown
    assert "a year of real grocery purchases" in shown
    for title in ("Popularity", "Habit", "EASE", "LSTM"):
        assert re.search(rf"{title} #\d", shown)
    assert "next in the queue" in shown
    overview()
    assert len(list_runs(ws)) == 4  # a second visit queues nothing


def test_a_trained_workspace_shows_a_sentence_ages_tiles_a_person_and_four_doors(
    reading: Workspace, said: Said
) -> None:
    app = overview()
    shown = said(app)
    assert "Of 100 lists of ten, EASE" in shown
    assert "data as of" in shown
    assert re.search(r"trained (just now|\d+ min ago)", shown)
    tiles = [part.proto.body for part in app.get("html") if "re-tiles" in part.proto.body]
    assert 4 <= tiles[0].count('class="re-tile"') <= 5
    assert tiles[0].count("vs ") >= 4
    assert "One real person" in shown
    assert "What they did" in shown
    assert "What they are offered" in shown
    doors = [address for address in links(app) if "item=" not in address and "person=" not in address]
    assert [address.split("?")[0][2:] for address in doors[-4:]] == [
        "People",
        "What_if_person",
        "What_if_retrain",
        "Compare",
    ]


def test_another_person_is_another_person_and_stands_in_the_address(reading: Workspace, said: Said) -> None:
    app = overview(person="u3")
    assert "Person u3" in said(app)
    app.button(key="overview.another").click().run()
    assert not app.exception
    assert f"Person {app.query_params['person']}" in said(app)


def test_a_person_who_is_not_here_is_said_so_in_words(reading: Workspace, said: Said) -> None:
    assert "No person 'nobody' among 200" in said(overview(person="nobody"))


def test_a_dataset_that_is_gone_is_said_so_and_another_one_is_shown(reading: Workspace, said: Said) -> None:
    shown = said(overview(dataset="gone"))
    assert "There is no dataset “gone” here" in shown
    assert "Of 100 lists of ten" in shown


def test_data_without_a_model_lead_to_training(ws: Workspace, said: Said) -> None:
    app = overview()
    assert "No model has learnt from it yet" in said(app)
    assert "./Train" in "".join(links(app))


def test_a_training_that_failed_is_told_with_its_reason(ws: Workspace, said: Said) -> None:
    train(ws, TrainSpec(dataset="two tastes", model="popularity"))
    submit(ws, TrainSpec(dataset="two tastes", model="ease"))
    taken = queue.claim(ws, ("cpu:0",))
    assert taken is not None
    queue.finish(ws, taken, "failed", "too many items for the memory; choose another model")
    shown = said(overview())
    assert "EASE #2 did not finish" in shown
    assert "oo many items for the memory; choose another model" in shown


def test_a_training_under_way_stands_beside_the_results_there_are(ws: Workspace, said: Said) -> None:
    train(ws, TrainSpec(dataset="two tastes", model="popularity"))
    submit(ws, TrainSpec(dataset="two tastes", model="ease"))
    shown = said(overview())
    assert "next in the queue" in shown
    assert "best so far is Popularity" in shown

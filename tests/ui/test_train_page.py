from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.models import MODELS
from recengine.models.base import FAMILIES
from recengine.services import queue
from recengine.services.jobs import job, submit
from recengine.services.processes import ProcessId
from recengine.services.recorder import Recorder
from recengine.services.runs import AUTO, TrainSpec, get_run, list_runs
from recengine.services.search import Candidate, Search
from recengine.services.store import Store
from recengine.services.workspace import Workspace
from recengine.ui.wording import baseline_title, beyond_chance

Opened = Callable[..., AppTest]
Table = Callable[[AppTest, str], pd.DataFrame]
Said = Callable[[AppTest], str]


EASE_77 = TrainSpec(dataset="two tastes", model="ease", settings={"regularisation": 77.0}, seed=5)


def queued(ws: Workspace, count: int = 1, spec: TrainSpec = EASE_77) -> list[str]:
    """Runs that wait in the queue."""
    return [submit(ws, spec).id for _ in range(count)]


@contextmanager
def running(ws: Workspace, spec: TrainSpec = EASE_77) -> Iterator[tuple[str, Recorder]]:
    """A run under way in this very process, and the recorder through which it speaks."""
    queued(ws, spec=spec)
    taken = queue.claim(ws, ("cpu:0",))
    assert taken is not None
    assert queue.note_process(ws, taken, ProcessId.me(), begun=True)
    with Recorder(ws, taken) as recorder:
        yield taken.id, recorder
    queue.finish(ws, taken, "done")


def ended(ws: Workspace, status: str, error: str = "") -> str:
    """A run that ended in this state."""
    queued(ws)
    taken = queue.claim(ws, ("cpu:0",))
    assert taken is not None
    queue.finish(ws, taken, status, error)
    return taken.id


def test_without_data_the_page_points_to_where_data_come_from(
    home: object, opened: Opened, said: Said
) -> None:
    app = opened("2_Train")
    assert "There are no data yet" in said(app)
    assert not app.button


def test_with_data_and_no_run_there_is_a_form_and_nothing_else(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("2_Train")
    assert "Nothing was trained yet" in said(app)
    assert app.button(key="train.start").label == "Start training"
    assert "Runs so far" not in said(app)


def test_start_queues_what_the_form_says_and_shows_it(ws: Workspace, opened: Opened) -> None:
    app = opened("2_Train")
    choose(app, "ease")
    app.number_input(key="train.ease.two tastes.balanced.regularisation").set_value(123.0)
    app.number_input(key="train.ease.two tastes.seed").set_value(9)
    app.button(key="train.start").click().run()
    (run,) = list_runs(ws)
    assert (run.spec.model, run.spec.seed, run.spec.settings) == ("ease", 9, {"regularisation": 123.0})
    assert app.query_params["run"] == run.id
    assert "next in the queue" in progress(app)


def choose(app: AppTest, model: str) -> None:
    """Pick a model, as a reader does: its kind, then its name."""
    kind = AUTO if model == AUTO else MODELS[model].family
    app.segmented_control(key="train.model.kind").set_value(kind).run()
    if model != AUTO:
        app.radio(key=f"train.model.{kind}").set_value(model).run()


def test_the_picker_offers_every_model_once_with_what_it_costs_here(ws: Workspace, opened: Opened) -> None:
    app = opened("2_Train")
    offered = []
    for kind in FAMILIES:
        app.segmented_control(key="train.model.kind").set_value(kind).run()
        radio = app.radio(key=f"train.model.{kind}")
        offered += radio.options
        assert all("on these data" in caption for caption in radio.proto.captions)
    assert sorted(offered) == sorted(config.title for config in MODELS.values())


def test_a_model_that_does_not_fit_says_so_before_it_is_started(
    ws: Workspace, opened: Opened, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODELS["ease"], "obstacle", lambda self, size: "It needs 99 GiB, and 2 are free.")
    app = opened("2_Train")
    choose(app, "ease")
    captions = app.radio(key="train.model.linear").proto.captions
    assert any("Too large for this machine" in caption for caption in captions)
    assert "It needs 99 GiB, and 2 are free." in said(app)


def test_auto_asks_for_a_budget_and_queues_a_search(ws: Workspace, opened: Opened, said: Said) -> None:
    app = opened("2_Train")
    choose(app, AUTO)
    assert not app.radio
    assert "never on the test" in said(app)
    app.number_input(key="train.auto.two tastes.budget").set_value(3).run()
    app.button(key="train.start").click().run()
    (run,) = list_runs(ws)
    assert (run.spec.model, run.spec.budget_s, run.title) == (AUTO, 180.0, "Auto #1")
    assert "The first model is being tried" in said(app)


HABIT = Candidate(1, "habit", "quick", {}, 0.2, 1, value=0.31, low=0.3, high=0.32)
EASE = Candidate(1, "ease", "quick", {}, 1.5, 1, value=0.35, low=0.34, high=0.36)
REFUSED = Candidate(1, "lstm", "quick", {}, note="it would take about 9 min, with 2 min left")


def found(*candidates: Candidate) -> Search:
    return Search(budget_s=300.0, used_s=60.0, candidates=candidates)


def test_a_search_under_way_shows_what_was_tried_so_far(
    ws: Workspace, opened: Opened, said: Said, table: Table
) -> None:
    with running(ws, TrainSpec(dataset="two tastes", model=AUTO, budget_s=300.0)) as (run_id, recorder):
        recorder.stage("training", "trying LSTM (quick, pass 1 of 3)")
        recorder.progress(0.2, eta_s=240.0)
        recorder.flush()
        keep(ws, run_id, found(HABIT, EASE))
        app = opened("2_Train", run=run_id)
        assert "20% · trying LSTM (quick, pass 1 of 3)" in progress(app).replace("\\", "")
        assert "4 min" in said(app)
        assert "Tried for 1 min of 5 min" in said(app)
        shown = table(app, "Every model that was tried")
        assert shown["model"].tolist() == ["EASE", "Habit"]
        assert "Pause" in {button.label for button in app.button}


def test_a_finished_search_says_what_won_and_keeps_what_was_tried(
    ws: Workspace, opened: Opened, said: Said, table: Table
) -> None:
    spec = TrainSpec(dataset="two tastes", model="ease", preset="quick", preset_settings={})
    behind = replace(HABIT, gap=0.04, gap_low=0.03, gap_high=0.05, verdict="worse")
    search = replace(
        found(behind, EASE, REFUSED), winner=1, num_people=99, verdict=("EASE wins.", "Habit is behind.")
    )
    with running(ws, spec) as (run_id, _):
        keep(ws, run_id, search)
    app = opened("2_Train", run=run_id)
    assert "EASE wins. Habit is behind." in said(app)
    shown = table(app, "Every model that was tried")
    assert shown["is it real?"].tolist() == ["winner", "yes, behind", ""]
    assert shown["gap to the winner"].tolist() == ["", "0.0400 (0.0300 to 0.0500)", ""]
    assert shown["remark"].tolist() == ["", "", REFUSED.note]
    assert "judged on 99 people of the validation" in said(app)
    assert "Regularisation 200.0" in said(app)


def keep(ws: Workspace, run_id: str, search: Search) -> None:
    """Enter a search as what is known of a run."""
    with Store(ws).writing() as db:
        result = json.dumps({"search": search.as_dict()})
        db.execute("UPDATE runs SET result = ? WHERE id = ?", (result, run_id))


def test_what_training_noted_stands_with_the_run(ws: Workspace, opened: Opened, said: Said) -> None:
    with running(ws) as (run_id, recorder):
        recorder.keep("The memory was short.")
        assert "The memory was short." in said(opened("2_Train", run=run_id))


def progress(app: AppTest) -> str:
    """The words on the progress bar."""
    return " ".join(bar.proto.text for bar in app.get("progress"))


def test_a_setting_out_of_bounds_is_told_and_cannot_be_started(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("2_Train")
    choose(app, "ease")
    app.number_input(key="train.ease.two tastes.balanced.regularisation").set_value(0.0).run()
    assert "greater than 0" in said(app)
    assert app.button(key="train.start").disabled


def test_a_run_under_way_shows_its_progress_speed_and_curves(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    with running(ws) as (run_id, recorder):
        recorder.stage("training", "epoch 2 of 10")
        recorder.progress(0.25, per_second=12_300.0, eta_s=75.0)
        for name, value in {"loss": 0.7, "validation_loss": 0.8, "ndcg@10": 0.3, "f1@10": 0.1}.items():
            recorder.point(name, 1.0, value)
        recorder.flush()
        app = opened("2_Train", run=run_id)
        assert "25% · epoch 2 of 10" in progress(app)
        for words in ("running", "12.3k", "1 min 15 s", "interactions a second"):
            assert words in said(app)
        sent = [json.loads(block.proto.json) for block in app.get("bidi_component") if block.proto.json]
        names = {trace["name"] for data in sent if "traces" in data for trace in data["traces"]}
        assert names == {"training", "validation", "within an epoch", "NDCG@10", "F1@10"}
        assert {button.label for button in app.button} >= {"Pause", "Stop", "Start training"}


def test_the_run_under_way_is_shown_without_being_asked_for(ws: Workspace, opened: Opened) -> None:
    with running(ws) as (run_id, _):
        assert opened("2_Train").query_params["run"] == run_id


def test_pause_is_asked_for_at_once(ws: Workspace, opened: Opened) -> None:
    with running(ws) as (run_id, _):
        app = opened("2_Train", run=run_id)
        app.button(key="train.pause").click().run()
        assert job(ws, run_id).want == "pause"
        assert "pausing" in progress(app)
        assert "Pause" not in {button.label for button in app.button}


def test_a_queued_run_can_be_stopped_and_put_back(ws: Workspace, opened: Opened, said: Said) -> None:
    first, second = queued(ws, 2)
    app = opened("2_Train", run=first)
    assert "number 2 in the queue" in said(app)
    app.button(key="train.stop").click().run()
    assert get_run(ws, first).status == "stopped"
    assert "It was stopped on request" in said(app)
    app.button(key="train.resume").click().run()
    assert get_run(ws, first).status == "queued"
    assert get_run(ws, second).status == "queued"


def test_another_run_in_the_queue_can_be_looked_at(ws: Workspace, opened: Opened) -> None:
    first, second = queued(ws, 2)
    app = opened("2_Train", run=first)
    app.button(key=f"train.look.{second}").click().run()
    assert app.query_params["run"] == second


def test_a_failed_run_says_why_and_can_be_resumed(ws: Workspace, opened: Opened, said: Said) -> None:
    run_id = ended(ws, "failed", "the loss is no number any more; lower the learning rate.")
    app = opened("2_Train", run=run_id)
    assert "The training broke off" in said(app)
    assert "lower the learning rate" in said(app)
    assert "Resume" in {button.label for button in app.button}


def test_a_paused_run_says_where_it_stands(ws: Workspace, opened: Opened, said: Said) -> None:
    app = opened("2_Train", run=ended(ws, "paused"))
    assert "Where it stood is written down" in said(app)
    assert "Resume" in {button.label for button in app.button}


def test_change_and_train_fills_the_form_with_the_run(ws: Workspace, opened: Opened) -> None:
    run_id = ended(ws, "stopped")
    app = opened("2_Train", run=run_id)
    app.button(key="train.change").click().run()
    assert app.radio(key=f"train.model.{run_id}.linear").value == "ease"
    assert app.number_input(key=f"train.ease.two tastes.{run_id}.balanced.regularisation").value == 77.0
    assert app.number_input(key=f"train.ease.two tastes.{run_id}.seed").value == 5


def test_a_finished_run_stands_beside_the_best_baseline(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    run = next(run for run in list_runs(reading) if run.spec.model == "ease")
    app = opened("2_Train", run=run.id)
    found = next(one for one in run.comparisons if one.metric == "ndcg@10")
    assert f"vs {baseline_title(found.baseline)} {found.baseline_value:.3f}" in said(app)
    assert beyond_chance(found) in said(app)
    assert "worked out in one go" in said(app)
    assert {button.label for button in app.button} >= {"Train again", "Change and train"}


def test_history_lists_every_run_newest_first(reading: Workspace, opened: Opened, table: Table) -> None:
    shown = table(opened("2_Train"), "All runs")
    assert shown["id"].tolist() == [run.id for run in list_runs(reading)]
    assert (shown["NDCG@10"] > 0).all()


def test_an_address_that_names_no_run_is_told(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "There is no run 'lstm-404' here" in said(opened("2_Train", run="lstm-404"))


def test_train_again_queues_the_same_settings_on_the_same_data(ws: Workspace, opened: Opened) -> None:
    run_id = ended(ws, "stopped")
    app = opened("2_Train", run=run_id)
    app.button(key="train.redo").click().run()
    again, first = list_runs(ws)
    assert first.id == run_id
    assert again.spec == first.spec
    assert again.dataset_fingerprint == first.dataset_fingerprint
    assert app.query_params["run"] == again.id

"""The search for a model as a job: what is tried, what is left out, and how it goes on after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from recengine.core.dataset import Dataset, DataSize
from recengine.core.errors import SettingsError, TrainingError
from recengine.core.split import SplitConfig
from recengine.data.synthetic import two_tastes
from recengine.models import MODELS
from recengine.models.base import Family, ModelConfig
from recengine.models.events import Epoch, Step
from recengine.models.popularity import PopularityConfig
from recengine.services import jobs, queue, rounds, runs
from recengine.services.evaluation import person_validator
from recengine.services.fitting import Told
from recengine.services.processes import ProcessId
from recengine.services.recorder import Interrupted
from recengine.services.runs import AUTO, TrainSpec
from recengine.services.search import Candidate
from recengine.services.store import Store
from recengine.services.training import go_on, split_of, train
from recengine.services.workspace import Workspace

Put = Callable[[Workspace, Dataset], str]
Until = Callable[[Callable[[], bool]], None]


class Broken(PopularityConfig):
    """Its data never suit it."""

    title: ClassVar[str] = "Broken"

    def build(self):  # type: ignore[no-untyped-def]
        raise TrainingError("this model wants better data.")


class TooLarge(PopularityConfig):
    title: ClassVar[str] = "Too large"

    def obstacle(self, size: DataSize) -> str:
        return f"{size.items:,} items are too many."


class Slow(PopularityConfig):
    """Says it takes a year."""

    title: ClassVar[str] = "Slow"
    family: ClassVar[Family] = "neural"

    def effort(self, size: DataSize) -> float:
        return 3e7


@pytest.fixture
def filled(ws: Workspace, put: Put) -> Workspace:
    put(ws, two_tastes(num_users=120))
    return ws


def shelf(monkeypatch: pytest.MonkeyPatch, *names: str, **more: type[ModelConfig]) -> None:
    """Only these models are tried, and some of the test's own."""
    for name, config in MODELS.items():
        monkeypatch.setattr(config, "contender", name in names)
    for name, config in more.items():
        monkeypatch.setitem(MODELS, name, config)
        monkeypatch.setattr(config, "contender", True)


def searching(budget_s: float = 60.0, **changes: object) -> TrainSpec:
    return TrainSpec.model_validate(
        {"dataset": "two tastes", "model": AUTO, "budget_s": budget_s, "device": "cpu", **changes}
    )


def test_the_winner_becomes_the_runs_model_and_the_search_is_kept(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(monkeypatch, "popularity", "habit", "ease", broken=Broken, too_large=TooLarge, slow=Slow)
    told: list[Told] = []
    run = train(filled, searching(), on_event=told.append)
    search = run.search
    assert search is not None
    assert search.winner is not None
    won = search.candidates[search.winner]
    assert (run.id, run.status, run.spec.model, won.model) == ("auto-1", "done", "ease", "ease")
    assert run.title == "EASE #1"
    assert run.spec.settings == dict(won.settings)
    assert search.verdict[0].startswith("EASE (quick")
    assert [one.as_line() for one in told if isinstance(one, Candidate)] == [
        one.as_line() for one in search.candidates
    ]
    notes = {one.model: one.note for one in search.candidates if one.round == 1}
    assert notes["broken"] == "this model wants better data."
    assert notes["too_large"] == "60 items are too many."
    assert notes["slow"].startswith("it would take about")
    assert search.used_s <= 60
    assert not (filled.runs / run.id / "search").exists()
    assert runs.get_run(filled, run.id).as_dict()["search"]["winner"] == search.winner


def test_candidates_are_judged_on_the_validation_and_the_run_equals_a_plain_one(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(monkeypatch, "popularity", "ease")
    run = train(filled, searching())
    assert run.search is not None
    split = split_of(filled, run.id)
    judge = person_validator(split, run.spec.repeats)
    assert judge is not None
    first = run.search.candidates[0]
    model = MODELS[first.model].of(MODELS[first.model].preset(first.preset)).build().fit(split.train)
    assert first.value == pytest.approx(judge(model)["ndcg@10"].mean())
    plain = train(filled, run.spec)
    assert plain.metrics == run.metrics
    assert plain.id == "ease-2"
    assert plain.search is None
    assert (plain.epochs, plain.likelihood) == (run.epochs, run.likelihood)


@pytest.mark.slow
def test_a_winner_that_learns_pass_by_pass_equals_a_plain_run_with_its_curve(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(monkeypatch, "popularity", "lstm")
    monkeypatch.setattr(rounds, "ROUNDS", rounds.ROUNDS[:1])
    run = train(filled, searching(budget_s=300.0))
    plain = train(filled, run.spec)
    assert run.spec.model == "lstm"
    assert run.metrics == plain.metrics
    assert run.epochs == plain.epochs > 1
    curves = [runs.points(filled, each.id).query("name == 'ndcg@10'")["value"] for each in (run, plain)]
    np.testing.assert_array_equal(*curves)
    assert not runs.points(filled, run.id)["name"].str.startswith("trial").any()


@pytest.mark.parametrize("want", ["pause", "stop"])
def test_a_search_that_was_interrupted_goes_on_with_what_it_had_tried(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, want: str
) -> None:
    shelf(monkeypatch, "popularity", "habit", "ease")

    def interrupt(told: Told) -> None:
        if isinstance(told, Candidate) and told.model == "habit":
            queue.ask(filled, "auto-1", want)

    with pytest.raises(Interrupted):
        train(filled, searching(), on_event=interrupt)
    left = runs.get_run(filled, "auto-1")
    assert left.status == queue.ASKED[want]
    assert left.title == "Auto #1"
    assert left.search is not None
    assert [one.model for one in left.search.candidates] == ["popularity", "habit"]
    told: list[Told] = []
    run = go_on(filled, "auto-1", on_event=told.append)
    assert run.search is not None
    lines = [one.as_line() for one in run.search.candidates]
    assert lines[:2] == [one.as_line() for one in left.search.candidates]
    assert [one.as_line() for one in told if isinstance(one, Candidate)] == lines[2:]


@pytest.mark.slow
def test_a_search_killed_inside_a_candidate_goes_on_there(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setenv("RECENGINE_CHECKPOINT_S", "0")
    run_id = jobs.submit(filled, searching(budget_s=20.0)).id
    until(lambda: bool(list((filled.runs / run_id / "search").glob("*/search.ckpt"))))
    with Store(filled).reading() as db:
        worker = ProcessId(*db.execute("SELECT pid, pid_started FROM jobs").fetchone())
    worker.kill()
    until(lambda: jobs.job(filled, run_id).status == "lost")
    before = runs.get_run(filled, run_id).search
    assert before is not None
    jobs.resume(filled, run_id)
    until(lambda: jobs.job(filled, run_id).status not in ("queued", "running"))
    run = runs.get_run(filled, run_id)
    assert run.status == "done", run.error
    assert run.search is not None
    told = runs.log_tail(filled, run_id, lines=500)
    times = {one.as_line(): told.count(one.as_line()) for one in run.search.candidates}
    assert max(times.values()) == 1, times  # nothing was tried again
    assert len(run.search.candidates) > len(before.candidates) > 0


def test_a_candidate_whose_process_died_each_time_is_left_out(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(monkeypatch, "popularity", "habit")
    died: list[str] = []

    def die(told: Told) -> None:
        if isinstance(told, Step) and len(died) < 3:
            died.append("")
            raise SystemExit  # as if the process were gone: nothing is caught, nothing is written

    for _ in range(3):
        with pytest.raises(SystemExit):
            train(filled, searching(), on_event=die) if not died else go_on(filled, "auto-1", on_event=die)
        with Store(filled).writing() as db:
            db.execute("UPDATE runs SET status = 'lost'")
    run = go_on(filled, "auto-1", on_event=die)
    assert run.search is not None
    first, second = run.search.candidates[:2]
    assert "its process ended without a word" in first.note
    assert second.has_score


def test_what_takes_too_long_is_cut_short_and_can_still_win(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that runs a thousand times as fast once the LSTM learns."""
    shelf(monkeypatch, "popularity", "lstm")
    learning: list[Epoch] = []

    def listen(told: Told) -> None:
        if isinstance(told, Epoch) and told.of > 1:
            learning.append(told)

    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 1000.0 * (len(learning) >= 2))
    run = train(filled, searching(budget_s=500.0), on_event=listen)
    assert run.search is not None
    cut = next(one for one in run.search.candidates if one.model == "lstm")
    assert cut.note == "cut short after pass 2, for want of time"
    assert run.spec.model == "lstm"
    assert run.spec.settings == {"epochs": cut.epochs, "refit": True}


def test_a_split_without_validation_people_cannot_be_searched(
    ws: Workspace, put: Put, dataset_of: Callable[..., Dataset]
) -> None:
    put(ws, dataset_of([(0, 0, 1.0), (0, 1, 2.0), (1, 0, 1.0), (1, 1, 3.0)]))
    with pytest.raises(TrainingError, match="nobody is left in the validation to judge models on"):
        train(ws, searching(dataset="by hand", split=SplitConfig(kind="leave-last-out")))


def test_where_nothing_can_be_trained_each_reason_is_told(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(monkeypatch, broken=Broken, too_large=TooLarge)
    with pytest.raises(TrainingError, match=r"not one model .* Broken \(quick\) was left out: this"):
        train(filled, searching())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings": {"epochs": 3}}, "chooses preset and settings itself"),
        ({"preset": "best"}, "chooses preset and settings itself"),
        ({"model": "ease", "budget_s": 60.0}, "a time budget is for the model 'auto'"),
        ({"budget_s": 0.0}, "budget_s"),
    ],
)
def test_what_does_not_go_with_auto_is_refused(
    filled: Workspace, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        jobs.submit(filled, TrainSpec.of({"dataset": "two tastes", "model": AUTO, **changes}))

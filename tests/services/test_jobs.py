"""Real jobs in real processes: slow to start, so each test asks several things of one."""

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, JobError, NotFoundError, SettingsError
from recengine.data.synthetic import two_tastes
from recengine.models.events import Note
from recengine.services import compare, dispatcher, jobs, queue, runs, worker
from recengine.services.keyboard import ctrl_c_noted
from recengine.services.overview import ensure_first_models, overview
from recengine.services.processes import ProcessId
from recengine.services.recorder import Interrupted, Phase, Recorder
from recengine.services.recovery import error_in_words
from recengine.services.runs import TrainSpec
from recengine.services.store import Store
from recengine.services.training import go_on, train
from recengine.services.workspace import Workspace

Until = Callable[[Callable[[], bool]], None]
Put = Callable[[Workspace, Dataset], str]
SMALL = {"epochs": 8, "dims": 8, "history": 8, "batch": 8, "negatives": 8, "patience": 0}
LSTM = TrainSpec(dataset="two tastes", model="lstm", settings=SMALL, device="cpu")


@pytest.fixture(scope="module")
def crowd() -> Dataset:
    return two_tastes(num_users=80)


@pytest.fixture(scope="module")
def unbroken(
    tmp_path_factory: pytest.TempPathFactory, crowd: Dataset, put: Put
) -> tuple[Workspace, runs.Run]:
    """The LSTM trained in one go, in this process."""
    workspace = Workspace(tmp_path_factory.mktemp("unbroken"))
    put(workspace, crowd)
    return workspace, train(workspace, LSTM)


@pytest.fixture
def filled(ws: Workspace, crowd: Dataset, put: Put, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose jobs write a checkpoint at every sign of life."""
    monkeypatch.setenv("RECENGINE_CHECKPOINT_S", "0")
    put(ws, crowd)
    return ws


def status(ws: Workspace, run_id: str) -> str:
    return jobs.job(ws, run_id).status


def weights(ws: Workspace, run_id: str) -> bytes:
    return (ws.runs / run_id / "model" / "weights.safetensors").read_bytes()


def passes(ws: Workspace, run_id: str) -> dict[str, list[float]]:
    """What every pass measured, apart from its speed."""
    points = runs.points(ws, run_id)
    kept = points[
        ~points["name"].isin(["running_loss", "per_second", "seconds", "refit_per_second", "refit_seconds"])
    ]
    return {str(name): group["value"].tolist() for name, group in kept.groupby("name")}


WORKER = (
    "SELECT pid, pid_started FROM jobs JOIN runs ON id = run_id WHERE status = 'running' AND pid IS NOT NULL"
)
DISPATCHER = "SELECT pid, pid_started FROM dispatcher"


def living(ws: Workspace, query: str) -> list[ProcessId]:
    """The workers or the dispatcher that are alive now."""
    with Store(ws).reading() as db:
        found = [ProcessId(*row) for row in db.execute(query)]
    return [process for process in found if process.alive]


def everything_is_readable(ws: Workspace) -> None:
    """What the pages ask for can be answered."""
    for run in runs.list_runs(ws):
        runs.points(ws, run.id)
        runs.log_tail(ws, run.id)
        if run.finished:
            runs.run_report(ws, run.id)
    compare.leaderboard(ws, "two tastes")
    overview(ws, "two tastes")
    with Store(ws).reading() as db:
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"


@pytest.mark.slow
def test_kills_at_any_moment_change_nothing_but_the_time(
    filled: Workspace, unbroken: tuple[Workspace, runs.Run], until: Until
) -> None:
    """Worker or dispatcher, -9, while starting or learning; the result is bit for bit the unbroken one."""
    draw, killed_while_learning = random.Random(7), 0
    run_id = jobs.submit(filled, LSTM).id
    for kill in range(5):
        until(partial(_worked_on, filled, run_id, learning=kill in (1, 2, 4)))
        time.sleep(draw.uniform(0.0, 0.3))
        learning = (filled.runs / run_id / "search.ckpt").exists()
        victims = living(filled, DISPATCHER if kill == 3 else WORKER)
        for victim in victims:
            os.kill(victim.pid, signal.SIGKILL)
        everything_is_readable(filled)
        until(partial(_all_gone, victims))
        jobs.ensure_dispatcher(filled)
        if status(filled, run_id) in queue.RESUMABLE:
            killed_while_learning += learning
            jobs.resume(filled, run_id)
    until(lambda: status(filled, run_id) not in ("queued", "running"))
    assert killed_while_learning >= 2
    run, (workspace, whole) = runs.get_run(filled, run_id), unbroken
    assert run.status == "done", run.error
    assert weights(filled, run_id) == weights(workspace, whole.id)
    assert passes(filled, run_id) == passes(workspace, whole.id)
    assert (run.metrics, run.epochs) == (whole.metrics, whole.epochs)
    assert not list((filled.runs / run_id).glob("*.ckpt*"))


def _worked_on(ws: Workspace, run_id: str, *, learning: bool) -> bool:
    """Whether a worker is at it (and has got further than its last checkpoint), or all is over."""
    if status(ws, run_id) not in ("queued", "running"):
        return True
    checkpoint = ws.runs / run_id / "search.ckpt"
    newer = checkpoint.exists() and time.time() - checkpoint.stat().st_mtime < 0.5
    return bool(living(ws, WORKER)) and (newer or not learning)


def _all_gone(victims: list[ProcessId]) -> bool:
    return not any(victim.alive for victim in victims)


@pytest.mark.slow
def test_a_job_is_watched_paused_overtaken_resumed_and_finished(
    filled: Workspace, unbroken: tuple[Workspace, runs.Run], until: Until
) -> None:
    run_id = jobs.submit(filled, LSTM).id
    until(lambda: jobs.job(filled, run_id).stage == "training")
    assert jobs.job(filled, run_id).can_pause
    until(lambda: jobs.job(filled, run_id).progress > 0.1)
    jobs.pause(filled, run_id)
    until(lambda: status(filled, run_id) == "paused")
    paused = jobs.job(filled, run_id)
    assert 0.1 < paused.progress < 1
    assert "resume" in paused.message
    assert paused.can_resume
    assert not paused.can_pause
    other = jobs.submit(filled, TrainSpec(dataset="two tastes", model="popularity")).id
    until(lambda: status(filled, other) == "done")
    assert status(filled, run_id) == "paused"
    jobs.resume(filled, run_id)
    until(lambda: status(filled, run_id) not in ("queued", "running"))
    workspace, whole = unbroken
    assert weights(filled, run_id) == weights(workspace, whole.id)
    assert runs.run_report(filled, run_id).metrics == dict(whole.metrics)
    assert "pass 1 of at most 8 done: loss" in runs.log_tail(filled, run_id, lines=100)
    until(lambda: not living(filled, DISPATCHER))  # nothing left to do
    assert [view.run_id for view in jobs.jobs(filled)] == [other, run_id]


def test_jobs_outlive_their_dispatcher_and_the_next_one_takes_over(filled: Workspace, until: Until) -> None:
    quick = [TrainSpec(dataset="two tastes", model=model) for model in ("habit", "ease")]
    first, *ids = [run.id for run in jobs.submit_all(filled, [LSTM, *quick])]
    assert [jobs.job(filled, run_id).position for run_id in (first, *ids)] in ([1, 2, 3], [0, 1, 2])
    until(lambda: jobs.job(filled, first).progress > 0)
    killed = living(filled, DISPATCHER)
    for process in killed:
        os.kill(process.pid, signal.SIGKILL)
    until(partial(_all_gone, killed))
    for _ in range(3):  # three pages opened at once
        jobs.ensure_dispatcher(filled)
    until(lambda: {status(filled, run_id) for run_id in (first, *ids)} == {"done"})
    logs = [(filled.runs / run_id / "log.txt").read_text() for run_id in ids]
    assert all(log.count("pass 1 of at most 1 done") == 2 for log in logs)  # search and last fit, once each


def test_a_job_taken_by_a_dispatcher_that_died_before_starting_it_is_queued_again(
    filled: Workspace, claimed: queue.Claim
) -> None:
    """`claimed` is such a job: running by its state, and no process works on it."""
    assert status(filled, claimed.id) == "running"
    me = ProcessId.me()
    assert queue.become_dispatcher(filled, me)
    assert status(filled, claimed.id) == "queued"
    late = queue.note_process(filled, claimed, me, begun=True)  # the worker, should it come up after all
    assert not late
    again = queue.claim(filled, ["cpu:0"])
    assert again is not None
    assert (again.id, again.slot) == (claimed.id, "cpu:0")
    assert queue.note_process(filled, again, me, begun=True)
    assert queue.become_dispatcher(filled, me)  # a second time: nothing that is worked on is taken away
    assert status(filled, claimed.id) == "running"


def test_a_stopped_job_ends_and_can_still_be_resumed(filled: Workspace, until: Until) -> None:
    long = LSTM.model_copy(update={"settings": {**SMALL, "epochs": 500}})
    run_id = jobs.submit(filled, long).id
    until(lambda: jobs.job(filled, run_id).progress > 0)
    jobs.stop(filled, run_id)
    assert jobs.job(filled, run_id).message == "stopping"
    until(lambda: status(filled, run_id) == "stopped")
    assert jobs.job(filled, run_id).can_resume
    runs.delete_run(filled, run_id)
    assert not (filled.runs / run_id).exists()


def test_what_cannot_work_never_reaches_the_queue(filled: Workspace) -> None:
    with pytest.raises(SettingsError, match="no setting 'epoch'"):
        jobs.submit(filled, LSTM.model_copy(update={"settings": {"epoch": 3}}))
    with pytest.raises(NotFoundError, match="no dataset 'nothing'"):
        jobs.submit(filled, LSTM.model_copy(update={"dataset": "nothing"}))
    with pytest.raises(DataError, match="came without a test file"):
        jobs.submit(filled, TrainSpec.model_validate({**LSTM.model_dump(), "split": {"kind": "given"}}))
    assert jobs.jobs(filled) == []
    with pytest.raises(NotFoundError, match="no run 'lstm-1'"):
        jobs.job(filled, "lstm-1")
    with pytest.raises(NotFoundError, match="no run 'lstm-1'"):
        jobs.pause(filled, "lstm-1")


@pytest.fixture
def claimed(filled: Workspace) -> queue.Claim:
    """A job that this test's process has taken; no dispatcher runs."""
    with Store(filled).writing() as db:
        run_id = runs.create_run(db, TrainSpec(dataset="two tastes", model="ease"), "", "queued")
        queue.enqueue(db, run_id, wants_gpu=False)
    taken = queue.claim(filled, ["cpu:0"])
    assert taken is not None
    return taken


def test_a_mistake_in_the_data_ends_a_job_with_its_sentence(filled: Workspace, claimed: queue.Claim) -> None:
    shutil.rmtree(filled.datasets)
    worker.work(filled, claimed)
    run = runs.get_run(filled, claimed.id)
    assert run.status == "failed"
    assert run.error.startswith("there is no dataset in")


def test_a_fault_nobody_foresaw_is_told_in_words_with_a_log(
    filled: Workspace, claimed: queue.Claim, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store(filled).writing() as db:
        db.execute("""UPDATE runs SET spec = replace(spec, '"seed":0', '"seed":"x"')""")
    worker.work(filled, claimed)
    with Store(filled).writing() as db:
        db.execute("""UPDATE runs SET spec = replace(spec, '"seed":"x"', '"seed":0')""")
    run = runs.get_run(filled, claimed.id)
    assert run.status == "failed"
    assert "went wrong inside recengine (ValidationError" in run.error
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "The memory ran out. Choose a smaller batch"),
        (RuntimeError("CUDA out of memory. Tried to allocate 3 GiB"), "The memory ran out"),
        (OSError(28, "No space left on device"), "whether the disk is full"),
        (sqlite3.OperationalError("database or disk is full"), "whether the disk is full"),
        (KeyError("x"), "inside recengine (KeyError"),
    ],
)
def test_errors_are_told_in_words(error: Exception, said: str) -> None:
    assert said in error_in_words(error)


def test_a_worker_with_a_void_claim_leaves_the_run_alone(filled: Workspace, claimed: queue.Claim) -> None:
    worker.work(filled, queue.Claim(claimed.id, "another token", claimed.slot))
    assert runs.get_run(filled, claimed.id).status == "running"
    assert not (filled.runs / claimed.id).exists()


@pytest.mark.parametrize(("want", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_a_training_at_the_command_line_can_be_asked_from_a_page(
    filled: Workspace, want: str, state: str
) -> None:
    def ask(_: object) -> None:
        if (run_id := runs.list_runs(filled)[0].id) and jobs.job(filled, run_id).want == "run":
            queue.ask(filled, run_id, want)

    long = LSTM.model_copy(update={"settings": {**SMALL, "epochs": 200}})
    with pytest.raises(Interrupted):
        train(filled, long, on_event=ask)
    (run,) = runs.list_runs(filled)
    assert run.status == state
    assert (filled.runs / run.id / "search.ckpt").exists()


def test_ctrl_c_writes_down_where_it_stood_and_going_on_changes_nothing(
    filled: Workspace, unbroken: tuple[Workspace, runs.Run]
) -> None:
    seen: list[object] = []

    def press(event: object) -> None:
        seen.append(event)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted, match="asked to stop") as ended:
        train(filled, LSTM, on_event=press)
    run_id = ended.value.run_id
    assert len(seen) == 5
    assert runs.get_run(filled, run_id).status == "stopped"
    assert (filled.runs / run_id / "search.ckpt").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert go_on(filled, run_id).status == "done"
    assert weights(filled, run_id) == weights(unbroken[0], unbroken[1].id)
    with pytest.raises(JobError, match="is done; only"):
        go_on(filled, run_id)


def test_the_second_ctrl_c_is_obeyed_at_once() -> None:
    with ctrl_c_noted() as ctrl_c:
        assert not ctrl_c()
        signal.raise_signal(signal.SIGINT)
        assert ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_training_that_cannot_go_on_ends_with_what_to_do(filled: Workspace) -> None:
    """Here: a checkpoint that was written under another seed."""

    def stop(_: object) -> None:
        queue.ask(filled, "lstm-1", "stop")

    with pytest.raises(Interrupted):
        train(filled, LSTM, on_event=stop)
    with Store(filled).writing() as db:
        db.execute("""UPDATE runs SET spec = replace(spec, '"seed":0,"device"', '"seed":1,"device"')""")
    queue.resume(filled, "lstm-1")
    taken = queue.claim(filled, ["cpu:0"])
    assert taken is not None
    worker.work(filled, taken)
    run = runs.get_run(filled, "lstm-1")
    assert run.status == "failed"
    assert "does not fit this training" in run.error
    assert "Start the run anew" in run.error


def test_first_models_are_queued_once_however_many_look(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda ws: None)  # the sample's training is another test's
    assert [run.spec.model for run in ensure_first_models(ws)] == ["popularity", "habit", "ease", "lstm"]
    assert ensure_first_models(ws) == []
    assert jobs.jobs(ws)[0].message == "next in the queue"
    assert queue.claim(ws, ["cpu:0", "cpu:1"]) is not None
    assert queue.claim(ws, ["cpu:0", "cpu:1"]) is None  # the others wait for the data
    preparing = overview(ws)
    assert preparing.state == "preparing"
    assert preparing.sentence.startswith("The first models are on their way: 0 of 4 trained.")


def test_a_worker_is_told_to_share_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert dispatcher._environment("cuda:1")["CUDA_VISIBLE_DEVICES"] == "6"
    environment = dispatcher._environment("cpu:0")
    assert environment["CUDA_VISIBLE_DEVICES"] == ""
    assert environment["OMP_WAIT_POLICY"] == "PASSIVE"
    assert 1 <= int(environment["OMP_NUM_THREADS"]) <= max(1, (os.cpu_count() or 1) - 1)


def test_a_dispatcher_does_not_bring_back_a_removed_workspace(tmp_path: Path) -> None:
    gone = Workspace(tmp_path / "gone")
    dispatcher.work(gone)
    shutil.rmtree(gone.root)
    assert queue.become_dispatcher(gone, ProcessId.me())


def test_what_training_notes_is_kept_once_and_told_with_the_run(
    filled: Workspace, claimed: queue.Claim
) -> None:
    with Recorder(filled, claimed) as recorder:
        phase = Phase(recorder, (0.0, 1.0), passes=1)
        for text in ("One thing.", "Another.", "One thing."):  # the last fit says it again
            phase.hear(Note(text))
    assert runs.run_notes(filled, claimed.id) == ["One thing.", "Another."]
    worker.work(filled, claimed)
    assert runs.get_run(filled, claimed.id).notes == ("One thing.", "Another.")

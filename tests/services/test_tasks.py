"""Tasks: the queue with a small kind of work in this process; real processes are in test_explain_all.py."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from recengine.core.errors import DataError, JobError, NotFoundError, SettingsError
from recengine.services import jobs, queue, tasks, tasks_queue, tasks_worker
from recengine.services.processes import ProcessId
from recengine.services.queue import Claim
from recengine.services.recovery import recover
from recengine.services.runs import TrainSpec, create_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace

NOBODY = ProcessId(pid=2**22 + 1, started_at=0.0)  # beyond the largest pid Linux gives out


def count(ws: Workspace, spec: dict[str, Any], report: tasks_worker.Report) -> dict[str, Any]:
    """A kind of work: counts to `to`; fails or asks itself to stop where the spec says so."""
    for number in range(spec["to"] + 1):
        report(number, spec["to"], f"at {number}")
        if number == spec.get("stop at"):
            tasks.stop(ws, "count-1")
            time.sleep(0.3)  # the wish is heard a few times a second
        if number == spec.get("fail at"):
            raise DataError("there is no number 2.")
    return {"counted": spec["to"], "device": report.device}


@pytest.fixture
def queued(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tasks.Task]:
    """Queues a count; nobody works the queue but this process."""
    monkeypatch.setitem(tasks.KINDS, "count", f"{__name__}:count")
    assert queue.become_dispatcher(ws, ProcessId.me())
    return lambda **spec: tasks.submit(ws, "count", about="ease-1", spec={"to": 3, **spec})


def claim(ws: Workspace, *slots: str) -> Claim:
    taken = tasks_queue.claim(ws, slots or ("cpu:0",))
    assert taken is not None
    return taken


def test_a_task_waits_is_worked_and_keeps_its_result(
    ws: Workspace, queued: Callable[..., tasks.Task]
) -> None:
    first, second = queued(), queued(to=5)
    assert (first.id, first.message, second.message) == ("count-1", "starting", "number 2 in the queue")
    assert first.active
    taken = claim(ws)
    assert tasks.task(ws, second.id).message == "next in the queue; a training or another task is at work"
    tasks_worker.work(ws, taken)
    done = tasks.task(ws, first.id)
    assert (done.status, done.progress, done.result) == ("done", 1.0, {"counted": 3, "device": "cpu"})
    assert (done.done, done.total, done.message) == (3, 3, "done")
    assert done.per_second > 0
    assert not done.can_stop
    assert [task.id for task in tasks.tasks(ws, kind="count", about="ease-1")] == ["count-2", "count-1"]
    assert tasks.tasks(ws, about="another run") == []


def test_the_same_wish_twice_is_one_task_until_it_is_over(
    ws: Workspace, queued: Callable[..., tasks.Task]
) -> None:
    assert queued().id == queued().id
    tasks_worker.work(ws, claim(ws))
    assert queued().id == "count-2"


def test_a_task_stops_when_asked_waiting_or_running(ws: Workspace, queued: Callable[..., tasks.Task]) -> None:
    waiting = queued()
    tasks.stop(ws, waiting.id)
    assert tasks.task(ws, waiting.id).status == "stopped"
    assert tasks_queue.claim(ws, ["cpu:0"]) is None
    with pytest.raises(JobError, match="'count-1' is stopped, so there is nothing to stop"):
        tasks.stop(ws, waiting.id)


def test_a_running_task_hears_that_it_shall_stop(ws: Workspace, queued: Callable[..., tasks.Task]) -> None:
    queued(**{"to": 100, "stop at": 2})
    tasks_worker.work(ws, claim(ws))
    stopped = tasks.task(ws, "count-1")
    assert (stopped.status, stopped.message, stopped.result) == ("stopped", "stopped on request", {})
    assert stopped.done < 100


def test_a_task_that_fails_says_why_in_words(ws: Workspace, queued: Callable[..., tasks.Task]) -> None:
    queued(**{"fail at": 2})
    tasks_worker.work(ws, claim(ws))
    failed = tasks.task(ws, "count-1")
    assert (failed.status, failed.message) == ("failed", "there is no number 2.")


def test_a_task_whose_process_was_killed_is_lost_and_says_so(
    ws: Workspace, queued: Callable[..., tasks.Task]
) -> None:
    queued()
    taken = claim(ws)
    assert tasks_queue.note_process(ws, taken, NOBODY, begun=True)
    lost = tasks.task(ws, "count-1")
    assert lost.status == "lost"
    assert "The process of this task ended without a word: it was killed" in lost.message
    assert "Start it again" in lost.message
    assert not tasks_queue.finish(ws, taken, "done")  # too late
    tasks_worker.work(ws, taken)  # a worker that comes up after all does nothing
    assert tasks.task(ws, "count-1").status == "lost"


def test_a_task_claimed_by_a_dispatcher_that_died_is_queued_again(
    ws: Workspace, queued: Callable[..., tasks.Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    queued()
    taken = claim(ws)
    with Store(ws).writing() as db:
        db.execute("DELETE FROM dispatcher")
    assert queue.become_dispatcher(ws, ProcessId.me())
    assert tasks.task(ws, "count-1").status == "queued"
    assert not tasks_queue.note_process(ws, taken, ProcessId.me(), begun=True)
    late = claim(ws)
    monkeypatch.setattr(queue, "START_TIMEOUT_S", -1.0)  # no process came up in time
    recover(ws)
    assert tasks.task(ws, "count-1").status == "queued"
    assert claim(ws).token != late.token


def test_tasks_and_trainings_share_the_slots(ws: Workspace, queued: Callable[..., tasks.Task]) -> None:
    with Store(ws).writing() as db:
        run_id = create_run(db, TrainSpec(dataset="d", model="ease"), "f", "queued")
        queue.enqueue(db, run_id, wants_gpu=False)
    queued()
    task = claim(ws)
    assert queue.claim(ws, ["cpu:0"]) is None
    assert tasks_queue.finish(ws, task, "done")
    training = queue.claim(ws, ["cpu:0"])
    assert training is not None
    queued()
    assert tasks_queue.claim(ws, ["cpu:0"]) is None
    assert tasks_queue.claim(ws, ["cpu:0", "cpu:1"]) is not None


def test_the_dispatcher_stays_while_a_task_waits(ws: Workspace, queued: Callable[..., tasks.Task]) -> None:
    me = ProcessId.me()
    queued()
    assert not queue.retire_dispatcher(ws, me)
    tasks_worker.work(ws, claim(ws))
    assert queue.retire_dispatcher(ws, me)
    assert not queue.dispatcher_needed(ws)
    tasks_queue.enter(ws, "count", "ease-1", {"to": 1})
    assert queue.dispatcher_needed(ws)


def test_what_a_task_is_about_takes_it_along_when_it_goes(
    ws: Workspace, queued: Callable[..., tasks.Task]
) -> None:
    """The worker of one that is under way finds its claim void and ends."""
    queued()
    tasks_worker.work(ws, claim(ws))
    log = tasks_queue.log_of(ws, "count-1")
    log.parent.mkdir(parents=True)
    queued(to=100_000)
    taken = claim(ws)
    with tasks_worker.Report(ws, taken) as report:
        report(0, 10)
        tasks_queue.forget(ws, "ease-1")
        with pytest.raises(tasks_worker.Stopped):
            report(10, 10)
    assert tasks.tasks(ws) == []
    assert not log.parent.exists()
    assert queued().id == "count-3"  # no id means two tasks


def test_a_kind_that_is_not_on_the_shelf_is_refused(ws: Workspace) -> None:
    with pytest.raises(SettingsError, match=r"no kind of task 'reason'\. Did you mean 'reasons'"):
        tasks.submit(ws, "reason", about="", spec={})
    with pytest.raises(NotFoundError, match="no task 'count-1'"):
        tasks.task(ws, "count-1")
    with pytest.raises(NotFoundError, match="no task 'count-1'"):
        tasks.stop(ws, "count-1")
    assert jobs.jobs(ws) == []


def test_a_task_that_coordinates_takes_no_slot_from_trainings(
    ws: Workspace, queued: Callable[..., tasks.Task]
) -> None:
    """Nor does it need one: on a machine with a single slot it would wait for what waits for it."""
    slots = ("cpu:0", *tasks_queue.COORDINATORS)
    for number in range(len(tasks_queue.COORDINATORS) + 1):
        tasks.submit(ws, "count", about="set", spec={"to": number}, coordinates=True)
    taken = [claim(ws, *slots).slot for _ in tasks_queue.COORDINATORS]
    assert taken == list(tasks_queue.COORDINATORS)
    assert tasks_queue.claim(ws, slots) is None  # no more than so many at once
    with Store(ws).writing() as db:
        run_id = create_run(db, TrainSpec(dataset="d", model="ease"), "f", "queued")
        queue.enqueue(db, run_id, wants_gpu=False)
    training = queue.claim(ws, slots)
    assert training is not None
    assert training.slot == "cpu:0"
    queued()
    assert tasks_queue.claim(ws, slots) is None  # an ordinary task never takes a coordinator's place


def test_a_task_of_the_callers_own_process_can_be_seen_stopped_and_lost(
    ws: Workspace, queued: Callable[..., tasks.Task]
) -> None:
    taken = tasks_queue.enter_inline(ws, "count", "set", {}, ProcessId.me())
    assert tasks.task(ws, taken.id).status == "running"
    assert tasks_queue.claim(ws, ["cpu:0"]) is None
    tasks.stop(ws, taken.id)
    with tasks_worker.Report(ws, taken) as report, pytest.raises(tasks_worker.Stopped):
        report(0, 1)
    assert tasks_queue.finish(ws, taken, "stopped")
    gone = tasks_queue.enter_inline(ws, "count", "set", {}, NOBODY)
    assert tasks.task(ws, gone.id).status == "lost"

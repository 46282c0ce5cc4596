import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from recengine.core.errors import JobError, NotFoundError
from recengine.services import jobs, queue
from recengine.services.processes import ProcessId
from recengine.services.recovery import recover
from recengine.services.runs import TrainSpec, create_run, get_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace

NOBODY = ProcessId(pid=2**22 + 1, started_at=0.0)  # beyond the largest pid Linux gives out
Until = Callable[[Callable[[], bool]], None]


def enter(ws: Workspace, count: int = 1, *, fingerprint: str = "f", gpu: bool = False) -> list[str]:
    """Queue so many runs."""
    with Store(ws).writing() as db:
        ids = [
            create_run(db, TrainSpec(dataset="d", model="ease"), fingerprint, "queued") for _ in range(count)
        ]
        for run_id in ids:
            queue.enqueue(db, run_id, wants_gpu=gpu)
    return ids


def claim(ws: Workspace, *slots: str) -> queue.Claim:
    taken = queue.claim(ws, slots or ("cpu:0",))
    assert taken is not None
    return taken


def status(ws: Workspace, run_id: str) -> str:
    return get_run(ws, run_id).status


def set_job(ws: Workspace, run_id: str, **values: object) -> None:
    with Store(ws).writing() as db:
        for column, value in values.items():
            db.execute(f"UPDATE jobs SET {column} = ? WHERE run_id = ?", (value, run_id))


CLAIMER = """
import sys
from pathlib import Path
from recengine.services import jobs, queue
from recengine.services.workspace import Workspace
name, home = sys.argv[1:]
slots = [f"cpu:{name}{number}" for number in range(60)]
while (taken := queue.claim(Workspace(Path(home)), slots)) is not None:
    print(taken.id)
"""


def test_several_dispatchers_at_once_never_take_the_same_job(ws: Workspace) -> None:
    ids = enter(ws, 60)
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, name, str(ws.root)], stdout=subprocess.PIPE, text=True
        )
        for name in "abc"
    ]
    taken = [line for claimer in claimers for line in claimer.communicate()[0].split()]
    assert sorted(taken) == sorted(ids)


def test_first_come_first_served_and_one_job_a_slot(ws: Workspace) -> None:
    ids, slots = enter(ws, 3), ("cpu:0", "cpu:1")
    first, second = claim(ws, *slots), claim(ws, *slots)
    assert ([first.id, second.id], first.slot, second.slot) == (ids[:2], "cpu:0", "cpu:1")
    assert queue.claim(ws, slots) is None
    assert queue.finish(ws, second, "done")
    third = claim(ws, *slots)
    assert (third.id, third.slot) == (ids[2], "cpu:1")


def test_a_gpu_job_waits_for_the_gpu_and_lets_others_pass(ws: Workspace) -> None:
    (busy,) = enter(ws, gpu=True)
    (waiting,) = enter(ws, gpu=True)
    (small,) = enter(ws)
    slots = ("cuda:0", "cpu:0")
    assert [claim(ws, *slots).id for _ in range(2)] == [busy, small]
    assert status(ws, waiting) == "queued"


def test_without_a_gpu_the_same_job_takes_the_processor(ws: Workspace) -> None:
    enter(ws, gpu=True)
    assert claim(ws, "cpu:0").slot == "cpu:0"


def test_data_are_prepared_by_one_job_while_the_others_that_need_them_wait(ws: Workspace) -> None:
    first, second = enter(ws, 2, fingerprint="")
    (other,) = enter(ws)
    slots = ("cpu:0", "cpu:1", "cpu:2")
    assert [claim(ws, *slots).id for _ in range(2)] == [first, other]
    with Store(ws).writing() as db:
        db.execute("UPDATE runs SET dataset_fingerprint = 'f' WHERE id = ?", (first,))
    assert claim(ws, *slots).id == second


def test_a_worker_whose_claim_is_void_can_change_nothing(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    old = claim(ws)
    assert queue.note_process(ws, old, NOBODY)
    recover(ws)  # the process is gone
    queue.resume(ws, run_id)
    new = claim(ws)
    assert not queue.note_process(ws, old, ProcessId.me(), begun=True)
    assert not queue.finish(ws, old, "done")
    assert status(ws, run_id) == "running"
    assert queue.finish(ws, new, "done")


def test_a_job_whose_process_is_gone_is_lost_and_says_why(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    queue.note_process(ws, claim(ws), NOBODY, begun=True)
    recover(ws)
    run = get_run(ws, run_id)
    assert run.status == "lost"
    assert "killed, the memory ran out" in run.error
    assert "Resume" in run.error


def test_a_zombie_counts_as_gone(ws: Workspace, until: Until) -> None:
    (run_id,) = enter(ws)
    taken = claim(ws)
    child = subprocess.Popen(["true"])
    process = ProcessId.of(child.pid)
    assert process is not None
    until(lambda: not process.alive)  # ended, and not yet waited for by us
    os.kill(child.pid, 0)  # the system still answers for it
    queue.note_process(ws, taken, process, begun=True)
    recover(ws)
    child.wait()
    assert status(ws, run_id) == "lost"


def test_a_pid_that_was_used_again_is_not_our_process() -> None:
    assert ProcessId.me().alive
    assert not ProcessId(os.getpid(), ProcessId.me().started_at - 100).alive


def test_a_job_that_died_before_it_began_has_failed_with_the_last_words(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    (ws.runs / run_id).mkdir(parents=True)
    (ws.runs / run_id / "log.txt").write_text("ImportError: libcudart.so.12\n")
    queue.note_process(ws, claim(ws), NOBODY)
    recover(ws)
    run = get_run(ws, run_id)
    assert run.status == "failed"
    assert "ended before it began" in run.error
    assert "ImportError: libcudart.so.12" in run.error


def test_a_process_that_never_shows_itself_is_ended_after_the_start_timeout(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    taken = claim(ws)
    child = subprocess.Popen(["sleep", "100"], start_new_session=True)
    process = ProcessId.of(child.pid)
    assert process is not None
    queue.note_process(ws, taken, process)
    recover(ws)
    assert status(ws, run_id) == "running"  # it may still come up
    set_job(ws, run_id, claimed_at=time.time() - queue.START_TIMEOUT_S - 1)
    recover(ws)
    assert child.wait() == -9
    assert status(ws, run_id) == "failed"
    assert "did not start within 90 seconds" in get_run(ws, run_id).error


def test_a_claim_without_any_process_goes_back_to_the_queue(ws: Workspace) -> None:
    """The dispatcher was killed between the claim and the start."""
    (run_id,) = enter(ws)
    claim(ws)
    recover(ws)
    assert status(ws, run_id) == "running"
    set_job(ws, run_id, claimed_at=time.time() - queue.START_TIMEOUT_S - 1)
    recover(ws)
    assert status(ws, run_id) == "queued"
    assert claim(ws).id == run_id


@pytest.mark.parametrize(("want", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_a_job_that_does_not_listen_is_ended_with_what_was_asked(
    ws: Workspace, want: str, state: str
) -> None:
    (run_id,) = enter(ws)
    taken = claim(ws)
    child = subprocess.Popen(["sleep", "100"], start_new_session=True)
    process = ProcessId.of(child.pid)
    assert process is not None
    queue.note_process(ws, taken, process, begun=True)
    queue.ask(ws, run_id, want)
    recover(ws)
    assert status(ws, run_id) == "running"  # it has a moment to do so itself
    set_job(ws, run_id, want_at=time.time() - queue.GRACE_S - 1)
    recover(ws)
    assert child.wait() == -9
    assert status(ws, run_id) == state


def test_a_training_in_its_callers_process_is_never_ended_for_it(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        run_id = create_run(db, TrainSpec(dataset="d", model="ease"), "f", "running")
        queue.enter_inline(db, run_id, ProcessId.me())
    queue.ask(ws, run_id, "stop")
    set_job(ws, run_id, want_at=0.0)
    recover(ws)
    assert status(ws, run_id) == "running"


@pytest.mark.parametrize(("want", "state"), [("pause", "paused"), ("stop", "stopped")])
def test_a_waiting_job_pauses_and_stops_at_once(ws: Workspace, want: str, state: str) -> None:
    (run_id,) = enter(ws)
    queue.ask(ws, run_id, want)
    assert status(ws, run_id) == state
    assert queue.claim(ws, ["cpu:0"]) is None
    queue.ask(ws, run_id, want)  # asked twice is asked once
    queue.resume(ws, run_id)
    assert claim(ws).id == run_id


def test_a_paused_job_can_be_stopped(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    queue.ask(ws, run_id, "pause")
    queue.ask(ws, run_id, "stop")
    assert status(ws, run_id) == "stopped"


def test_what_makes_no_sense_is_refused_in_words(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    with pytest.raises(JobError, match=r"'ease-1' is queued; only paused, stopped, failed, lost"):
        queue.resume(ws, run_id)
    queue.finish(ws, claim(ws), "done")
    with pytest.raises(JobError, match="is done, so there is nothing to pause"):
        queue.ask(ws, run_id, "pause")
    with pytest.raises(NotFoundError, match="no run 'ease-9'"):
        queue.ask(ws, "ease-9", "stop")


def test_only_one_living_process_is_the_dispatcher(ws: Workspace) -> None:
    enter(ws)
    me, child = ProcessId.me(), subprocess.Popen(["sleep", "100"])
    other = ProcessId.of(child.pid)
    assert other is not None
    assert queue.dispatcher_needed(ws)
    assert queue.become_dispatcher(ws, other)
    assert not queue.dispatcher_needed(ws)
    assert not queue.become_dispatcher(ws, me)
    child.kill()
    child.wait()
    assert queue.dispatcher_needed(ws)
    assert queue.become_dispatcher(ws, me)


def test_a_dispatcher_leaves_only_an_empty_queue(ws: Workspace) -> None:
    enter(ws)
    me = ProcessId.me()
    queue.become_dispatcher(ws, me)
    assert not queue.retire_dispatcher(ws, me)
    queue.finish(ws, claim(ws), "done")
    assert queue.retire_dispatcher(ws, me)
    assert not queue.dispatcher_needed(ws)
    enter(ws)
    assert queue.dispatcher_needed(ws)  # whoever submits after that finds nobody and starts one


def test_ids_are_never_used_twice(ws: Workspace) -> None:
    enter(ws, 2)
    with Store(ws).writing() as db:
        db.execute("DELETE FROM runs")
    assert enter(ws) == ["ease-3"]


def test_a_queue_that_nobody_can_work_says_what_the_dispatcher_printed(ws: Workspace) -> None:
    (run_id,) = enter(ws)
    assert jobs.jobs(ws)[0].message == "next in the queue"
    (ws.root / "dispatcher.log").write_text("ImportError: no module named psutil\n")
    set_job(ws, run_id, queued_at=time.time() - jobs.STALLED_S - 1)
    (waiting,) = jobs.jobs(ws)
    assert waiting.message.startswith("nobody works the queue")
    assert "no module named psutil" in waiting.message

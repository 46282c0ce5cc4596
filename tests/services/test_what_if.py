"""What-ifs done in this process; real processes, and kills, are in test_what_if_kills.py."""

import shutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import EditError, JobError, NotFoundError, SettingsError
from recengine.data.synthetic import two_tastes
from recengine.services import queue, tasks, tasks_queue, what_if_work
from recengine.services.processes import ProcessId
from recengine.services.recorder import Interrupted
from recengine.services.runs import Run, TrainSpec, delete_run, get_run, list_runs, run_report
from recengine.services.store import Store
from recengine.services.training import train
from recengine.services.what_if import (
    Ask,
    WhatIfSet,
    delete,
    do,
    resume,
    resume_here,
    stop,
    submit,
    what_if,
    what_if_set,
    what_ifs,
)
from recengine.services.what_if_arms import Planned, planned
from recengine.services.what_if_crew import Pool
from recengine.services.workspace import Workspace

Put = Callable[[Workspace, Dataset], str]
NORTH = "drop people where group = north"
FEW = "drop people where age >= 45"
SMALL = {"epochs": 2, "dims": 8, "history": 8, "batch": 8, "negatives": 8, "patience": 0}
LSTM = TrainSpec(dataset="two tastes", model="lstm", settings=SMALL, device="cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, put: Put) -> Workspace:
    """A workspace with a small dataset, and one run of each model these tests ask about."""
    workspace = Workspace(tmp_path_factory.mktemp("trained"))
    name = put(workspace, two_tastes(num_users=40))
    for spec in (TrainSpec(dataset=name, model="ease"), TrainSpec(dataset=name, model="random"), LSTM):
        train(workspace, spec)
    return workspace


@pytest.fixture
def filled(trained: Workspace, ws: Workspace) -> Workspace:
    """A copy of it that a test may change."""
    shutil.copytree(trained.root, ws.root)
    return ws


@pytest.fixture
def ease(filled: Workspace) -> Run:
    return get_run(filled, "ease-1")


@pytest.fixture
def lots(filled: Workspace) -> Run:
    """A run that draws lots."""
    return get_run(filled, "random-2")


@pytest.fixture
def lstm(filled: Workspace) -> Run:
    return get_run(filled, "lstm-3")


def ndcg(ws: Workspace, run_id: str) -> np.ndarray:
    return run_report(ws, run_id).per_person["ndcg@10"].to_numpy()


def test_both_arms_are_what_one_trains_by_hand(filled: Workspace, ease: Run) -> None:
    (found,) = do(filled, [Ask(ease.id, (NORTH,), seeds=3)])
    assert (found.status, found.progress, found.seeds) == ("done", 1.0, 1)  # EASE draws no lots
    assert found.sentence == "Without people where group is north"
    assert [(arm.side, arm.run_id, arm.status) for arm in found.arms] == [
        ("base", ease.id, "done"),
        ("edited", "ease-4", "done"),
    ]
    by_hand = train(filled, replace_edits(ease.spec, NORTH))
    np.testing.assert_array_equal(ndcg(filled, "ease-4"), ndcg(filled, by_hand.id))
    edited = get_run(filled, "ease-4")
    assert edited.exam == ease.exam
    assert edited.spec.edits == (NORTH,)
    assert found.verdict is not None
    row = found.verdict.headline
    assert row["edited"] - row["base"] == pytest.approx(
        (ndcg(filled, "ease-4") - ndcg(filled, ease.id)).mean()
    )


def replace_edits(spec: TrainSpec, *edits: str) -> TrainSpec:
    return spec.model_copy(update={"edits": edits})


def test_trainings_that_are_there_are_used_again_and_base_arms_are_shared(
    filled: Workspace, lots: Run
) -> None:
    asks = [Ask(lots.id, (edit,), seeds=2) for edit in (NORTH, FEW, NORTH)]
    found = do(filled, asks)
    assert [one.texts for one in found] == [(NORTH,), (FEW,)]  # the same twice is one
    assert len(list_runs(filled)) == 3 + 1 + 2 * 2
    assert found[0].run_ids("base") == found[1].run_ids("base") == ["random-2", "random-5"]
    assert [(arm.side, arm.seed) for arm in found[0].arms] == [
        ("base", 0),
        ("edited", 0),
        ("base", 1),
        ("edited", 1),
    ]
    (again,) = do(filled, [Ask(lots.id, ("DROP people where Group = 'north'",), seeds=2)])
    assert again.run_ids("edited") == found[0].run_ids("edited")
    assert len(list_runs(filled)) == 8


def test_a_setting_is_turned_and_the_data_stay(filled: Workspace, lstm: Run) -> None:
    (found,) = do(filled, [Ask(lstm.id, ("set epochs = 1",))])
    edited = get_run(filled, found.run_ids("edited")[0])
    assert (edited.spec.edits, edited.spec.settings["epochs"], edited.spec.settings["dims"]) == ((), 1, 8)
    (more,) = do(filled, [Ask(edited.id, ("set epochs = 2",))])
    assert more.run_ids("edited") == [lstm.id]


def test_a_what_if_on_an_edited_run_starts_from_its_edits(filled: Workspace, ease: Run) -> None:
    (first,) = do(filled, [Ask(ease.id, (NORTH,))])
    (second,) = do(filled, [Ask(first.run_ids("edited")[0], ("drop last 3 days",))])
    assert get_run(filled, second.run_ids("edited")[0]).spec.edits == (NORTH, "drop last 3 days")
    assert get_run(filled, second.run_ids("edited")[0]).exam == ease.exam


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (Ask("ease-9", (NORTH,)), NotFoundError, "no run 'ease-9'"),
        (Ask("ease-4", (NORTH,)), JobError, "'ease-4' is paused"),
        (Ask("ease-1", (NORTH,), seeds=0), SettingsError, "0 seeds are not between 1 and 20"),
        (Ask("ease-1", ()), EditError, "something to change"),
        (Ask("ease-1", ("drop people where grup = north",)), EditError, "Did you mean 'group'"),
        (Ask("ease-1", ("set lambda = 3",)), SettingsError, "lambda"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_runs(
    filled: Workspace, ease: Run, ask: Ask, error: type[Exception], words: str
) -> None:
    with Store(filled).writing() as db:
        db.execute(
            "INSERT INTO runs (id, dataset, dataset_fingerprint, spec, status, created_at) "
            "SELECT 'ease-4', dataset, dataset_fingerprint, spec, 'paused', created_at FROM runs LIMIT 1"
        )
    for verb in (do, submit):
        with pytest.raises(error, match=words):
            verb(filled, [Ask(ease.id, (FEW,)), ask])
    assert what_ifs(filled) == []
    assert tasks.tasks(filled) == []
    assert len(list_runs(filled)) == 4


def test_stopped_in_the_middle_it_is_taken_up_again_and_loses_nothing(filled: Workspace, lstm: Run) -> None:
    """Stopped while the second of three trainings learns; the first is not done again."""

    def stop_at_second(seen: WhatIfSet) -> None:
        if any(arm.status == "running" and arm.seed == 1 for arm in seen.what_ifs[0].arms):
            stop(filled, seen.id)

    asked = Ask(lstm.id, (NORTH,), seeds=2)
    found = do(filled, [asked], on_progress=stop_at_second)
    (stopped,) = found
    assert stopped.status == "stopped"
    assert stopped.can_resume
    assert stopped.verdict is not None  # of the pair that is done
    done = [arm.run_id for arm in stopped.arms if arm.status == "done"]
    ended = [get_run(filled, run_id).ended_at for run_id in done]
    (resumed,) = resume_here(filled, stopped.id)
    assert (resumed.id, resumed.status) == (stopped.id, "done")
    assert [get_run(filled, run_id).ended_at for run_id in done] == ended
    assert len(list_runs(filled)) == 6
    unbroken = train(filled, replace_edits(LSTM, NORTH).model_copy(update={"seed": 1}))
    np.testing.assert_array_equal(ndcg(filled, resumed.run_ids("edited")[1]), ndcg(filled, unbroken.id))
    with pytest.raises(JobError, match="is done, so there is nothing to resume"):
        resume_here(filled, resumed.id)
    with pytest.raises(JobError, match="is done, so there is nothing to stop"):
        stop(filled, resumed.set_id)


def test_ctrl_c_stops_the_whole_set_and_says_what_goes_on(filled: Workspace, lstm: Run) -> None:
    def ctrl_c(seen: WhatIfSet) -> None:
        if any(arm.status == "running" for one in seen.what_ifs for arm in one.arms):
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as ended:
        do(filled, [Ask(lstm.id, (NORTH,)), Ask(lstm.id, (FEW,))], on_progress=ctrl_c)
    assert ended.value.run_id == "set-1"
    assert [one.status for one in what_if_set(filled, "set-1").what_ifs] == ["stopped", "stopped"]
    assert {run.status for run in list_runs(filled)} == {"done", "stopped"}
    assert [one.status for one in resume_here(filled, "set-1")] == ["done", "done"]


def test_one_that_cannot_be_done_keeps_no_other_from_it(
    filled: Workspace, ease: Run, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken(ws: Workspace, ask: Ask) -> list[Planned]:
        if ask.edits == (NORTH,):
            raise EditError("the north is gone.")
        return planned(ws, ask)

    monkeypatch.setattr(what_if_work, "planned", broken)
    failed, done = do(filled, [Ask(ease.id, (NORTH,)), Ask(ease.id, (FEW,))])
    assert (failed.status, failed.message, done.status) == ("failed", "the north is gone.", "done")
    monkeypatch.undo()
    assert [one.status for one in resume_here(filled, failed.id)] == ["done", "done"]


def test_verdicts_on_the_same_run_are_counted_together_when_they_are_read(
    filled: Workspace, ease: Run
) -> None:
    (first,) = do(filled, [Ask(ease.id, (NORTH,))])
    assert first.verdict is not None
    assert first.verdict.looks == 1
    do(filled, [Ask(ease.id, (FEW,)), Ask(ease.id, ("drop last 3 days",))])
    assert [one.verdict and one.verdict.looks for one in what_ifs(filled)] == [3, 3, 3]
    later = what_if(filled, first.id).verdict
    assert later is not None
    assert later.corrected >= first.verdict.corrected
    do(filled, [Ask(ease.id, (NORTH,))])  # the same question again is no further look
    assert [one.verdict and one.verdict.looks for one in what_ifs(filled)] == [3, 3, 3, 3]


def test_what_ifs_are_listed_by_run_and_dataset_newest_first_and_go_with_their_run(
    filled: Workspace, ease: Run
) -> None:
    do(filled, [Ask(ease.id, (NORTH,)), Ask(ease.id, (FEW,))], who="Ada")
    assert [one.id for one in what_ifs(filled, ease.id)] == ["what-if-2", "what-if-1"]
    assert [one.who for one in what_ifs(filled, dataset="two tastes")] == ["Ada", "Ada"]
    assert what_ifs(filled, "ease-4") == what_ifs(filled, dataset="another") == []
    told = what_if(filled, "what-if-1").as_dict()
    assert (told["edits"], told["status"], len(told["arms"])) == ([NORTH], "done", 2)
    delete(filled, "what-if-1")
    with pytest.raises(NotFoundError, match="no what-if 'what-if-1'. Did you mean 'what-if-2'"):
        what_if(filled, "what-if-1")
    assert get_run(filled, "ease-4").finished  # its runs stay
    delete_run(filled, ease.id)
    assert what_ifs(filled) == []


def test_in_the_background_it_waits_can_be_stopped_and_is_not_deleted_under_way(
    filled: Workspace, ease: Run
) -> None:
    assert queue.become_dispatcher(filled, ProcessId.me())  # so that nobody works the queue
    found = submit(filled, [Ask(ease.id, (NORTH,)), Ask(ease.id, (FEW,))], who="Ada")
    assert [one.status for one in found.what_ifs] == ["queued", "queued"]
    assert found.active
    with pytest.raises(JobError, match="under way; stop it before"):
        delete(filled, found.id)
    with pytest.raises(JobError, match="under way already"):
        resume(filled, found.id)
    stop(filled, found.what_ifs[1].id)
    assert [one.status for one in what_if_set(filled, found.id).what_ifs] == ["queued", "stopped"]
    assert len(list_runs(filled)) == 3


def test_where_the_process_that_sees_to_it_is_gone_it_goes_on_but_not_for_ever(
    filled: Workspace, ease: Run
) -> None:
    """Twice it is put into the queue again; the third time it is lost and can be resumed."""
    assert queue.become_dispatcher(filled, ProcessId.me())
    found = submit(filled, [Ask(ease.id, (NORTH,))])
    for seen in (("queued", False), ("queued", False), ("lost", True)):
        taken = tasks_queue.claim(filled, tasks_queue.COORDINATORS)
        assert taken is not None
        assert tasks_queue.note_process(filled, taken, ProcessId(2**22 + 1, 0.0), begun=True)
        (lost,) = what_if_set(filled, found.id).what_ifs
        assert (lost.status, lost.can_resume) == seen
    assert "ended without a word" in lost.message
    (done,) = resume_here(filled, lost.id)
    assert (done.status, done.id) == ("done", lost.id)


def test_arms_that_cost_little_are_trained_where_the_set_is_seen_to_and_dear_ones_are_queued(
    filled: Workspace, ease: Run, lstm: Run
) -> None:
    """What learns on a GPU waits for its turn there, however little it costs."""
    pool = Pool(filled, lambda: None)
    cheap, *_ = planned(filled, Ask(ease.id, (NORTH,)))
    network = planned(filled, Ask(lstm.id, (NORTH,)))[1]
    on_gpu = replace(network, base=replace(lstm, device="cuda: GPU"))
    assert queue.become_dispatcher(filled, ProcessId.me())
    for arm in (replace(network, expected_s=16.0), on_gpu):
        assert get_run(filled, pool.begin(arm)).status == "queued"
    assert pool.takes(cheap)
    run_id = pool.begin(network)
    assert get_run(filled, run_id).status == "running"
    assert not pool.takes(cheap)  # one at a time
    assert pool.takes(on_gpu)
    assert pool.tend()
    assert get_run(filled, run_id).finished
    assert not pool.tend()


def test_killed_before_its_verdict_nothing_is_trained_again(filled: Workspace, ease: Run) -> None:
    """All arms are done and the what-if is open: as a kill between the two would leave it."""
    (done,) = do(filled, [Ask(ease.id, (NORTH,))])
    with Store(filled).writing() as db:
        db.execute("UPDATE what_ifs SET outcome = '', verdict = '', ended_at = NULL")
    ended = get_run(filled, "ease-4").ended_at
    assert what_if(filled, done.id).status == "lost"
    (again,) = resume_here(filled, done.id)
    assert get_run(filled, "ease-4").ended_at == ended
    assert again.verdict is not None
    assert done.verdict is not None
    assert again.verdict.sentence == done.verdict.sentence

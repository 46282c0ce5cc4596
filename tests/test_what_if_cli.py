"""`recengine what-if` and `recengine champion`, in this process."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from recengine.cli import INTERRUPTED, MISTAKE, run
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.data.synthetic import two_tastes
from recengine.services import queue
from recengine.services.datasets import keep
from recengine.services.processes import ProcessId
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace

Captured = pytest.CaptureFixture[str]
NORTH = "drop people where group = north"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which EASE has learnt two tastes."""
    ws, data = Workspace(tmp_path_factory.mktemp("trained")), two_tastes(num_users=40)
    count = len(data.interactions)
    keep(ws, Imported(data, CleaningReport(count, count, ()), check(data)))
    train(ws, TrainSpec(dataset="two tastes", model="ease"))
    return ws.root


@pytest.fixture(autouse=True)
def ws(trained: Path, home: Path) -> Workspace:
    shutil.copytree(trained, home)
    return Workspace(home)


def answer(capsys: Captured, *arguments: str) -> Any:
    """What a command prints with --json."""
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def printed(capsys: Captured, *arguments: str) -> str:
    assert run(arguments) == 0
    return capsys.readouterr().out


def complaint(capsys: Captured, *arguments: str) -> str:
    """The one line a user's mistake is answered with."""
    assert run(arguments) == MISTAKE
    return capsys.readouterr().err.splitlines()[-1]


def test_edits_hold_together_and_are_judged_here_and_now(capsys: Captured) -> None:
    told = printed(capsys, "what-if", "ease-1", "--edit", NORTH, "--edit", "drop last 3 days")
    assert "what-if-1: Without people where group is north, without the last 3 days (ease-1, 1 pair" in told
    assert "NDCG@10" in told.splitlines()[1]
    (listed,) = answer(capsys, "what-if", "--all")
    assert listed["edits"] == [NORTH, "drop last 3 days"]
    assert listed["status"] == "done"
    assert listed["verdict"]["sentence"] in told
    assert answer(capsys, "what-if", "--show", "what-if-1") == listed
    assert answer(capsys, "what-if", "--show", "set-1") == [listed]


def test_braces_and_a_list_stand_for_several(capsys: Captured, tmp_path: Path) -> None:
    lines = tmp_path / "asked.txt"
    lines.write_text("# what would it do?\ndrop people where group = {*}\n\ndrop last 3 days\n")
    found = answer(capsys, "what-if", "ease-1", "--list", str(lines), "--edit", "cap people at 12 events")
    cap = "cap people at 12 events"
    assert [one["edits"] for one in found] == [
        [cap, NORTH],
        [cap, "drop people where group = south"],
        [cap, "drop last 3 days"],
    ]
    assert {one["set_id"] for one in found} == {"set-1"}
    table = printed(capsys, "what-if", "--all").splitlines()
    assert [line.split()[0] for line in table] == ["what-if-3", "what-if-2", "what-if-1"]
    assert "counting 3 looks" in table[0] or "No real difference" in table[0]


def test_a_preview_runs_nothing(capsys: Captured) -> None:
    told = printed(capsys, "what-if", "ease-1", "--edit", NORTH, "--preview")
    assert "people in the test" in told
    assert "1 training, " in told
    (found,) = answer(capsys, "what-if", "ease-1", "--edit", NORTH, "--preview")
    assert found["edits"] == [NORTH]
    assert answer(capsys, "what-if", "--all") == []
    assert len(answer(capsys, "runs")) == 1


def test_in_the_background_it_is_followed_stopped_resumed_and_forgotten(
    capsys: Captured, ws: Workspace
) -> None:
    assert queue.become_dispatcher(ws, ProcessId.me())  # so that nobody works the queue
    (waiting,) = answer(capsys, "what-if", "ease-1", "--edit", NORTH, "--background", "--who", "Ada")
    assert (waiting["status"], waiting["who"]) == ("queued", "Ada")
    assert answer(capsys, "what-if", "--stop", "what-if-1")["status"] == "stopped"
    (done,) = answer(capsys, "what-if", "--resume", "set-1")
    assert done["status"] == "done"
    assert "is done, so there is nothing to stop" in complaint(capsys, "what-if", "--stop", "what-if-1")
    assert answer(capsys, "what-if", "--delete", "what-if-1") == []


def test_ctrl_c_says_how_it_goes_on(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_c(*given: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("recengine.services.training.carry_out", ctrl_c)
    assert run(["what-if", "ease-1", "--edit", NORTH]) == INTERRUPTED
    assert "set-1 is stopped; `recengine what-if --resume set-1` goes on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say which run is asked about"),
        (["ease-9", "--edit", NORTH], "no run 'ease-9'"),
        (["ease-1"], "something to change"),
        (["ease-1", "--edit", "drop people where grup = north"], "Did you mean 'group'"),
        (["ease-1", "--edit", "drop people where group = nord"], "Did you mean 'north'"),
        (["ease-1", "--edit", NORTH, "--seeds", "0"], "0 seeds are not between 1 and 20"),
        (["ease-1", "--list", "nowhere.txt"], "there is no file nowhere.txt"),
        (["--show", "what-if-1"], "no what-if 'what-if-1'"),
        (["ease-9", "--all"], "no run 'ease-9'"),
    ],
)
def test_a_mistake_is_one_line(capsys: Captured, arguments: list[str], words: str) -> None:
    assert words in complaint(capsys, "what-if", *arguments)


def test_one_that_fails_is_told_at_the_end(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **named: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("recengine.services.training.carry_out", broken)
    told = complaint(capsys, "what-if", "ease-1", "--edit", NORTH)
    assert "1 of 1 failed; what-if-1: its training ease-2 is failed. The memory ran out." in told


def test_one_persons_list_with_their_past_edited(capsys: Captured) -> None:
    asked = ("what-if", "ease-1", "--person", "u0", "--edit", "add i59", "-k", "5")
    found = answer(capsys, *asked)
    assert (found["run"], found["person"], found["edits"]) == ("ease-1", "u0", ["add i59"])
    told = printed(capsys, *asked)
    assert found["finding"] in told
    assert all(item["title"] in told for item in found["items"])


def test_a_run_is_made_the_champion(capsys: Captured) -> None:
    assert answer(capsys, "champion") == []
    (made,) = answer(capsys, "champion", "ease-1", "--why", "cheap", "--who", "Ada")
    assert (made["dataset"], made["run_id"], made["who"], made["why"]) == (
        *("two tastes", "ease-1"),
        *("Ada", "cheap"),
    )
    assert answer(capsys, "champion") == answer(capsys, "champion", "--history") == [made]
    told = printed(capsys, "champion", "--dataset", "two tastes")
    assert "two tastes  ease-1" in told
    assert "is the champion already" in complaint(capsys, "champion", "ease-1")
    assert "no dataset 'three tastes'" in complaint(capsys, "champion", "--dataset", "three tastes")


def test_a_run_of_another_version_is_refused_with_a_way_out(ws: Workspace, capsys: Captured) -> None:
    (ws.runs / "ease-1" / "report" / "per_person.parquet").write_bytes(b"of then")
    told = complaint(capsys, "what-if", "ease-1", "--edit", NORTH)
    assert "another version of recengine: its report cannot be read" in told
    assert "recengine train --dataset 'two tastes' --model ease" in told


def test_reasons_are_worked_out_on_demand_and_kept(capsys: Captured) -> None:
    assert answer(capsys, "what-if", "ease-1", "--edit", NORTH)[0]["verdict"]["drift"] is None
    drift = answer(capsys, "what-if", "--show", "what-if-1", "--reasons")["verdict"]["drift"]
    assert drift["num_people"] > 0
    assert drift["sentence"] in printed(capsys, "what-if", "--show", "what-if-1", "--reasons")

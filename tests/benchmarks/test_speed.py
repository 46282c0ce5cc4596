from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from recengine.core.ragged import Ragged
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import contest, contestants, floors, gpu
from tests.benchmarks.arenas import Arena
from tests.benchmarks.bench_speed import CONTESTS
from tests.benchmarks.contest import Against, Contest
from tests.benchmarks.contestants import PEERS, AbsentError, Peer, Result, compete, quality, write_events
from tests.benchmarks.floors import Rates, Work
from tests.benchmarks.readers import generated


def arena(folder: Path) -> Arena:
    """Two people with two events each; the third item is what the first wants, the first the second."""
    events = np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 1, 2], np.int32)
    asked = np.array([0, 1], np.int32), np.array([2, 0], np.int32)
    draw = np.random.default_rng(0)
    vectors = {"user_UD": draw.random((2, 4), np.float32), "item_ID": draw.random((3, 4), np.float32)}
    path = write_events(folder / "events.npz", events, asked, (2, 3), **vectors)
    targets = Ragged(np.array([0, 1, 2]), np.array([2, 0], np.int32))
    return Arena(path, targets, (2, 3), np.array([2, 2]), "Two people.")


CONTEST = Contest(
    title="A contest.",
    arena=arena,
    task={"what": "evaluation", "k": 1, "repeats": 1, "passes": 3},
    ours={},
    unit="people/CPU s",
    floor=lambda arena: Work(1e6),
    product=lambda arena: (8, 8, 8),
    peers=(Against("implicit", 2, "21,000"),),
    metric="hit_rate@10",
)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """The contest's table where we are twice as fast and half as good as the peer."""
    rates = {"flops_s": 4e6, "low_flops_s": 8e6, "bytes_s": 1e9}
    results = {
        "ours": Result(1.0, 8.0, np.array([[2], [1]], np.int32), {"rates": rates}),
        "implicit": Result(2.0, 8.0, np.array([[2], [0]], np.int32), {}),
    }
    monkeypatch.setattr(contest, "compete", lambda name, task, say: results[name])
    return list(CONTEST.rows("evaluation"))


def test_ours_stands_beside_the_counted_floor(rows: list[Row]) -> None:
    assert (rows[0].value, rows[0].ratio) == (8.0, 2.0)  # a floor of 1/4 s for one piece, 1/8 s reached
    assert rows[0].about == "A contest. Two people. One thread each."


def test_ours_stands_beside_a_peer_in_the_same_run(rows: list[Row]) -> None:
    assert (rows[1].against, rows[1].ratio, rows[1].aim) == ("implicit 0.7.3: 4", 2.0, 2)


def test_one_ruler_measures_everybodys_lists(rows: list[Row]) -> None:
    assert rows[2].name == "hit_rate@10 after 3 passes, against implicit 0.7.3"
    assert (rows[2].value, rows[2].ratio) == (0.5, 0.5)


def test_a_peer_that_cannot_be_installed_is_told_with_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, task: object, say: object) -> Result:
        if name == "ours":
            return Result(1.0, 8.0, None, {"rates": {"flops_s": 1.0, "low_flops_s": 1.0, "bytes_s": 1.0}})
        raise AbsentError("ERROR: No matching distribution found")

    monkeypatch.setattr(contest, "compete", absent)
    row = list(CONTEST.rows("evaluation"))[1]
    assert row.against == "implicit 0.7.3: not measured here; 21,000 on another machine"
    assert row.note == "ERROR: No matching distribution found"
    assert row.ratio is None


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    told: list[str] = []
    peer = Peer("nothing", "", ())
    first, second = (contestants.environment("nothing", peer, told.append) for _ in range(2))
    assert first == second
    assert first.exists()
    assert len(told) == 1


def test_what_pip_says_last_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    peer = Peer("nothing", "", (("--no-such-option",),))
    with pytest.raises(AbsentError, match="no such option"):
        contestants.environment("nothing", peer, lambda line: None)


def test_our_script_does_the_task_on_one_thread(tmp_path: Path) -> None:
    task = {"what": "evaluation", "events": str(arena(tmp_path).path), "k": 1, "repeats": 1}
    result = compete("ours", task | {"product": (8, 8, 8)}, lambda line: None)
    assert result.count == 2
    assert result.rate > 0
    assert result.told["recall"] == 1.0  # of three items each has had two


def test_our_script_trains_and_lists(tmp_path: Path) -> None:
    settings = {"dims": 4, "epochs": 2}
    task = {
        "what": "ials",
        "events": str(arena(tmp_path).path),
        "k": 1,
        "model": "ials",
        "settings": settings,
    }
    result = compete("ours", task | {"product": (8, 8, 8)}, lambda line: None)
    assert result.lists_UK is not None
    assert result.lists_UK.tolist() == [[2], [0]]
    assert result.count == 4  # the second pass alone


def test_people_without_a_target_do_not_count() -> None:
    targets = Ragged(np.array([0, 1, 1]), np.array([5], np.int32))
    assert quality(np.array([[5, 6], [-1, -1]], np.int32), targets, "hit_rate@2") == 1.0


def test_a_floor_is_the_larger_of_two_times() -> None:
    work = Work(flops=10.0, bytes=4.0) * 2 + Work(flops=4.0)
    assert work.seconds(Rates(flops_s=12.0, low_flops_s=1.0, bytes_s=8.0)) == 2.0
    assert work.seconds(Rates(flops_s=12.0, low_flops_s=1.0, bytes_s=2.0)) == 4.0


def test_what_may_be_done_in_low_precision_goes_at_the_faster_rate() -> None:
    work = Work(flops=12.0) + Work(flops=12.0).in_low_precision()
    assert work.seconds(Rates(flops_s=12.0, low_flops_s=24.0, bytes_s=1.0)) == 1.5
    assert work.seconds(Rates(flops_s=12.0, low_flops_s=6.0, bytes_s=1.0)) == 2.0


def test_operations_are_counted_by_hand() -> None:
    assert floors.dense(3, 5).flops == 30
    # 6 products of 4 x 4 at 2 operations each, 7 events at 4 x 4, 3 products of 4 x 8
    assert floors.attention_block(4, 8, looked_back=7).flops == 6 * 32 + 4 * 4 * 7 + 3 * 64
    assert floors.recurrent_step(4, gates=4).flops == 2 * 8 * 16


def test_the_mean_event_looks_back_at_most_the_history() -> None:
    assert floors.looked_back(np.array([3]), history=10) == 2.0  # (1 + 2 + 3) / 3
    assert floors.looked_back(np.array([4]), history=2) == 1.75  # (1 + 2 + 2 + 2) / 4


def test_rates_are_of_this_machine() -> None:
    rates = Rates.measured(64, 64, 64)
    assert min(rates.flops_s, rates.low_flops_s, rates.bytes_s) > 1e6


def test_gpu_figures_are_owed_where_there_is_no_gpu() -> None:
    rows = list(gpu.rows(BenchOptions()))
    assert rows
    assert all(row.value is None for row in rows)
    assert all("owed" in row.note or "--device cuda" in row.note for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("training", gpu.TRAININGS[:3], ids=lambda training: training.name)
def test_a_training_is_measured_as_on_a_gpu(training: gpu.Training, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    small = replace(training, settings={**training.settings, "dims": 16, "layers": 1, "heads": 1})
    if training.model == "two-tower":
        small = replace(training, settings={**training.settings, "dims": 16})
    monkeypatch.setattr(gpu, "readers", SimpleNamespace(generated=lambda *shape: generated(300, 50, 3_000)))
    monkeypatch.setattr(gpu, "_peak", lambda device: 1e12)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a card")
    row = gpu._measured(small, Row(small.name, None, "s"), "cpu")
    assert row.value is not None
    assert row.value > 0
    assert row.machine.startswith("a card")


@pytest.mark.parametrize("training", gpu.TRAININGS, ids=lambda training: training.name)
def test_the_work_of_a_training_is_counted_from_its_settings(training: gpu.Training) -> None:
    config = training.config()
    small = gpu.WORK[training.model](config, np.array([10])).flops
    assert small >= 2 * config.dims * 128  # type: ignore[attr-defined]  # at least against drawn items


@pytest.mark.parametrize("name", CONTESTS)
def test_a_contest_names_peers_there_are(name: str) -> None:
    assert {against.peer for against in CONTESTS[name].peers} <= set(PEERS)

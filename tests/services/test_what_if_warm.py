from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import EditError, SettingsError
from recengine.data.synthetic import two_tastes
from recengine.services import tasks, what_if_warm
from recengine.services.runs import Run, TrainSpec, run_report
from recengine.services.tasks_worker import work_of
from recengine.services.training import split_of, train
from recengine.services.what_if_warm import WarmPreview, ask_for_preview, check, gone_on, warm_preview
from recengine.services.workspace import Workspace

SOUTH = ["drop people where group = south"]


@pytest.fixture(scope="module")
def learnt(
    tmp_path_factory: pytest.TempPathFactory, put: Callable[[Workspace, Dataset], str]
) -> tuple[Workspace, Run]:
    """A workspace with a run of a model that has passes."""
    ws = Workspace(tmp_path_factory.mktemp("learnt"))
    name = put(ws, two_tastes(num_users=60))
    return ws, train(ws, TrainSpec(dataset=name, model="ials", settings={"dims": 4, "epochs": 3}))


def test_a_preview_says_what_it_is_and_which_way_it_goes(learnt: tuple[Workspace, Run]) -> None:
    ws, run = learnt
    heard: list[float] = []
    found = warm_preview(ws, run.id, SOUTH, progress=lambda done, total, message: heard.append(done / total))
    assert found.edited < found.base  # half of the people are nobody any more to learn from
    assert found.change == found.edited / found.base - 1
    assert found.sentence.startswith("Preview: NDCG@10 would fall by about ")
    assert found.note.startswith(f"Not retrained: {run.title} was trained on for one pass")
    assert heard == [0, 0.5]
    assert WarmPreview.of_dict(found.as_dict()) == found


def test_the_side_without_the_edit_is_kept(learnt: tuple[Workspace, Run]) -> None:
    ws, run = learnt
    first = warm_preview(ws, run.id, SOUTH)
    (path,) = (ws.runs / run.id).glob("gone-on-*.npy")
    np.testing.assert_array_equal(np.load(path), gone_on(ws, run, split_of(ws, run.id)))
    written_at = path.stat().st_mtime_ns
    second = warm_preview(ws, run.id, SOUTH)
    assert replace(second, seconds=0) == replace(first, seconds=0)
    assert path.stat().st_mtime_ns == written_at


def test_the_same_people_are_asked_as_in_the_run_itself(learnt: tuple[Workspace, Run]) -> None:
    ws, run = learnt
    assert len(gone_on(ws, run, split_of(ws, run.id))) == len(run_report(ws, run.id).per_person)


def test_the_run_that_is_gone_on_from_stays_as_it_was(learnt: tuple[Workspace, Run]) -> None:
    ws, run = learnt
    weights = ws.runs / run.id / "model" / "weights.safetensors"
    before = weights.read_bytes()
    one, other = (gone_on(ws, run, split_of(ws, run.id)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert weights.read_bytes() == before


def test_what_no_preview_can_tell_is_said_before_anything_is_trained(
    learnt: tuple[Workspace, Run], shop: Any
) -> None:
    ws, run = learnt
    with pytest.raises(SettingsError, match="learnt in one go; ask for the retrain"):
        check(shop.ws, shop.runs["ease"].id, SOUTH)
    with pytest.raises(SettingsError, match="old settings"):
        check(ws, run.id, [*SOUTH, "set dims = 2"])
    with pytest.raises(EditError, match="group"):
        ask_for_preview(ws, run.id, ["drop people where grup = north"])


def test_a_task_gives_the_same(learnt: tuple[Workspace, Run]) -> None:
    ws, run = learnt
    assert what_if_warm.KIND in tasks.KINDS
    work = work_of(what_if_warm.KIND)
    spec = {"run": run.id, "edits": SOUTH, "histories": "kept"}
    found = WarmPreview.of_dict(work(ws, spec, lambda done, total, message: None))  # type: ignore[arg-type]
    assert found.change == warm_preview(ws, run.id, SOUTH).change


def test_how_far_to_trust_it_is_told_where_it_was_measured(
    learnt: tuple[Workspace, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, run = learnt
    monkeypatch.setitem(what_if_warm.TRUST, "ials", what_if_warm.Trust(20, 9, 8, 1.24, 2))
    note = warm_preview(ws, run.id, SOUTH).note
    assert (
        "Of 20 edits of the sample such previews had the right direction in 8 of the 9 that mattered" in note
    )
    assert (
        "1.2 percentage points off on average, where calling every edit harmless would have been 2.0" in note
    )

"""Runs that an older version left behind: refused before anything is trained."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.errors import JobError
from recengine.services.runs import get_run, list_runs
from recengine.services.store import Store
from recengine.services.what_if import Ask, do, submit, what_ifs
from recengine.services.what_if_base import command_of
from recengine.services.what_if_preview import preview
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

EDIT = "drop people where id = u3"


@pytest.fixture
def old(shop: Shop, ws: Workspace) -> Workspace:
    """A workspace of one's own, to be made old."""
    shutil.copytree(shop.ws.root, ws.root)
    return ws


def report_of(ws: Workspace) -> Path:
    return ws.runs / "ease-3" / "report"


def unreadable_report(ws: Workspace) -> None:
    told = report_of(ws) / "report.json"
    told.write_text(json.dumps({**json.loads(told.read_text()), "of_then": 1}))


def other_figures(ws: Workspace) -> None:
    people = pd.read_parquet(report_of(ws) / "per_person.parquet")
    people.assign(**{"ndcg@10": people["ndcg@10"] * 0.9}).to_parquet(report_of(ws) / "per_person.parquet")


def other_test(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        db.execute("UPDATE runs SET result = json_set(result, '$.exam.pairs_digest', 'of then')")


def unknown_setting(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        db.execute("UPDATE runs SET spec = json_set(spec, '$.settings.of_then', 1)")


def model_without_lists(ws: Workspace) -> None:
    (report_of(ws) / "lists.npy").unlink()
    (ws.runs / "ease-3" / "model" / "weights.safetensors").write_bytes(b"of then")


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (unreadable_report, "its report cannot be read any more"),
        (other_figures, "worked out otherwise"),
        (other_test, "not the one that is asked today"),
        (unknown_setting, "its settings mean nothing any more"),
        (model_without_lists, "its model cannot be read any more"),
    ],
)
def test_a_run_of_another_version_is_refused_before_anything_is_entered(
    age: Callable[[Workspace], None], why: str, old: Workspace
) -> None:
    age(old)
    runs = len(list_runs(old))
    for asked in (
        lambda: do(old, [Ask("ease-3", (EDIT,))]),
        lambda: submit(old, [Ask("ease-3", (EDIT,))]),
        lambda: preview(old, "ease-3", [EDIT]),
    ):
        with pytest.raises(JobError, match=rf"another version.*{why}.*recengine train --dataset"):
            asked()
    assert (len(list_runs(old)), what_ifs(old)) == (runs, [])


def test_lists_that_were_not_kept_are_made_by_a_model_that_can_be_read(old: Workspace) -> None:
    kept = np.load(report_of(old) / "lists.npy")
    (report_of(old) / "lists.npy").unlink()
    (done,) = do(old, [Ask("ease-3", (EDIT,))])
    assert done.status == "done"
    np.testing.assert_array_equal(np.load(report_of(old) / "lists.npy"), kept)


def test_the_way_out_names_settings_as_they_are_typed(shop: Shop) -> None:
    spec = get_run(shop.ws, "ease-3").spec.model_copy(
        update={"settings": {"regularisation": 50.0, "weighting": "log"}, "seed": 2}
    )
    assert command_of(spec) == (
        "recengine train --dataset 'two tastes' --model ease --preset balanced --set regularisation=50.0 "
        "--set weighting=log --seed 2"
    )

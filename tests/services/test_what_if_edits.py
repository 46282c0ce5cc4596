"""Edited trainings are ordinary runs that sit the exam of the run they are asked about."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recengine.core.columns import ITEM, USER
from recengine.core.dataset import Dataset
from recengine.core.edits import EditError
from recengine.core.errors import JobError, SettingsError
from recengine.core.split import Histories, SplitConfig
from recengine.services.compare import settings_in_words
from recengine.services.datasets import load_dataset
from recengine.services.desk import Desk
from recengine.services.estimates import Pace
from recengine.services.evaluation import calibrate, evaluate
from recengine.services.recommend import recommend_all
from recengine.services.runs import (
    Run,
    TrainSpec,
    best_run,
    create_run,
    delete_run,
    get_run,
    load_run_model,
    run_report,
)
from recengine.services.store import Store
from recengine.services.training import split_of, train
from recengine.services.what_if_edits import edited_spec, meant
from recengine.services.what_if_preview import preview
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

HISTORIES: tuple[Histories, ...] = ("kept", "edited")
WITHOUT_DEAR = "drop items where price > 4"


@pytest.fixture(scope="module")
def mine(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the shop that this module may write to."""
    home = tmp_path_factory.mktemp("mine") / "home"
    shutil.copytree(shop.ws.root, home)
    return Workspace(home)


@pytest.fixture(scope="module")
def base(shop: Shop) -> Run:
    return shop.runs["ease"]


@pytest.fixture(scope="module")
def cheap(mine: Workspace, base: Run) -> Run:
    """What the base run would be, had nobody had anything dear."""
    return train(mine, edited_spec(mine, base.id, [WITHOUT_DEAR]))


def test_an_arm_sits_the_same_exam_as_the_run_it_is_asked_about(
    mine: Workspace, base: Run, cheap: Run
) -> None:
    assert cheap.exam == base.exam
    assert cheap.spec.edits == (WITHOUT_DEAR,)
    assert cheap.spec.model_copy(update={"edits": ()}) == base.spec
    ours, theirs = run_report(mine, cheap.id), run_report(mine, base.id)
    np.testing.assert_array_equal(ours.per_person["person"], theirs.per_person["person"])
    assert ours.plike is not None
    assert theirs.plike is not None
    np.testing.assert_array_equal(ours.plike.labels, theirs.plike.labels)
    assert cheap.baselines == base.baselines  # which learn from the data as they are
    assert cheap.metrics["ndcg@10"] < base.metrics["ndcg@10"]


def test_an_arm_is_what_one_gets_by_hand(mine: Workspace, cheap: Run, two_tastes: Dataset) -> None:
    split = SplitConfig().build(two_tastes)
    dear_I = two_tastes.items.features["price"].to_numpy() > 4

    def kept(data: Dataset) -> Dataset:
        return replace(data, interactions=data.interactions.where(~dear_I[data.interactions.column(ITEM)]))

    model = cheap.spec.model_settings().build().fit(kept(split.before_test))
    asked = evaluate(model, replace(split, catalogue_I=split.catalogue_I & ~dear_I))
    for key, value in run_report(mine, cheap.id).metrics.items():
        if "@" in key:
            assert value == pytest.approx(asked.metrics[key], rel=1e-12), key


def test_what_nobody_is_left_with_is_never_listed(mine: Workspace, cheap: Run, tmp_path: Path) -> None:
    import pandas as pd

    recommend_all(mine, cheap.id, tmp_path / "lists.csv", 10)
    listed = load_dataset(mine, cheap.spec.dataset).items.codes(
        pd.read_csv(tmp_path / "lists.csv")["item_id"]
    )
    prices = load_dataset(mine, cheap.spec.dataset).items.features["price"].to_numpy()
    assert prices[listed].max() <= 4


def test_settings_alone_make_the_run_one_gets_without_a_what_if(mine: Workspace, base: Run) -> None:
    asked = edited_spec(mine, base.id, ["set regularisation = 50"])
    assert asked.edits == ()
    arm = train(mine, asked)
    own = train(mine, TrainSpec(dataset=base.spec.dataset, model="ease", settings={"regularisation": 50}))
    assert arm.metrics == own.metrics
    assert arm.spec == own.spec


def test_edited_histories_change_what_a_model_sees_of_the_same_people(mine: Workspace, base: Run) -> None:
    kept, gone = (
        train(mine, edited_spec(mine, base.id, ["drop last 40 days"], histories=histories))
        for histories in HISTORIES
    )
    assert gone.exam == kept.exam == base.exam
    assert gone.metrics["ndcg@10"] != kept.metrics["ndcg@10"]
    assert settings_in_words(gone) == "drop last 40 days, edited histories"


def test_a_what_if_on_an_edited_run_starts_from_its_edits(mine: Workspace, base: Run) -> None:
    shorter = train(mine, edited_spec(mine, base.id, ["drop last 20 days"]))
    again = edited_spec(mine, shorter.id, ["add last 5 days", "drop people where group = unknown"])
    assert again.edits == ("drop last 15 days", "drop people where group = unknown")
    with pytest.raises(EditError, match="stands there twice"):
        edited_spec(mine, shorter.id, ["drop last 20 days"])
    undone = preview(mine, shorter.id, ["add last 5 days"])
    assert undone.rows.set_index("part").loc["events to learn from"].is_monotonic_increasing


def test_weights_are_read_alike_in_lists_and_in_the_test(mine: Workspace, base: Run) -> None:
    arm = train(mine, edited_spec(mine, base.id, ["weigh items where price > 4 by 3"]))
    weights = Desk.of(mine, arm.id, None).dataset.interactions.column("weight")
    assert sorted(set(weights)) == [1, 3]
    assert sorted(set(split_of(mine, arm.id).test.profiles.weights)) == [1, 3]
    assert set(Desk.of(mine, base.id, None).dataset.interactions.column("weight")) == {1}


def test_edited_runs_are_not_taken_for_the_best_and_do_not_set_the_pace(mine: Workspace, base: Run) -> None:
    before = Pace.measured(mine)
    with Store(mine).writing() as db:
        fingerprint = base.dataset_fingerprint
        run_id = create_run(
            db, base.spec.model_copy(update={"edits": (WITHOUT_DEAR,)}), fingerprint, "running"
        )
        row = db.execute("SELECT * FROM runs WHERE id = ?", (base.id,)).fetchone()
        result = row["result"].replace('"ndcg@10": 0', '"ndcg@10": 9')
        db.execute(
            "UPDATE runs SET status = 'done', seconds = 1e6, result = ? WHERE id = ?", (result, run_id)
        )
    assert get_run(mine, run_id).metrics["ndcg@10"] > 9
    best = best_run(mine, base.spec.dataset)
    assert best is not None
    assert best.id != run_id
    assert Pace.measured(mine) == before
    delete_run(mine, run_id)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("set regularisation = 200", EditError, "changes nothing"),
        ("set regularization = 2", SettingsError, "Did you mean 'regularisation'"),
        ("set regularisation = -2", SettingsError, "greater than 0"),
        ("set regularisation = 2; set regularisation = 3", EditError, "contradict"),
        ("set preset = fast", SettingsError, "no preset 'fast'"),
        ("drop feature group", EditError, "EASE #3 does not read it. It reads no features"),
        ("drop people where grop = x", EditError, "Did you mean 'group'"),
        ("from 2035-01-01", EditError, "leaves nothing"),
        ("", EditError, "needs something to change"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_run(
    mine: Workspace, base: Run, text: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        edited_spec(mine, base.id, [text])


def test_weights_are_not_changed_for_a_model_that_reads_none(mine: Workspace, shop: Shop) -> None:
    with pytest.raises(EditError, match="Popularity #1 does not read how much an event counts. Weigh people"):
        edited_spec(mine, shop.runs["popularity"].id, ["weigh items where price > 4 by 3"])


def test_a_model_is_blind_to_a_feature_that_was_dropped(mine: Workspace, base: Run) -> None:
    asked = TrainSpec(dataset=base.spec.dataset, model="two-tower", preset="quick", settings={"epochs": 1})
    sees = train(mine, asked)
    blind = train(mine, edited_spec(mine, sees.id, ["drop feature GROUP", "drop feature of items price"]))
    before, after = (load_run_model(mine, run.id) for run in (sees, blind))
    assert (before.person_columns, after.person_columns) == (("group", "age"), ("age",))
    assert set(before.item_columns) - set(after.item_columns) == {"price"}
    assert blind.exam == sees.exam


def test_a_run_that_is_not_done_cannot_be_asked(mine: Workspace, base: Run) -> None:
    with Store(mine).writing() as db:
        run_id = create_run(db, base.spec, base.dataset_fingerprint, "stopped")
    with pytest.raises(JobError, match="is stopped; a what-if needs a run that is done"):
        edited_spec(mine, run_id, [WITHOUT_DEAR])


def test_a_text_for_several_what_ifs_is_checked_as_a_whole(mine: Workspace, base: Run) -> None:
    asked = meant(mine, base.id, "set regularisation = {5|50}; drop items where PRICE > 4")
    assert asked == [[f"set regularisation = {value}", WITHOUT_DEAR] for value in (5, 50)]
    with pytest.raises(EditError, match="changes nothing"):
        meant(mine, base.id, "set regularisation = {5|200}")


def test_a_preview_counts_what_is_left(mine: Workspace, base: Run, cheap: Run) -> None:
    split = split_of(mine, base.id)
    dear_I = split.before_test.items.features["price"].to_numpy() > 4
    left = ~dear_I[split.before_test.interactions.column(ITEM)]
    found = preview(mine, base.id, [WITHOUT_DEAR, "set regularisation = 50"], seeds=3)
    rows = found.rows.set_index("part")
    people = split.before_test.interactions.column(USER)
    assert rows.loc["events to learn from"].tolist() == [len(left), left.sum()]
    assert rows.loc["people to learn from"].tolist() == [len(set(people)), len(set(people[left]))]
    assert rows.loc["items to learn of"].tolist() == [
        split.catalogue_I.sum(),
        (split.catalogue_I & ~dear_I).sum(),
    ]
    assert rows.loc["people in the test"].nunique() == 1
    assert found.sentence == "Without items where price is above 4, with regularisation = 50"
    assert found.num_trainings == 1  # EASE draws no lots, so one pair will do, and the base run is there
    assert any("draws no lots" in note for note in found.notes)
    gone = (split.catalogue_I & dear_I).sum()
    assert f"{gone} items would have no event left: EASE could not list them any more." in found.notes
    assert preview(mine, base.id, [WITHOUT_DEAR]).num_trainings == 0  # it was trained above
    assert found.as_dict()["rows"][0]["part"] == "events to learn from"


def test_the_calibrator_of_an_arm_comes_of_its_own_validation(mine: Workspace, base: Run, cheap: Run) -> None:
    split = split_of(mine, cheap.id)
    model = cheap.spec.model_settings().build().fit(split.train)
    assert calibrate(model, split, repeats=cheap.spec.repeats).to_dict().items() <= cheap.likelihood.items()

"""What a model has learnt, over a sample: worked out, kept, split, compared."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset, Entities
from recengine.core.errors import NotFoundError, SettingsError
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.services import learnt, tasks, tasks_queue, tasks_worker
from recengine.services import learnt_views as views
from recengine.services.datasets import keep
from recengine.services.learnt import Learnt, LearntSpec
from recengine.services.learnt_drift import drifted
from recengine.services.runs import TrainSpec, delete_run
from recengine.services.training import train
from recengine.services.workspace import Workspace

SMALL = {"epochs": 2, "dims": 8, "history": 20, "batch": 32, "negatives": 16, "patience": 0}
SPEC = LearntSpec(people=40, k=2, seed=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, two_tastes: Dataset) -> Workspace:
    """Three runs of two tastes: popularity-1, ease-2, lstm-3, which alone reads features."""
    ws, count = Workspace(tmp_path_factory.mktemp("learnt")), len(two_tastes.interactions)
    keep(ws, Imported(two_tastes, CleaningReport(count, count, ()), check(two_tastes)))
    for model in ("popularity", "ease", "lstm"):
        settings = SMALL if model == "lstm" else {}
        train(ws, TrainSpec(dataset="two tastes", model=model, settings=settings))
    return ws


@pytest.fixture(scope="module")
def ease(home: Workspace) -> Learnt:
    return learnt.learn(home, "ease-2", SPEC)


@pytest.fixture(scope="module")
def lstm(home: Workspace) -> Learnt:
    return learnt.learn(home, "lstm-3", SPEC)


def test_it_is_kept_with_the_run_and_found_again(home: Workspace, ease: Learnt) -> None:
    (kept,) = learnt.kept(home, "ease-2")
    pd.testing.assert_frame_equal(kept.rows, ease.rows)
    assert (kept.spec, kept.key, kept.made_at) == (SPEC, ease.key, ease.made_at)
    assert (kept.num_people, kept.num_known, kept.num_explanations) == (40, 200, 80)
    assert learnt.kept(home, "popularity-1") == []
    with pytest.raises(NotFoundError, match="no run 'ease-9'"):
        learnt.kept(home, "ease-9")


def test_the_same_again_replaces_it_and_another_draw_stands_beside_it(home: Workspace) -> None:
    first = learnt.learn(home, "lstm-3", LearntSpec(people=10, seed=8))
    again = learnt.learn(home, "lstm-3", LearntSpec(people=10, seed=8))
    pd.testing.assert_frame_equal(first.rows, again.rows)
    other = learnt.learn(home, "lstm-3", LearntSpec(people=10, seed=9))
    keys = [one.key for one in learnt.kept(home, "lstm-3")]
    assert keys[:2] == [other.key, again.key]  # newest first
    assert keys.count(first.key) == 1
    for one in (first, other):
        learnt.forget(home, one)
    assert first.key not in [one.key for one in learnt.kept(home, "lstm-3")]


def test_drivers_are_what_adding_up_by_hand_gives(ease: Learnt) -> None:
    table = views.drivers(ease)
    assert set(table["kind"]) == {"group"}  # people have a thing once, and EASE reads no features
    assert set(table["name"]) == {"salty", "sweet"}
    for row in table.itertuples():
        mine = ease.rows[ease.rows["name"] == row.name]
        by_person = mine.groupby("person")["effect"].apply(lambda effect: effect.abs().sum() / 2)
        assert row.strength == pytest.approx(by_person.sum() / 40)
        assert row.strength_low <= row.strength <= row.strength_high
        assert row.people == mine["person"].nunique()
    assert table["share"].sum() == pytest.approx(1)
    assert (table["noise"] == 0).all()  # exact


def test_a_taste_drives_its_own_kind_of_item(home: Workspace, ease: Learnt) -> None:
    frame = views.by_segment(home, ease, views.CATEGORY)
    strongest = frame.loc[frame.groupby("segment")["strength"].idxmax()].set_index("segment")["name"]
    assert strongest["sweet"] == "sweet"
    assert strongest["salty"] == "salty"


def test_a_model_that_reads_features_shows_them_and_marks_sensitive_ones(lstm: Learnt) -> None:
    table = views.drivers(lstm).set_index("name")
    assert {"Age", "Group"} <= set(table.index)
    assert {"group", "person", "item"} == set(table["kind"])
    assert table.loc["Age", "sensitive"]
    assert not table.loc["Group", "sensitive"]
    (row,) = views.sensitive(lstm).itertuples()
    assert (row.names, row.share) == ("Age", pytest.approx(table.loc["Age", "share"]))
    shares = views.kinds(lstm)
    assert shares["share"].sum() == pytest.approx(1)
    people = table[table["kind"] == "person"]["share"].sum()
    assert shares.set_index("kind").loc["person", "share"] == pytest.approx(people)


def test_the_sentence_says_what_the_table_says(lstm: Learnt, ease: Learnt) -> None:
    said, shares = views.in_a_sentence(lstm), views.kinds(lstm).sort_values("share", ascending=False)
    assert said.startswith("What moves the scores of LSTM #3 most is ")
    for row in shares[shares["share"] > 0.01].itertuples():
        assert f"{100 * row.share:.0f}%" in said
    assert views.in_a_sentence(ease) == ("Nothing moves the scores of EASE #2 but the person's history.")
    each = ease.rows.groupby("explanation")
    np.testing.assert_allclose(each["base"].first() + each["effect"].sum(), each["score"].first(), atol=1e-4)
    assert f"these items score 0.00 on average; the reasons make it {each['score'].first().mean():.2f}" in (
        views.from_where(ease)
    )
    assert views.of_whom(ease) == (
        "40 of 200 people, drawn by chance; the first 2 items of each list; why this score."
    )


def test_people_are_split_by_features_thirds_and_history(home: Workspace, lstm: Learnt) -> None:
    assert views.splits(home, lstm) == [views.HISTORY, "group", "age", views.CATEGORY]
    frame = views.by_segment(home, lstm, "age", most=3)
    people = frame.drop_duplicates("segment").set_index("segment")["num_people"]
    assert people.sum() <= 40
    assert (people >= views.FEWEST).all()
    ages = [float(name.split(" to ")[0]) for name in people.index if name != views.UNKNOWN]
    assert len(ages) == 3
    assert ages == sorted(ages)
    assert frame.groupby("segment").size().eq(3).all()
    named = set(views.by_segment(home, lstm, "group")["segment"])
    assert {"north", "south"} <= named
    assert set(views.by_segment(home, lstm, views.HISTORY)["segment"]) == {"20"}
    with pytest.raises(SettingsError, match=r"nothing can be split by 'ages'\. Did you mean 'age'"):
        views.by_segment(home, lstm, "ages")


def test_single_effects_carry_their_value_and_height(home: Workspace, lstm: Learnt) -> None:
    frame = views.swarm(home, lstm, top=4, most=30)
    assert frame.groupby(["kind", "name"]).size().max() <= 30
    assert frame["height"].dropna().between(0, 1).all()
    ages = frame[frame["name"] == "Age"] if "Age" in set(frame["name"]) else None
    past = frame[frame["kind"] == "group"]
    np.testing.assert_array_equal(past["height"].notna(), True)
    few, many = past["number"].idxmin(), past["number"].idxmax()
    assert past.loc[few, "height"] <= past.loc[many, "height"]
    assert ages is None or ages["value"].str.contains(".", regex=False).any()
    assert frame["title"].notna().all()


def test_one_reason_against_its_value_with_another_as_colour(home: Workspace, lstm: Learnt) -> None:
    frame = views.dependence(home, lstm, ("person", "Age"), ("person", "Group"))
    assert frame["number"].between(10, 80).all()
    assert set(frame["colour"].dropna()) == {"north", "south"}
    same = lstm.rows[lstm.rows["name"] == "Group"].set_index("explanation")["value"]
    known = frame.dropna(subset=["colour"])
    assert (known["colour"] == known["explanation"].map(same)).all()
    counted = views.dependence(home, lstm, ("person", "Group"), ("group", "sweet"))
    assert pd.api.types.is_numeric_dtype(counted["colour"])
    with pytest.raises(SettingsError, match=r"no reason is 'Ages'\. Did you mean 'Age'"):
        views.dependence(home, lstm, ("person", "Ages"))


def test_two_runs_are_compared_over_the_same_people(ease: Learnt, lstm: Learnt) -> None:
    found = drifted(ease, lstm)
    rows = found.rows.set_index("name")
    assert (found.num_people, found.first, found.second) == (40, "EASE #2", "LSTM #3")
    assert rows["first"].sum() == pytest.approx(1)
    assert rows["second"].sum() == pytest.approx(1)
    assert rows.loc["Age", "first"] == 0
    np.testing.assert_allclose(rows["difference"], rows["second"] - rows["first"])
    assert found.sentence.startswith("The largest difference beyond chance, over the same 40 people: “")
    itself = drifted(lstm, lstm)
    assert itself.agreement == pytest.approx(1)
    assert "lean on the same things" in itself.sentence


def test_two_draws_with_hardly_anyone_in_common_are_not_compared(home: Workspace, ease: Learnt) -> None:
    other = learnt.learn(home, "ease-2", LearntSpec(people=10, seed=77))
    with pytest.raises(SettingsError, match="were asked of both runs; a comparison takes 8"):
        drifted(ease, other)
    learnt.forget(home, other)


def test_a_model_without_persons_is_refused_in_words(home: Workspace) -> None:
    with pytest.raises(SettingsError, match="gives everyone the same list, so nothing about a person"):
        learnt.start(home, "popularity-1", SPEC)


def test_as_a_task_it_says_how_far_it_is(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recengine.services.jobs.ensure_dispatcher", lambda ws: None)
    spec = LearntSpec(people=12, question="ahead")
    started = learnt.start(home, "ease-2", spec)
    assert (started.about, started.spec["people"]) == ("ease-2", 12)
    taken = tasks_queue.claim(home, ["cpu:0"])
    assert taken is not None
    tasks_worker.work(home, taken)
    done = tasks.task(home, started.id)
    assert (done.status, done.message, done.done, done.total) == ("done", "done", 12, 12)
    assert done.result["people"] == 12
    newest = learnt.kept(home, "ease-2")[0]
    assert newest.spec == spec
    learnt.forget(home, newest)


def test_data_without_categories_have_one_kind_of_past_and_go_with_their_run(
    tmp_path: Path, two_tastes: Dataset
) -> None:
    bare = replace(two_tastes, name="bare", items=Entities.bare(two_tastes.items.ids), fingerprint="bare")
    ws, count = Workspace(tmp_path), len(bare.interactions)
    keep(ws, Imported(bare, CleaningReport(count, count, ()), check(bare)))
    run = train(ws, TrainSpec(dataset="bare", model="ease"))
    found = learnt.learn(ws, run.id, LearntSpec(people=10, repeats="both"))
    assert set(found.rows["name"]) <= {"everything else they had", "this very item, had before"}
    assert "everything else they had" in views.drivers(found)["name"].tolist()
    assert views.splits(ws, found) == [views.HISTORY, "group", "age"]
    tasks_queue.enter(ws, learnt.KIND, run.id, {})
    delete_run(ws, run.id)
    assert tasks.tasks(ws) == []
    with pytest.raises(NotFoundError, match="no run 'ease-1'"):
        learnt.kept(ws, run.id)


def test_every_kind_of_task_on_the_shelf_can_be_found() -> None:
    assert all(callable(tasks_worker.work_of(kind)) for kind in tasks.KINDS)


def test_settings_out_of_bounds_are_refused() -> None:
    with pytest.raises(SettingsError, match="people = 3"):
        LearntSpec.of({"people": 3})

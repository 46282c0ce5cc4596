import shutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recengine.core.dataset import About, Dataset, DataSize
from recengine.core.errors import DataError, JobError, NotFoundError, RecengineError, SettingsError
from recengine.core.split import SplitConfig
from recengine.models.events import Epoch
from recengine.services import runs
from recengine.services.recommend import recommend
from recengine.services.runs import TrainSpec
from recengine.services.store import Store
from recengine.services.training import split_of, train
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

Put = Callable[[Workspace, Dataset], str]
SIZE = DataSize(interactions=1_000, people=50, items=20, repeats=True)


def spec(**changes: object) -> TrainSpec:
    return TrainSpec.model_validate({"dataset": "d", "model": "ease", **changes})


def test_settings_are_the_preset_with_what_differs_from_it() -> None:
    chosen = spec(settings={"regularisation": "250"}).model_settings()
    assert chosen.model_dump()["regularisation"] == 250.0
    assert type(chosen) is type(spec().model_settings())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "eas"}, r"no model 'eas'\. Did you mean 'ease'"),
        ({"preset": "fastest"}, "EASE has no preset 'fastest'"),
        (
            {"settings": {"regularization": 1}},
            r"no setting 'regularization' here\. Did you mean 'regularisation'",
        ),
        ({"settings": {"regularisation": -1}}, "regularisation = -1"),
    ],
)
def test_a_setting_that_does_not_exist_is_named_with_the_nearest(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        spec(**changes).model_settings()


@pytest.mark.parametrize(
    ("time_kind", "has_given_test", "kind"),
    [
        ("date", False, "temporal"),
        ("day", False, "temporal"),
        ("order", False, "random"),
        ("order", True, "given"),
    ],
)
def test_the_split_left_open_is_the_one_that_suits_the_data(
    time_kind: str, has_given_test: bool, kind: str
) -> None:
    about = About(time_kind=time_kind, repeats="both")  # type: ignore[arg-type]
    chosen = spec().for_data(about, SIZE, has_given_test=has_given_test)
    assert chosen.split is not None
    assert (chosen.split.kind, chosen.repeats) == (kind, "both")


def test_what_was_asked_for_is_kept() -> None:
    asked = spec(split={"kind": "random"}, repeats="new", preset_settings={"regularisation": 7.0})
    assert asked.for_data(About(repeats="both"), SIZE, has_given_test=True) == asked


def test_data_without_times_are_not_cut_at_a_moment() -> None:
    with pytest.raises(DataError, match="has no times.*'random' or 'leave-last-out'"):
        spec(split={"kind": "temporal"}).for_data(About(time_kind="order"), SIZE, has_given_test=False)


def test_a_given_split_needs_a_test_file() -> None:
    with pytest.raises(DataError, match="came without a test file"):
        spec(split={"kind": "given"}).for_data(About(), SIZE, has_given_test=False)


def test_a_finished_run_holds_all_that_is_asked_of_it(shop: Shop, two_tastes: Dataset) -> None:
    run = runs.get_run(shop.ws, shop.runs["ease"].id)
    assert run.finished
    assert run.title == "EASE #3"
    assert run.dataset_fingerprint == two_tastes.fingerprint
    assert (run.spec.split, run.spec.repeats) == (SplitConfig(kind="temporal"), "new")
    assert set(run.baselines) == {"popularity", "popularity-28d", "random"}
    assert run.metrics["ndcg@10"] > 1.5 * run.baselines["popularity"]["ndcg@10"]
    assert run.device == "cpu"
    assert run.created_at <= (run.started_at or 0) <= (run.ended_at or 0)
    assert run.exam is not None
    assert run.exam.num_people == len(runs.run_report(shop.ws, run.id).per_person)
    assert 0 < run.likelihood["sampling_rate"] < 1


def test_a_comparison_is_with_the_best_baseline_over_the_same_people(shop: Shop) -> None:
    run = shop.runs["ease"]
    one = next(comparison for comparison in run.comparisons if comparison.metric == "ndcg@10")
    best = max(run.baselines, key=lambda name: run.baselines[name]["ndcg@10"])
    assert (one.baseline, one.baseline_value) == (best, run.baselines[best]["ndcg@10"])
    assert one.value == pytest.approx(run.metrics["ndcg@10"])
    assert one.difference == pytest.approx(one.value - one.baseline_value)
    assert one.low < one.value < one.high
    assert one.difference_low > 0
    assert one.verdict == "better"


def test_a_kept_model_scores_as_the_one_that_was_trained(shop: Shop) -> None:
    run = shop.runs["ease"]
    split = split_of(shop.ws, run.id)
    trained = run.spec.model_settings().build().fit(split.before_test)
    kept = runs.load_run_model(shop.ws, run.id)
    np.testing.assert_array_equal(kept.score(split.test.profiles), trained.score(split.test.profiles))
    assert runs.load_run_model(shop.ws, run.id) is kept


def test_baselines_of_a_test_are_computed_once(shop: Shop) -> None:
    (key,) = {run.baselines_at for run in shop.runs.values()}
    written_at = (shop.ws.baselines / key / "popularity" / "report.json").stat().st_mtime
    assert written_at < (shop.runs["habit"].started_at or 0)
    assert shop.runs["ease"].baselines == shop.runs["habit"].baselines == shop.runs["popularity"].baselines


def test_the_same_spec_gives_the_same_numbers(
    shop: Shop, ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    put(ws, two_tastes)
    again = train(ws, shop.runs["ease"].spec)
    assert again.metrics == shop.runs["ease"].metrics


def test_runs_are_listed_newest_first_and_by_what_is_asked(shop: Shop) -> None:
    assert [run.id for run in runs.list_runs(shop.ws)] == ["ease-3", "habit-2", "popularity-1"]
    assert len(runs.list_runs(shop.ws, "two tastes", status="done")) == 3
    assert runs.list_runs(shop.ws, "nothing") == []
    assert runs.list_runs(shop.ws, status="failed") == []


def test_the_best_run_is_the_one_with_the_highest_metric(shop: Shop) -> None:
    best = runs.best_run(shop.ws, "two tastes")
    assert best is not None
    assert best.id == "ease-3"
    assert runs.best_run(shop.ws, "nothing") is None


def test_points_tell_the_passes(shop: Shop) -> None:
    points = runs.points(shop.ws, shop.runs["ease"].id)
    by_name = points.set_index("name")
    assert by_name.loc["ndcg@10", "epoch"] == 1.0
    assert "refit_seconds" in by_name.index
    assert "loss" not in by_name.index  # EASE has none, and NaN is not a point
    assert points["epoch"].is_monotonic_increasing


def test_a_long_series_is_thinned_and_keeps_its_last_point(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        db.executemany("INSERT INTO points VALUES ('a-1', 'loss', ?, 1.0)", [(n,) for n in range(2001)])
        db.execute("INSERT INTO points VALUES ('a-1', 'ndcg@10', 7, 1.0)")
    points = runs.points(ws, "a-1")
    loss = points[points["name"] == "loss"]["epoch"]
    assert len(loss) == 501  # every fourth
    assert (loss.iloc[0], loss.iloc[-1]) == (0, 2000)
    assert (points["name"] == "ndcg@10").sum() == 1


def test_an_unknown_run_is_answered_with_the_nearest(shop: Shop, ws: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no run 'ease-33'. Did you mean 'ease-3'"):
        runs.get_run(shop.ws, "ease-33")
    with pytest.raises(NotFoundError, match="Train a model first"):
        runs.get_run(ws, "ease-1")


def test_a_run_without_a_model_says_so(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        run_id = runs.create_run(db, spec(), "f", "queued")
    with pytest.raises(NotFoundError, match="'ease-1' is queued and has no model yet"):
        runs.load_run_model(ws, run_id)
    with pytest.raises(NotFoundError, match="'ease-1' is queued and has no report yet"):
        runs.run_report(ws, run_id)


def test_a_deleted_run_leaves_nothing_behind(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="popularity"))
    runs.load_run_model(ws, run.id)
    runs.delete_run(ws, run.id)
    assert list(ws.runs.iterdir()) == []
    assert runs.points(ws, run.id).empty
    with pytest.raises(NotFoundError):
        runs.load_run_model(ws, run.id)


def test_a_run_at_work_is_not_deleted(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        run_id = runs.create_run(db, spec(), "f", "running")
    with pytest.raises(JobError, match="'ease-1' is running; stop it before deleting"):
        runs.delete_run(ws, run_id)


def test_a_failed_training_keeps_the_reason(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    name = put(ws, two_tastes)
    shutil.rmtree(ws.datasets)
    with pytest.raises(NotFoundError, match="no dataset in"):
        train(ws, TrainSpec(dataset=name, model="ease"))
    (run,) = runs.list_runs(ws)
    assert run.status == "failed"
    assert "no dataset in" in run.error


def test_a_spec_that_cannot_work_makes_no_run(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    name = put(ws, two_tastes)
    with pytest.raises(DataError, match="came without a test file"):
        train(ws, TrainSpec(dataset=name, model="ease", split=SplitConfig(kind="given")))
    assert runs.list_runs(ws) == []


def test_a_given_test_is_the_default_split(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    events = two_tastes.interactions
    late = np.arange(len(events)) >= 3500
    given = replace(two_tastes.with_interactions(events.where(~late), "train"), given_test=events.where(late))
    run = train(ws, TrainSpec(dataset=put(ws, given), model="popularity"))
    assert run.spec.split == SplitConfig(kind="given")
    assert run.exam is not None
    assert run.exam.num_people == split_of(ws, run.id).test.profiles.lengths.size


def test_data_without_times_are_split_by_chance(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    without = replace(two_tastes, about=replace(two_tastes.about, time_kind="order"))
    run = train(ws, TrainSpec(dataset=put(ws, without), model="ease"))
    assert run.spec.split == SplitConfig(kind="random")
    assert "popularity-28d" not in run.baselines  # days mean nothing here


def test_a_run_as_json_has_flat_metrics_and_baselines_beside_them(shop: Shop) -> None:
    described = shop.runs["ease"].as_dict()
    assert described["run"] == "ease-3"
    assert described["epochs"] == 1
    assert {"recall@10", "f1@20", "ndcg@10", "coverage@10", "accuracy", "roc_auc"} <= set(
        described["metrics"]
    )
    assert set(described["baselines"]["popularity"]) == set(described["metrics"])


def test_the_articles_protocol_is_reported_with_its_ratio_and_popularity_beside_it(shop: Shop) -> None:
    run = shop.runs["ease"]
    found = run.as_dict()["protocols"]["purchase-classification"]
    assert (found["negatives_per_positive"], found["threshold"]) == (2, 0.5)
    like = runs.run_report(shop.ws, run.id).plike
    assert like is not None
    assert found["num_pairs"] == 3 * like.labels.sum()  # each like and two that were not chosen
    assert {name: found[name] for name in ("accuracy", "recall", "f1")} == {
        name: run.metrics[name] for name in ("accuracy", "recall", "f1")
    }
    assert found["popularity"]["accuracy"] == run.baselines["popularity"]["accuracy"]


def test_passes_are_counted_while_they_pass(ws: Workspace, two_tastes: Dataset, put: Put) -> None:
    seen: list[int] = []

    def look(event: object) -> None:
        if isinstance(event, Epoch):
            seen.append(runs.get_run(ws, "lstm-1").epochs)

    settings = {"epochs": 3, "dims": 4, "history": 4, "refit": False, "patience": 0}
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="lstm", settings=settings), on_event=look)
    assert seen[0] <= seen[1] <= seen[2] <= 3
    assert run.epochs == 3
    seconds = runs.points(ws, run.id).set_index("name").loc["seconds", "value"]
    assert run.seconds == pytest.approx(seconds.sum())


def test_a_model_of_another_version_is_to_be_trained_again(
    ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="popularity"))
    path = ws.runs / run.id / "model" / "model.json"
    path.write_text(path.read_text().replace('"config": {', '"config": {"of_tomorrow": 1, '))
    runs._models.forget((path.parent, "cpu"))
    with pytest.raises(RecengineError, match="'popularity-1' was saved by another version .* Train it again"):
        runs.load_run_model(ws, run.id)


def test_weights_that_no_longer_fit_are_to_be_trained_again(
    ws: Workspace, two_tastes: Dataset, put: Put
) -> None:
    settings = {"epochs": 1, "dims": 4, "history": 4, "refit": False}
    run = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="lstm", settings=settings))
    path = ws.runs / run.id / "model" / "model.json"
    path.write_text(path.read_text().replace('"dims": 4', '"dims": 8'))
    runs._models.forget((path.parent, "cpu"))
    for ask in (runs.load_run_model, lambda ws, run_id: recommend(ws, run_id, "u4")):
        with pytest.raises(RecengineError, match="'lstm-1' was saved by another version .* Train it again"):
            ask(ws, run.id)

"""A what-if that leaves one of two groups of people out: who is who, and what becomes of their lists."""

from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.services.runs import TrainSpec, run_report
from recengine.services.training import train
from recengine.services.verdict_arms import Arms
from recengine.services.verdict_groups import kinds_of_targets, people_in_groups
from recengine.services.verdict_lists import churn, exposure
from recengine.services.verdict_tables import HEADLINE, change_columns, metrics_table, segments_table
from recengine.services.workspace import Workspace


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory, two_tastes: Dataset, put: Callable[..., str]) -> Arms:
    ws = Workspace(tmp_path_factory.mktemp("arms"))
    spec = TrainSpec(dataset=put(ws, two_tastes), model="ease", repeats="both")
    base = train(ws, spec)
    edited = train(ws, spec.model_copy(update={"edits": ('drop people where "group" = north',)}))
    return Arms.of(ws, [base.id], [edited.id])


def test_people_left_out_are_a_group_of_their_own(arms: Arms) -> None:
    groups = {(group.of, group.label): group for group in people_in_groups(arms)}
    north_U = arms.dataset.users.features["group"].iloc[arms.people].to_numpy() == "north"
    left_out = groups["what is learnt of them", "left out"]
    np.testing.assert_array_equal(left_out.member_U, north_U)
    np.testing.assert_array_equal(groups["group", "north"].member_U, north_U)
    np.testing.assert_array_equal(groups["what is learnt of them", "as before"].member_U, ~north_U)
    assert left_out.said == "people left out of the learning"
    assert groups["group", "north"].said == "people where group is north"


@pytest.mark.parametrize("of", ["group", "age", "events so far", "events in the last 28 days"])
def test_everybody_is_in_one_group_of_each_feature(arms: Arms, of: str) -> None:
    members_GU = np.stack([group.member_U for group in people_in_groups(arms) if group.of == of])
    np.testing.assert_array_equal(members_GU.sum(axis=0), 1)


def test_every_target_is_had_before_or_new(arms: Arms) -> None:
    kinds = {kind.label: kind.targets.lengths for kind in kinds_of_targets(arms)}
    assert "had before" not in kinds  # nobody has a thing twice in these data
    np.testing.assert_array_equal(kinds["new to them"], arms.targets.lengths)
    popular, others = (kinds[label] for label in kinds if "most popular" in label)
    np.testing.assert_array_equal(popular + others, arms.targets.lengths)


def test_a_group_has_the_mean_of_its_people(arms: Arms) -> None:
    rows = segments_table(arms).set_index(["of", "segment"])
    (north,) = (group.member_U for group in people_in_groups(arms) if group.label == "north")
    value_U = run_report(arms.ws, arms.edited[0].id).values(HEADLINE)
    row = rows.loc[("group", "north")]
    assert row["edited"] == pytest.approx(value_U[north].mean())
    assert row["num_people"] == north.sum()


def test_every_metric_has_an_interval_around_its_change(arms: Arms) -> None:
    table = metrics_table(arms)
    report = arms.edited_reports[0]
    assert table["metric"].iloc[0] == HEADLINE
    assert set(table["metric"]) == set(report.metrics)
    assert table[["low", "high", "p_value"]].notna().all(axis=None)
    assert (table["low"] <= table["change"] + 1e-12).all()
    assert (table["change"] <= table["high"] + 1e-12).all()
    for row in table.itertuples():
        assert row.edited == pytest.approx(report.metrics[str(row.metric)], abs=1e-9)


def test_churn_is_that_of_the_lists(arms: Arms) -> None:
    found = churn(arms)
    first, second = (reports[0].items_UK for reports in (arms.base_reports, arms.edited_reports))
    assert first is not None
    assert second is not None
    kept = np.mean([len(set(one[:10]) & set(two[:10])) for one, two in zip(first, second, strict=True)])
    assert found.replaced == pytest.approx(10 - kept)
    assert 0 < found.rbo_low <= found.rbo <= found.rbo_high < 1
    assert found.jaccard_of_seeds == 1  # EASE draws no lots
    example = found.examples.iloc[0]
    assert example["why"] == "most changed"
    assert len(example["left"].split(" · ")) == 10 - example["same"]
    assert found.examples["person"].is_unique


def test_places_of_categories_add_up_and_nobody_gains_what_nobody_loses(arms: Arms) -> None:
    rows = exposure(arms)
    categories = rows[rows["of"] == "category"]
    assert categories["base"].sum() == pytest.approx(1)
    assert categories["change"].sum() == pytest.approx(0, abs=1e-9)
    items = rows[rows["of"] == "item"]
    listed = arms.base_reports[0].items_UK
    assert listed is not None
    code = int(arms.dataset.items.codes([items["id"].iloc[0]])[0])
    assert items["base"].iloc[0] == pytest.approx((listed[:, :10] == code).any(axis=1).mean())


def test_rows_chosen_for_their_size_count_all_they_were_chosen_from(arms: Arms) -> None:
    changed = arms.changed(lambda report: report.per_person[["recall@10"]].to_numpy(np.float64))
    alone, among = (change_columns(changed, ["higher"], looks=looks) for looks in (0, 500))
    assert among["p_value"].iloc[0] == pytest.approx(min(1, 500 * alone["p_value"].iloc[0]))

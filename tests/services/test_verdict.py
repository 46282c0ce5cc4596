import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import SettingsError
from recengine.services.runs import TrainSpec, run_report
from recengine.services.training import train
from recengine.services.verdict import Verdict, corrected, verdict, with_drift
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop


@pytest.fixture(scope="module")
def better(shop: Shop) -> Verdict:
    return verdict(shop.ws, [shop.runs["popularity"].id], [shop.runs["ease"].id])


def test_a_model_that_knows_tastes_is_better_than_one_that_does_not(better: Verdict) -> None:
    assert better.decision == "better"
    assert better.sentence.startswith("NDCG@10 rises by")
    assert "; real" in better.sentence


def test_the_change_is_that_of_the_reports(shop: Shop, better: Verdict) -> None:
    base, edited = (run_report(shop.ws, shop.runs[name].id) for name in ("popularity", "ease"))
    for row in better.metrics.itertuples():
        if row.metric in base.per_person:
            assert row.base == pytest.approx(base.metrics[row.metric])
            assert row.change == pytest.approx(edited.metrics[row.metric] - base.metrics[row.metric])


def test_a_run_against_itself_shows_no_difference_anywhere(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    same = verdict(shop.ws, [run_id], [run_id])
    assert same.decision == "no real difference"
    assert same.sentence.startswith("No difference")
    assert (same.churn.jaccard, same.churn.rbo, same.churn.unchanged) == (1, 1, 1)
    for table in (same.metrics, same.segments, same.exposure):
        assert set(table["verdict"]) == {"no real difference"}
    assert same.who.startswith("No group")


def test_swapping_the_sides_turns_the_signs(shop: Shop, better: Verdict) -> None:
    worse = verdict(shop.ws, list(better.edited), list(better.base))
    assert worse.decision == "worse"
    np.testing.assert_allclose(worse.metrics["change"], -better.metrics["change"])
    assert worse.p_value == pytest.approx(better.p_value, rel=0.5)


def test_it_survives_json(better: Verdict) -> None:
    described = json.loads(json.dumps(better.as_dict(), allow_nan=False))
    again = Verdict.of_dict(described)
    assert again.as_dict() == better.as_dict()
    for name in ("metrics", "segments", "exposure", "cost"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(better, name), check_dtype=False)


def test_reasons_of_a_run_do_not_drift_from_themselves(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    found = with_drift(shop.ws, verdict(shop.ws, [run_id], [run_id]))
    assert found.drift is not None
    assert found.drift.agreement == pytest.approx(1)
    assert not found.drift.rows["moved"].any()
    assert found.drift.sentence.startswith("The same things drive it")
    assert Verdict.of_dict(json.loads(json.dumps(found.as_dict()))).as_dict() == found.as_dict()
    again = verdict(shop.ws, [run_id], [run_id])
    assert again.drift is not None  # what was worked out is kept


def test_a_model_that_treats_all_alike_has_no_reasons(shop: Shop) -> None:
    same = verdict(shop.ws, *[[shop.runs["popularity"].id]] * 2)
    assert same.drift is None
    with pytest.raises(SettingsError, match="gives everyone the same list"):
        with_drift(shop.ws, same)


def test_looks_are_counted(shop: Shop, better: Verdict) -> None:
    many = verdict(shop.ws, list(better.base), list(better.edited), looks=[0.9, 0.8])
    assert many.corrected == pytest.approx(min(1, 3 * better.p_value))
    assert "counting 3 looks" in many.sentence
    other = replace(better, edited=("ease-99",), p_value=0.04)
    assert [one.looks for one in corrected([better, other])] == [2, 2]
    assert [one.corrected for one in corrected([better, other])] == pytest.approx([2 * better.p_value, 0.04])


def test_the_same_question_asked_twice_is_one_look(better: Verdict) -> None:
    assert [one.looks for one in corrected([better, better])] == [1, 1]


def test_runs_of_different_tests_are_refused(
    ws: Workspace, two_tastes: Dataset, put: Callable[..., str]
) -> None:
    name = put(ws, two_tastes)
    one = train(ws, TrainSpec(dataset=name, model="popularity", repeats="both"))
    two = train(ws, TrainSpec(dataset=name, model="popularity", repeats="new"))
    with pytest.raises(SettingsError, match="different tests"):
        verdict(ws, [one.id], [two.id])


def test_seeds_must_come_in_pairs(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    with pytest.raises(SettingsError, match="pairs of runs with equal seeds"):
        verdict(shop.ws, [run_id], [run_id, run_id])

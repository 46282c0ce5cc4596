from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import NotFoundError
from recengine.core.split import SplitConfig
from recengine.metrics import ranking
from recengine.models.ease import Ease, EaseConfig
from recengine.services.evaluation import evaluate
from recengine.services.report import Report


@pytest.fixture(scope="module")
def report(two_tastes: Dataset) -> Report:
    split = SplitConfig().build(two_tastes)
    return evaluate(Ease(EaseConfig()).fit(split.before_test), split, repeats="both")


def test_a_report_reads_as_it_was_written(report: Report, tmp_path: Path) -> None:
    report.save(tmp_path)
    read = Report.load(tmp_path)
    assert read.metrics == report.metrics
    assert read.halves == report.halves
    pd.testing.assert_frame_equal(read.per_person, report.per_person)
    for name in ("task", "repeats", "ks", "num_people", "num_cold_people", "pairs_digest", "seconds"):
        assert getattr(read, name) == getattr(report, name)
    assert read.plike is not None
    assert report.plike is not None
    assert read.plike.calibrator == report.plike.calibrator
    assert read.plike.metrics == report.plike.metrics
    np.testing.assert_array_equal(read.items_UK, report.items_UK)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".parquet", ".npy"}


def test_a_report_kept_before_lists_were_reads_without_them(report: Report, tmp_path: Path) -> None:
    report.save(tmp_path)
    (tmp_path / "lists.npy").unlink()
    assert Report.load(tmp_path).items_UK is None


def test_the_lists_kept_are_those_that_were_judged(report: Report, two_tastes: Dataset) -> None:
    split = SplitConfig().build(two_tastes)
    assert report.items_UK is not None
    targets = split.test.targets
    again = ranking.precision(ranking.hits(report.items_UK[:, :10], targets), targets.lengths)
    np.testing.assert_allclose(again, report.values("precision@10"))


def test_a_value_that_is_none_survives_as_nan(report: Report, tmp_path: Path) -> None:
    odd = Report(**{**vars(report), "metrics": {"gini@5": float("nan")}, "plike": None})
    odd.save(tmp_path)
    assert "NaN" not in (tmp_path / "report.json").read_text()
    read = Report.load(tmp_path)
    assert np.isnan(read.metrics["gini@5"])
    assert read.plike is None


def test_a_folder_without_a_report_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no report in"):
        Report.load(tmp_path)


def test_curves_and_metrics_tell_the_same_story(report: Report) -> None:
    assert report.plike is not None
    curves = report.plike.curves()
    near = curves.iloc[(curves["threshold"] - 0.5).abs().argmin()]
    assert near["precision"] == pytest.approx(report.metrics["precision"], abs=0.1)
    assert near["accuracy"] == pytest.approx(report.metrics["accuracy"], abs=0.05)
    reliability = report.plike.reliability()
    gap = np.average(
        (reliability["predicted"] - reliability["observed"]).abs(), weights=reliability["weight"]
    )
    assert gap == pytest.approx(report.metrics["calibration_error"])

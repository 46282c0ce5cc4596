"""Figures that are known from elsewhere, reproduced from the raw files."""

from __future__ import annotations

from pathlib import Path

import pytest

from recengine.core.split import Split, SplitConfig
from recengine.metrics.classification import Calibrator
from recengine.models import model_config
from recengine.services.evaluation import evaluate

PLAIN = Calibrator((0.0, 1.0), (0.0, 1.0))  # these figures are about lists alone


@pytest.mark.slow
def test_popularity_on_lightgcns_gowalla_split_is_as_published(shared_data: Path) -> None:
    from recengine.data.build import import_files

    folder = shared_data / "gowalla-lightgcn"
    data = import_files(folder / "train.txt.gz", name="gowalla", test=folder / "test.txt.gz").dataset
    split = SplitConfig(kind="given").build(data)
    model = model_config("popularity").build().fit(split.before_test)
    metrics = evaluate(model, split, ks=(20,), repeats="new", calibrator=PLAIN).metrics
    published = {"recall@20": 0.04163, "precision@20": 0.01388, "ndcg@20": 0.03169, "f1@20": 0.01828}
    assert {key: round(metrics[key], 5) for key in published} == published


@pytest.fixture(scope="module")
def grocery() -> Split:
    from recengine.data.build import import_sample

    return SplitConfig().build(import_sample().dataset)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "settings", "both", "new"),
    [
        ("popularity", {}, 0.183, 0.045),
        ("popularity", {"half_life_days": 28}, 0.213, 0.058),
        ("habit", {"half_life_days": 120}, 0.440, 0.045),
        ("ease", {"weighting": "log", "regularisation": 200}, 0.375, 0.065),
        ("ease", {"weighting": "binary", "regularisation": 200}, 0.256, 0.059),
    ],
)
def test_ndcg_of_the_simple_models_on_the_sample(
    grocery: Split, name: str, settings: dict[str, float], both: float, new: float
) -> None:
    model = model_config(name, settings).build().fit(grocery.before_test)
    report = evaluate(model, grocery, ks=(10,), repeats="both", calibrator=PLAIN)
    assert report.metrics["ndcg@10"] == pytest.approx(both, abs=0.0006)
    assert report.halves["new"]["ndcg@10"] == pytest.approx(new, abs=0.0006)

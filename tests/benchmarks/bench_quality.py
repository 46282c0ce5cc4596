"""How good the reference model is, on real data, beside the rules and models that are hard to beat.

Sample: temporal split, last tenth of the events, full catalogue; every model learns on all before it.
Purchase classification: choices = 1, sampled other items = 0, held out in time. The reference article
reports accuracy .90, recall .80, F1 .85. It does not name its ratio of other items; its three figures
together imply 1.8 per choice, so 2 is the protocol, and 1 and 4 stand beside it.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from recengine.core.dataset import Dataset
from recengine.core.split import Split, SplitConfig
from recengine.data.build import import_files, import_sample
from recengine.models import model_config
from recengine.models.base import Recommender
from recengine.models.events import Epoch
from recengine.services.bench import Row
from recengine.services.evaluation import LikeConfig, Report, calibrate, evaluate, validator

MOVIES = Path(__file__).parents[3] / "shared" / "data" / "ml-1m" / "ratings_users_1_2999.csv.gz"
Model = Recommender[Any]
RATIOS = (2, 1, 4)
ARTICLE = "reference article: accuracy .90, recall .80, F1 .85"


def run() -> list[Row]:
    """The rows of docs/benchmarks.md."""
    sample = SplitConfig().build(import_sample().dataset)
    rows = _lists(sample) + _classification("sample", sample)
    if MOVIES.exists():
        rows += _classification("ml-1m, first 2,999 people", SplitConfig().build(_movies()))
    return rows


@cache
def _movies() -> Dataset:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        path.write_bytes(gzip.decompress(MOVIES.read_bytes()))
        return import_files(path, name="ml-1m").dataset


_models: dict[tuple[str, str], tuple[Model, Model, float]] = {}


def _fitted(name: str, split: Split) -> tuple[Model, Model, float]:
    """Fitted on the training part, fitted on all before the test, and the seconds both took."""
    key = (name, split.before_test.fingerprint)
    if key not in _models:
        began, config = perf_counter(), model_config(name)
        first, best = config.build(), 1
        for event in first.training(split.train, validate=validator(split, None)):
            if isinstance(event, Epoch) and event.best:
                best = event.number
        if "epochs" in type(config).model_fields:
            config = config.model_copy(update={"epochs": best})
        last = config.build().fit(split.before_test)
        _models[key] = first, last, perf_counter() - began
    return _models[key]


def _report(name: str, split: Split, ratio: int = 2) -> Report:
    first, last, _ = _fitted(name, split)
    like = LikeConfig(negatives_per_positive=ratio)
    return evaluate(last, split, like=like, calibrator=calibrate(first, split, like=like))


def _lists(split: Split) -> list[Row]:
    """NDCG@10 where repeats count, where only new things do, and where only repeats do."""
    names = ("lstm", "habit", "ease", "popularity")
    reports = {name: _report(name, split) for name in names}
    seconds = _fitted("lstm", split)[2]
    rows = []
    for half in ("both", "new", "again"):
        values = {
            name: (report.metrics if half == "both" else report.halves[half])["ndcg@10"]
            for name, report in reports.items()
        }
        best = max(value for name, value in values.items() if name != "lstm")
        against = ", ".join(f"{name} {values[name]:.4f}" for name in names[1:])
        aim = {"both": 0.445, "new": 0.065}.get(half)
        row = f"sample, NDCG@10, {half} (lstm; trained twice in {seconds:.0f} s)"
        rows.append(Row(row, round(values["lstm"], 4), "", against, values["lstm"] / best))
        if aim:
            rows.append(
                Row(
                    f"sample, NDCG@10, {half}, aim",
                    round(values["lstm"], 4),
                    "",
                    f"aim {aim}",
                    values["lstm"] / aim,
                    1,
                )
            )
    return rows


def _classification(data: str, split: Split) -> list[Row]:
    rows = []
    for ratio in RATIOS:
        ours, simple = (_report(name, split, ratio).metrics for name in ("lstm", "popularity"))
        against = ", ".join(f"{key} {simple[key]:.3f}" for key in ("accuracy", "recall", "f1", "roc_auc"))
        for key in ("accuracy", "recall", "f1", "roc_auc"):
            name = f"purchase-classification, {data}, {ratio} other items per choice: {key}"
            rows.append(
                Row(
                    name,
                    round(ours[key], 4),
                    "",
                    f"popularity: {against}; {ARTICLE}",
                    ours[key] / simple[key],
                )
            )
    return rows

"""Report: all a test has shown of one model, in one object that can be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.errors import NotFoundError
from recengine.metrics import classification as like
from recengine.metrics.classification import Calibrator

PERSON = "person"  # column of per_person: the user code

LABEL, PROBABILITY, STANDS_FOR, ROW = "label", "probability", "stands_for", "row"  # of a PLike's frame


@dataclass(frozen=True)
class PLike:
    """P(like) against what happened, on N person-item pairs.

    Attributes:
        pairs: one row a pair: label (bool), probability (float64), stands_for (float64: pairs
            it stands for, above 1 for sampled non-likes), row (int32: the person's row in per_person;
            reports kept by earlier versions lack it).
        calibrator: how the model's score became a probability.
        sampling_rate: share of all non-likes that was drawn.
    """

    pairs: pd.DataFrame
    calibrator: Calibrator
    sampling_rate: float
    negatives_per_positive: int
    threshold: float

    @property
    def labels(self) -> NDArray[np.bool_]:
        """True for likes; shape (N,)."""
        return self.pairs[LABEL].to_numpy()

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """P(like) among likes and sampled non-likes."""
        return self.pairs[PROBABILITY].to_numpy()

    @property
    def corrected(self) -> NDArray[np.float64]:
        """P(like) among all pairs of the catalogue, as a page may show it beside an item."""
        return like.prior_corrected(self.probabilities, self.sampling_rate)

    @property
    def metrics(self) -> dict[str, float]:
        """Keyed like "accuracy", "roc_auc", "log_loss_corrected"."""
        label_N, probability_N = self.labels, self.probabilities
        stands_for_N = self.pairs[STANDS_FOR].to_numpy()
        at_threshold = {
            "accuracy": like.accuracy,
            "precision": like.precision,
            "recall": like.recall,
            "f1": like.f1,
        }
        whole = {
            "roc_auc": like.roc_auc,
            "pr_auc": like.pr_auc,
            "log_loss": like.log_loss,
            "calibration_error": like.calibration_error,
        }
        found = {name: of(label_N, probability_N, self.threshold) for name, of in at_threshold.items()}
        found |= {name: of(label_N, probability_N) for name, of in whole.items()}
        for name in ("log_loss", "calibration_error"):
            found[f"{name}_corrected"] = whole[name](label_N, self.corrected, stands_for_N)
        return found

    def curves(self) -> pd.DataFrame:
        """Threshold, precision, recall, false_positive_rate, f1, accuracy; highest threshold first."""
        return like.curves(self.labels, self.probabilities)

    def reliability(self) -> pd.DataFrame:
        """Predicted and observed share of likes over bins of equal mass."""
        return like.reliability(self.labels, self.probabilities)


@dataclass(frozen=True)
class Report:
    """One model's test.

    Attributes:
        metrics: flat, keyed like "ndcg@10", "coverage@10", "accuracy", "roc_auc".
        per_person: one row a person: "person" (user code), then one column per metric that has a
            value for each person; NaN where it has none.
        task: "test" or "validation"; `repeats`: the question asked.
        num_people: people asked; num_left_out: people with targets of the other kind only.
        num_cold_people, num_cold_targets: left out because nothing was known of them before.
        pairs_digest: hash of the (person, item) pairs; equal tests, equal hash.
        halves: where repeats = "both", the ranking metrics and num_people of "new" and of "again".
        plike: None where there was no validation to calibrate on.
        items_UK: the lists that were judged, a row of per_person each, item codes; None in reports that
            were kept before lists were.
        seconds: wall time of the evaluation.
    """

    metrics: dict[str, float]
    per_person: pd.DataFrame
    task: str
    repeats: Repeats
    ks: tuple[int, ...]
    num_people: int
    num_left_out: int
    num_cold_people: int
    num_cold_targets: int
    pairs_digest: str
    halves: dict[str, dict[str, float]] = field(default_factory=dict)
    plike: PLike | None = None
    items_UK: NDArray[np.int32] | None = None
    seconds: float = 0.0

    def values(self, metric: str) -> NDArray[np.float64]:
        """One metric person by person, in the order of per_person; for intervals.

        Raises:
            NotFoundError: the metric is one number for all people together.
        """
        if metric not in self.per_person or metric == PERSON:
            known = ", ".join(name for name in self.per_person if name != PERSON)
            raise NotFoundError(f"'{metric}' has no value for each person. Those that have: {known}.")
        return self.per_person[metric].to_numpy()

    def save(self, folder: Path) -> None:
        """Write report.json, per_person.parquet and, where there are any, lists.npy and plike.parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        self.per_person.to_parquet(folder / "per_person.parquet", index=False)
        if self.plike is not None:
            self.plike.pairs.to_parquet(folder / "plike.parquet", index=False)
        if self.items_UK is not None:
            np.save(folder / "lists.npy", self.items_UK, allow_pickle=False)
        (folder / "report.json").write_text(json.dumps(self._described(), indent=1))

    @classmethod
    def load(cls, folder: Path) -> Report:
        """The report that `save` wrote.

        Raises:
            NotFoundError: there is no report in that folder.
        """
        if not (folder / "report.json").exists():
            raise NotFoundError(f"no report in {folder}; evaluate the run first.")
        described = json.loads((folder / "report.json").read_text())
        described["metrics"] = _numbers(described["metrics"])
        described["halves"] = {name: _numbers(half) for name, half in described["halves"].items()}
        described["ks"] = tuple(described["ks"])
        if (asked := described["plike"]) is not None:
            asked["calibrator"] = Calibrator.of_dict(asked["calibrator"])
            described["plike"] = PLike(pairs=pd.read_parquet(folder / "plike.parquet"), **asked)
        if (folder / "lists.npy").exists():
            described["items_UK"] = np.load(folder / "lists.npy", allow_pickle=False)
        return cls(per_person=pd.read_parquet(folder / "per_person.parquet"), **described)

    def _described(self) -> dict[str, Any]:
        """All but the tables, as plain JSON values (NaN as null)."""
        plain = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("per_person", "plike", "items_UK")
        }
        plain["metrics"] = _nulls(self.metrics)
        plain["halves"] = {name: _nulls(half) for name, half in self.halves.items()}
        plain["plike"] = self.plike and {
            "calibrator": self.plike.calibrator.to_dict(),
            "sampling_rate": self.plike.sampling_rate,
            "negatives_per_positive": self.plike.negatives_per_positive,
            "threshold": self.plike.threshold,
        }
        return plain


def _nulls(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float("nan") if value is None else value for name, value in values.items()}

"""Verdict: what an edit does to what a model is worth, told from chance, in words and in tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from recengine.core.columns import ITEM, USER
from recengine.core.words import count, many, plural
from recengine.metrics.two_level import SeedNoise, detectable, holm
from recengine.services.report import Report
from recengine.services.runs import Run
from recengine.services.training import split_of
from recengine.services.verdict_arms import Arms
from recengine.services.verdict_drift import Drift, kept_drift, reasons_drift
from recengine.services.verdict_json import frame_of, number, records, without_nan
from recengine.services.verdict_lists import Churn, churn, exposure
from recengine.services.verdict_tables import CHANGE, HEADLINE, metrics_table, segments_table
from recengine.services.verdict_words import decision_of, sentence_of, who_of
from recengine.services.workspace import Workspace

COLUMNS = {
    "metrics": ["metric", "title", "family", *CHANGE],
    "segments": ["of", "segment", "said", *CHANGE],
    "exposure": ["of", "id", "title", *CHANGE],
    "cost": ["side", "run_id", "seed", "seconds", "epochs", "device", "events", "people", "items"],
}
PLAIN = [
    "base",
    "edited",
    "decision",
    "sentence",
    "p_value",
    "corrected",
    "looks",
    "detectable",
    "who",
    "person",
]
EXAMPLES = ["why", "person", "same", "jaccard", "rbo", "left", "entered", "base", "edited"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """What an edit does, on the test that both sides sat.

    Every table of changes has the columns base and edited (means), change (edited minus base) with low and
    high (95 %, over people and seeds), relative (change over base, 0.1 = 10 %) with relative_low and
    relative_high, p_value, verdict ("better", "worse", "higher", "lower", "no real difference" or "not told
    from chance"), seed_noise (standard deviation of one pair's change over seeds; 0 where the model draws no
    lots, NaN where unknown) and num_people.

    Attributes:
        base, edited: ids of the runs, pair by pair.
        decision: "better", "worse", "no real difference" or "not told from chance", on NDCG@10.
        sentence: the same with its size.
        p_value: of NDCG@10, as if nothing else had been asked; corrected: as it counts among the looks.
        looks: what-ifs of the same base and test that this one is counted among, itself included.
        detectable: the smallest true change of NDCG@10 that so many people and seeds find four times in five,
            as a share of the base; NaN where unknown.
        who: which groups gain and lose most.
        metrics: metric, title, family, then the changes; NDCG@10 first.
        segments: of, segment, said (both in words: "households where age is 65+"), then the changes of
            NDCG@10; verdicts count how many rows there are.
        churn: how far lists change.
        exposure: of ("category", "item"), id, title, then the changes of the share of places (categories) or
            of lists (items).
        cost: side ("base", "edited"), run_id, seed, seconds, epochs, device, events, people, items: what was
            learnt from, and how long that took.
        drift: how the reasons differ, on the first seed; None until they have been worked out (`with_drift`).
        notes: what else a reader should know, a sentence each.
    """

    base: tuple[str, ...]
    edited: tuple[str, ...]
    decision: str
    sentence: str
    p_value: float
    corrected: float
    looks: int
    detectable: float
    who: str
    person: str
    metrics: pd.DataFrame
    segments: pd.DataFrame
    churn: Churn
    exposure: pd.DataFrame
    cost: pd.DataFrame
    drift: Drift | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def headline(self) -> pd.Series:
        """The row of NDCG@10."""
        return self.metrics.iloc[0]

    def counting(self, corrected: float, looks: int) -> Self:
        """The same, counted among so many looks.

        Args:
            corrected: the p-value as it counts among them.
        """
        decision = decision_of(self.headline, corrected)
        sentence = sentence_of(self.headline, corrected, looks=looks, person=many(self.person))
        return replace(self, corrected=corrected, looks=looks, decision=decision, sentence=sentence)

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain JSON values; NaN as null."""
        plain = {name: getattr(self, name) for name in (*PLAIN, "notes")}
        tables = {name: records(getattr(self, name)) for name in COLUMNS}
        churned = {**self.churn.as_dict(), "examples": records(self.churn.examples)}
        drift = self.drift.as_dict() if self.drift else None
        headline = self.headline.to_dict()
        return without_nan({**plain, "headline": headline, **tables, "churn": churned, "drift": drift})

    @classmethod
    def of_dict(cls, described: Mapping[str, Any]) -> Self:
        """The verdict that `as_dict` described."""
        tables: dict[str, Any] = {
            name: frame_of(described[name], columns) for name, columns in COLUMNS.items()
        }
        churned = {**described["churn"], "examples": frame_of(described["churn"]["examples"], EXAMPLES)}
        plain = {name: described[name] for name in (*PLAIN, "notes")}
        plain |= {name: tuple(plain[name]) for name in ("base", "edited", "notes")}
        plain |= {name: number(plain[name]) for name in ("p_value", "corrected", "detectable")}
        drift = Drift.of_dict(described["drift"]) if described["drift"] else None
        return cls(**plain, **tables, churn=Churn(**churned), drift=drift)


def verdict(
    ws: Workspace,
    base_run_ids: Sequence[str],
    edited_run_ids: Sequence[str],
    *,
    looks: Sequence[float] = (),
) -> Verdict:
    """What the edited runs do better or worse than the base's.

    Args:
        base_run_ids, edited_run_ids: finished runs of one test, in pairs of equal seeds.
        looks: p-values of the other what-ifs on the same base and test; this one counts among them.

    Raises:
        SettingsError: they are not finished, not of one test, or not in pairs.
        NotFoundError: no such run.
    """
    arms = Arms.of(ws, base_run_ids, edited_run_ids)
    metrics, segments = metrics_table(arms), segments_table(arms)
    person = arms.dataset.about.person
    found = Verdict(
        base=tuple(run.id for run in arms.base),
        edited=tuple(run.id for run in arms.edited),
        decision="",
        sentence="",
        p_value=float(metrics["p_value"].iloc[0]),
        corrected=float("nan"),
        looks=1,
        detectable=_detectable(arms, metrics.iloc[0]),
        who=who_of(segments, many(person)),
        person=person,
        metrics=metrics,
        segments=segments,
        churn=churn(arms),
        exposure=exposure(arms),
        cost=_cost(arms),
        drift=kept_drift(ws, arms.base[0].id, arms.edited[0].id),
        notes=tuple(_notes(arms)),
    )
    return found.counting(holm([found.p_value, *looks])[0], 1 + len(looks))


def corrected(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts on the same base and test, each counted among all of them (Holm); equal ones are one look."""
    asked = {(one.base, one.edited): one.p_value for one in verdicts}
    p_values = dict(zip(asked, holm(list(asked.values())), strict=True))
    looks = sum(not np.isnan(p_value) for p_value in p_values.values())
    return [one.counting(p_values[one.base, one.edited], max(looks, 1)) for one in verdicts]


def with_drift(
    ws: Workspace, found: Verdict, *, progress: Callable[[int, int], None] | None = None
) -> Verdict:
    """The same with how the reasons differ, worked out now where that has not been done yet.

    Raises:
        SettingsError: the model treats everybody alike, so that nothing of people drives it.
    """
    return replace(found, drift=reasons_drift(ws, found.base[0], found.edited[0], progress=progress))


def _detectable(arms: Arms, headline: pd.Series) -> float:
    """As a share of the base; NaN where nothing is known of the seeds."""
    if np.isnan(headline["seed_noise"]) or not headline["base"]:
        return float("nan")
    values = [_headline_of(reports) for reports in (arms.base_reports, arms.edited_reports)]
    known = arms.noise(lambda report: report.values(HEADLINE)[:, None])
    df = (len(arms.base) - 1 if arms.draws_lots else np.inf) + (known.df if known else 0)
    found = detectable(
        float((values[1] - values[0]).mean(axis=0).std()),
        len(arms.people),
        num_seeds=len(arms.base),
        noise=SeedNoise(np.array([headline["seed_noise"]]), df),
    )
    return found / float(headline["base"])


def _headline_of(reports: Sequence[Report]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.stack([report.values(HEADLINE) for report in reports])


def _cost(arms: Arms) -> pd.DataFrame:
    rows = [
        {
            "side": side,
            "run_id": run.id,
            "seed": run.spec.seed,
            "seconds": run.seconds,
            "epochs": run.epochs,
            "device": run.device,
            **_learnt_from(arms, run),
        }
        for side, runs in (("base", arms.base), ("edited", arms.edited))
        for run in runs
    ]
    return pd.DataFrame(rows, columns=COLUMNS["cost"])


def _learnt_from(arms: Arms, run: Run) -> dict[str, int]:
    events = split_of(arms.ws, run.id).before_test.interactions
    return {
        "events": len(events),
        "people": len(np.unique(events.column(USER))),
        "items": len(np.unique(events.column(ITEM))),
    }


def _notes(arms: Arms) -> list[str]:
    notes, model = [], arms.base[0].title.partition(" #")[0]
    about = arms.dataset.about
    if not arms.draws_lots:
        notes.append(
            f"{model} draws no lots: equal data give an equal model, so one training a side is enough."
        )
    elif arms.others:
        runs = sum(len(group) for group in arms.others)
        notes.append(f"What another seed does is taken from {plural(runs, 'other run')} of this model, too.")
    if arms.draws_lots and len(arms.base) == 2 and not arms.others:
        notes.append("Two seeds tell only large changes from chance; 3 to 5 are worth their time.")
    edited = split_of(arms.ws, arms.edited[0].id)
    gone = int((arms.split.catalogue_I & ~edited.catalogue_I).sum())
    if gone:
        notes.append(f"{count(gone)} {many(about.item)} cannot be listed any more: nothing is left of them.")
    return notes

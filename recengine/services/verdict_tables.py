"""The tables of a verdict: every metric, and the headline by kinds of people and of what they chose.

Shapes: U people asked, M measures (rows of a table), K places of a list.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recengine.core.ragged import Ragged
from recengine.metrics import metric_of, ranking
from recengine.metrics.two_level import CONFIDENCE, Floats, holm
from recengine.services.report import Report
from recengine.services.verdict_arms import Arms, Changed
from recengine.services.verdict_groups import kinds_of_targets, people_in_groups
from recengine.services.verdict_whole import Whole
from recengine.services.verdict_words import BETTER, SAME, UNKNOWN, WORSE

HEADLINE, K = "ndcg@10", 10
FAMILIES = ("ranking", "lists", "like")  # in which order their metrics stand
# What is said of a change upwards and of one downwards, by which side is good.
VERDICTS = {"higher": (BETTER, WORSE), "lower": (WORSE, BETTER), "neither": ("higher", "lower")}
CHANGE = [
    "base",
    "edited",
    "change",
    "low",
    "high",
    "relative",
    "relative_low",
    "relative_high",
    "p_value",
    "verdict",
    "seed_noise",
    "num_people",
]


def change_columns(changed: Changed, better: Sequence[str], *, looks: int = 0) -> pd.DataFrame:
    """One row a measure; columns CHANGE.

    Args:
        better: "higher", "lower" or "neither" for each measure.
        looks: how many measures the p-values count, of which these are the most striking; 0: each stands
            for itself.
    """
    found = changed.change
    unseen = max(looks - len(found.p_value), 0)
    judged = found.p_value if not looks else holm([*found.p_value, *[1.0] * unseen])[: len(found.p_value)]
    unit_M = np.where(changed.base == 0, np.nan, np.abs(changed.base))
    return pd.DataFrame(
        {
            "base": changed.base,
            "edited": changed.edited,
            "change": found.mean,
            "low": found.low,
            "high": found.high,
            "relative": found.mean / unit_M,
            "relative_low": found.low / unit_M,
            "relative_high": found.high / unit_M,
            "p_value": judged,
            "verdict": [
                verdict_of(change, p_value, side)
                for change, p_value, side in zip(found.mean, judged, better, strict=True)
            ],
            "seed_noise": found.seed_noise,
            "num_people": found.num_people,
        }
    )


def verdict_of(change: float, p_value: float, better: str) -> str:
    """What may be said of a change, given the chance that there is none."""
    if np.isnan(p_value):
        return UNKNOWN
    up, down = VERDICTS[better]
    return SAME if p_value >= 1 - CONFIDENCE else up if change > 0 else down


def titled(key: str) -> str:
    """ "ndcg@10" -> "NDCG@10", "accuracy" -> "Accuracy"."""
    return metric_of(key).title + "".join(key.partition("@")[1:])


def metrics_table(arms: Arms) -> pd.DataFrame:
    """Every metric; columns metric (key), title, family, then CHANGE. The headline comes first."""
    reports = (*arms.base_reports, *arms.edited_reports)
    keys = [key for key in reports[0].metrics if all(key in report.metrics for report in reports)]
    keys = sorted(keys, key=lambda key: (key != HEADLINE, FAMILIES.index(metric_of(key).family)))
    personal = [key for key in keys if key in reports[0].per_person]
    others = [key for key in keys if key not in reports[0].per_person]
    whole = Whole.of(arms.split.asked, arms.profiles)

    def measure(report: Report) -> Floats:
        own_UM = report.per_person[personal].to_numpy(np.float64)
        return np.concatenate([own_UM, whole.values(report, others)], axis=1)

    ordered = [*personal, *others]
    columns = change_columns(arms.changed(measure), [metric_of(key).better for key in ordered])
    described = pd.DataFrame(
        {
            "metric": ordered,
            "title": [titled(key) for key in ordered],
            "family": [metric_of(key).family for key in ordered],
        }
    )
    rows = described.join(columns).set_index("metric", drop=False)
    return _with_untold(rows.loc[keys], arms).reset_index(drop=True)


def _with_untold(rows: pd.DataFrame, arms: Arms) -> pd.DataFrame:
    """Values of the metrics of which single people's share is not known, so that they have no interval."""
    untold = rows.index[rows["num_people"] == 0]
    for side, reports in (("base", arms.base_reports), ("edited", arms.edited_reports)):
        rows.loc[untold, side] = [np.mean([report.metrics[key] for report in reports]) for key in untold]
    rows.loc[untold, "change"] = rows["edited"] - rows["base"]
    rows.loc[untold, "relative"] = rows["change"] / rows["base"].abs().where(rows["base"] != 0)
    return rows


def segments_table(arms: Arms) -> pd.DataFrame:
    """NDCG@10 by kinds of people and of what they chose.

    Columns of (what people are told apart by), segment, said (both in words), then CHANGE; verdicts count how
    many rows there are.
    """
    groups = people_in_groups(arms)
    kinds = kinds_of_targets(arms)
    member_UM = np.stack([group.member_U for group in groups], axis=1)

    def measure(report: Report) -> Floats:
        of_people_UM = np.where(member_UM, report.values(HEADLINE)[:, None], np.nan)
        return np.concatenate([of_people_UM, _by_kind(report, [kind.targets for kind in kinds])], axis=1)

    labels = [(one.of, one.label, one.said) for one in groups]
    labels += [(one.of, one.label, one.said) for one in kinds]
    rows = pd.DataFrame(labels, columns=["of", "segment", "said"])
    return rows.join(change_columns(arms.changed(measure), ["higher"] * len(rows), looks=len(rows)))


def _by_kind(report: Report, kinds: list[Ragged]) -> Floats:
    """NDCG of the lists, were only the targets of each kind asked for; NaN for people without one."""
    assert report.items_UK is not None
    items_UK = report.items_UK[:, :K]
    found = [ranking.ndcg(ranking.hits(items_UK, targets), targets.lengths) for targets in kinds]
    return np.stack(found, axis=1) if found else np.empty((len(items_UK), 0))

"""What metrics and questions are called in front of a reader."""

from __future__ import annotations

from recengine.core.columns import Repeats
from recengine.core.errors import NotFoundError
from recengine.metrics import metric_of
from recengine.services.results import baseline_title as baseline_title
from recengine.services.runs import Comparison
from recengine.ui.format import MINUS

REPEATS: dict[Repeats, str] = {
    "both": "everything: again and new",
    "new": "only what is new to them",
    "again": "only what they had before",
}


def beyond_chance(found: Comparison, *, points: bool = False) -> str:
    """Whether a difference is more than chance, and where the true one lies.

    Args:
        points: whether the metric is shown in percent, so that differences are percentage points.
    """
    size, digits, unit = (100, 1, " points") if points else (1, 4, "")
    low, high = (
        f"{size * end:+.{digits}f}".replace("-", MINUS)
        for end in (found.difference_low, found.difference_high)
    )
    said = {"better": "Better beyond chance", "worse": "Worse beyond chance"}
    verdict = said.get(found.verdict, "No more than chance")
    return f"{verdict}: the true difference is {low} to {high}{unit}, 95% sure."


def metric_title(key: str) -> str:
    """A metric's key as a reader sees it: "ndcg@10" -> "NDCG@10"; unknown keys as they are."""
    try:
        title = metric_of(key).title
    except NotFoundError:
        return key
    _, at, k = key.partition("@")
    return f"{title}{at}{k}"


def metric_explanation(key: str) -> str:
    """What a metric means, in one sentence; "" for one that is not on the shelf."""
    try:
        return metric_of(key).explanation
    except NotFoundError:
        return ""

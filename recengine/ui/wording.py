"""What metrics and questions are called in front of a reader."""

from __future__ import annotations

from recengine.core.columns import Repeats
from recengine.core.errors import NotFoundError
from recengine.metrics import metric_of

REPEATS: dict[Repeats, str] = {
    "both": "everything: again and new",
    "new": "only what is new to them",
    "again": "only what they had before",
}


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

"""Full-ranking evaluation: people per second from a block of scores to seven metrics at three K.

Against ranx on the same scores, in CPU time, compilation not counted: given all scores (its own
sorting), given lists that numpy has cut to 20 first, and on ready lists (the metrics alone).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np

from recengine.core.ragged import Ragged
from recengine.core.ranking import top_k
from recengine.metrics import METRICS, ranking
from recengine.services.bench import Row

NUM_PEOPLE, NUM_ITEMS, NUM_TARGETS = 1_000, 4_000, 15
KS = (5, 10, 20)
THEIR_NAMES = ("precision", "recall", "f1", "ndcg", "map", "mrr", "hit_rate")
THEIRS = [f"{name}@{k}" for k in KS for name in THEIR_NAMES]
OURS = [metric for metric in METRICS.values() if metric.family == "ranking"]
REPEATS = 3


def run() -> list[Row]:
    """The rows of docs/benchmarks.md."""
    os.environ["NUMBA_NUM_THREADS"] = "1"  # read when numba is imported
    from ranx import Qrels, Run, evaluate

    draw = np.random.default_rng(0)
    score_UI = draw.normal(size=(NUM_PEOPLE, NUM_ITEMS)).astype(np.float32)
    targets = _targets(draw)
    qrels = Qrels({f"{u:05}": {str(i): 1 for i in targets[u]} for u in range(NUM_PEOPLE)})
    items_UK, scores_UK = _cut(score_UI)
    lists = np.stack([items_UK.astype(np.float64), scores_UK.astype(np.float64)], axis=2)
    judged = np.stack([targets.values.astype(np.float64), np.ones(len(targets.values))], axis=1)
    judged = judged.reshape(NUM_PEOPLE, NUM_TARGETS, 2)

    ours, our_means = _fastest(lambda: _our_metrics(_our_lists(score_UI), targets))
    ours_ready, _ = _fastest(lambda: _our_metrics(items_UK, targets))
    everything, _ = _fastest(lambda: evaluate(qrels, Run(_everything(score_UI)), THEIRS), repeats=1)
    cut_first, their_means = _fastest(lambda: evaluate(qrels, Run(_lists(*_cut(score_UI))), THEIRS))
    ready, _ = _fastest(lambda: evaluate(judged, lists, THEIRS))
    for name, mean in zip(THEIRS, our_means, strict=True):
        assert abs(their_means[name] - mean) < 1e-9, name

    rate = NUM_PEOPLE / ours
    return [
        Row(
            f"full ranking of {NUM_ITEMS:,} items, 7 metrics at K = 5, 10, 20",
            rate,
            "people/s",
            f"ranx given all scores: {NUM_PEOPLE / everything:,.0f}",
            everything / ours,
            10,
        ),
        Row(
            "the same",
            rate,
            "people/s",
            f"numpy.argpartition, then ranx on 20: {NUM_PEOPLE / cut_first:,.0f}",
            cut_first / ours,
            10,
        ),
        Row(
            "metrics alone, on ready lists of 20",
            NUM_PEOPLE / ours_ready,
            "people/s",
            f"ranx on arrays: {NUM_PEOPLE / ready:,.0f}",
            ready / ours_ready,
        ),
    ]


def _targets(draw: np.random.Generator) -> Ragged:
    """NUM_TARGETS distinct items for each person, lowest first."""
    items = np.stack([np.sort(draw.choice(NUM_ITEMS, NUM_TARGETS, replace=False)) for _ in range(NUM_PEOPLE)])
    return Ragged(np.arange(NUM_PEOPLE + 1) * NUM_TARGETS, items.ravel().astype(np.int32))


def _our_lists(score_UI: np.ndarray) -> np.ndarray:
    return top_k(score_UI, max(KS), allowed_UI=np.broadcast_to(True, score_UI.shape)).items_UK


def _our_metrics(items_UK: np.ndarray, targets: Ragged) -> list[float]:
    hits_UK = ranking.hits(items_UK, targets)
    return [float(metric.function(hits_UK[:, :k], targets.lengths).mean()) for k in KS for metric in OURS]


def _cut(score_UI: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lists of 20 as one writes it in numpy: partial sort, then a sort of what is left."""
    near_UK = np.argpartition(-score_UI, max(KS), axis=1)[:, : max(KS)]
    near_scores_UK = np.take_along_axis(score_UI, near_UK, axis=1)
    order_UK = np.argsort(-near_scores_UK, axis=1)
    return np.take_along_axis(near_UK, order_UK, axis=1), np.take_along_axis(near_scores_UK, order_UK, axis=1)


def _lists(items_UK: np.ndarray, scores_UK: np.ndarray) -> dict[str, dict[str, float]]:
    """Lists as ranx takes them."""
    lists = zip(items_UK.tolist(), scores_UK.tolist(), strict=True)
    return {
        f"{u:05}": dict(zip(map(str, items), scores, strict=True)) for u, (items, scores) in enumerate(lists)
    }


def _everything(score_UI: np.ndarray) -> dict[str, dict[str, float]]:
    """All scores as ranx takes them."""
    names = [str(item) for item in range(NUM_ITEMS)]
    return {f"{u:05}": dict(zip(names, scores, strict=True)) for u, scores in enumerate(score_UI.tolist())}


def _fastest(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """CPU seconds of the fastest of a few runs, one more to warm up, and what it returned."""
    work()
    seconds, found = [], None
    for _ in range(repeats):
        started = process_time()
        found = work()
        seconds.append(process_time() - started)
    return min(seconds), found

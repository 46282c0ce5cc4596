import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.core.ranking import NO_ITEM, top_k
from recengine.metrics import METRICS, ranking

AGAINST_RANX = {
    "precision@k": "precision",
    "recall@k": "recall",
    "f1@k": "f1",
    "ndcg@k": "ndcg",
    "map@k": "map",
    "mrr@k": "mrr",
    "hit_rate@k": "hit_rate",
}
# Targets u0: {1, 4}, u1: {2}, u2: {0, 3, 5}; the lists of u1 and u2 are short, u2's is empty.
TARGETS = Ragged(np.array([0, 2, 3, 6]), np.array([1, 4, 2, 0, 3, 5], np.int32))
ITEMS_UK = np.array([[4, 0, 1], [3, 2, NO_ITEM], [NO_ITEM, NO_ITEM, NO_ITEM]], np.int32)


def test_hits_are_found_at_their_places_and_an_ended_list_never_hits() -> None:
    assert ranking.hits(ITEMS_UK, TARGETS).tolist() == [
        [True, False, True],
        [False, True, False],
        [False, False, False],
    ]


def test_the_end_of_a_list_is_not_taken_for_the_last_item_of_the_person_before() -> None:
    targets = Ragged(np.array([0, 1, 2]), np.array([1, 0], np.int32))
    items_UK = np.array([[0, 1], [NO_ITEM, NO_ITEM]], np.int32)
    assert ranking.hits(items_UK, targets).tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("precision@k", [2 / 3, 1 / 3, 0]),
        ("recall@k", [2 / 2, 1 / 1, 0 / 3]),
        ("f1@k", [2 * 2 / (3 + 2), 2 * 1 / (3 + 1), 0]),
        ("ndcg@k", [(1 + 1 / 2) / (1 + 1 / np.log2(3)), 1 / np.log2(3), 0]),
        ("map@k", [(1 + 2 / 3) / 2, 1 / 2, 0]),
        ("mrr@k", [1, 1 / 2, 0]),
        ("hit_rate@k", [1, 1, 0]),
    ],
)
def test_every_metric_by_hand(name: str, by_hand: list[float]) -> None:
    hits_UK = ranking.hits(ITEMS_UK, TARGETS)
    np.testing.assert_allclose(METRICS[name].function(hits_UK, TARGETS.lengths), by_hand, atol=1e-15)


@pytest.mark.parametrize("name", AGAINST_RANX)
def test_a_person_without_targets_has_no_value(name: str) -> None:
    value_U = METRICS[name].function(np.zeros((2, 3), bool), np.array([0, 1]))
    np.testing.assert_array_equal(value_U, [np.nan, 0.0])


def test_f1_of_the_means_is_not_the_mean_of_f1() -> None:
    # People at (P, R) = (1, 1) and (0, 0): both means are 1/2, and so is their F1; the F1 are 1 and 0.
    assert ranking.f1_of_means(0.5, 0.5) == 0.5
    # Hits 2 of K = 2 and 4 targets: F1 = 4/6; hits 1 of K = 2 and 1 target: F1 = 2/3. Means P = 3/4, R = 3/4.
    hits_UK = np.array([[True, True], [True, False]])
    assert ranking.f1(hits_UK, np.array([4, 1])).mean() == pytest.approx(2 / 3)
    assert ranking.f1_of_means(3 / 4, 3 / 4) == 3 / 4
    assert ranking.f1_of_means(0.0, 0.0) == 0.0


RANX = """
import json, sys
import ranx
asked = json.load(sys.stdin)
lists = ranx.Qrels(asked["qrels"]), ranx.Run(asked["run"])
found = ranx.evaluate(*lists, asked["names"], return_mean=False, make_comparable=True)
json.dump({name: values.tolist() for name, values in found.items()}, sys.stdout)
"""


def by_ranx(qrels: dict[str, Any], run: dict[str, Any], names: list[str]) -> dict[str, NDArray[np.float64]]:
    """The outside implementation, interpreted in a process of its own: compiling it takes 40 s."""
    done = subprocess.run(
        [sys.executable, "-c", RANX],
        input=json.dumps({"qrels": qrels, "run": run, "names": names}),
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: np.array(values) for name, values in json.loads(done.stdout).items()}


def test_equal_to_ranx_with_ties_short_lists_and_empty_ones() -> None:
    draw, ks = np.random.default_rng(1), (1, 5, 10)
    score_UI = draw.integers(6, size=(300, 40)).astype(np.float32)  # six levels: ties everywhere
    allowed_UI = draw.random(score_UI.shape) < draw.choice([0, 0.1, 1], size=(300, 1))
    target_UI = draw.random(score_UI.shape) < draw.choice([0.02, 0.2], size=(300, 1))
    target_UI[:, 0] |= ~target_UI.any(axis=1)
    rows, items = np.nonzero(target_UI)
    targets = Ragged.of_rows(rows, items.astype(np.int32), 300)

    # Lower codes first among ties, which ranx is told by scores that fall a little with the code.
    falling_UI = score_UI - np.arange(40) / 1000
    qrels = {str(u): {str(i): 1 for i in targets[u]} for u in range(300)}
    run = {
        str(u): {str(i): float(falling_UI[u, i]) for i in np.flatnonzero(allowed_UI[u])}
        for u in np.flatnonzero(allowed_UI.any(axis=1))
    }
    theirs = by_ranx(qrels, run, [f"{name}@{k}" for k in ks for name in AGAINST_RANX.values()])

    order = np.argsort(sorted(range(300), key=str))  # ranx sorts people by their names
    for k in ks:
        hits_UK = ranking.hits(top_k(score_UI, k, allowed_UI=allowed_UI).items_UK, targets)
        for ours, name in AGAINST_RANX.items():
            value_U = METRICS[ours].function(hits_UK, targets.lengths)
            told = f"{name}@{k}"
            np.testing.assert_allclose(value_U, theirs[told][order], atol=1e-12, err_msg=told)


@given(
    st.lists(st.booleans(), min_size=2, max_size=8),
    st.integers(0, 6),
    st.sampled_from(["ndcg@k", "map@k", "mrr@k"]),
)
def test_a_hit_one_rank_up_never_lowers_a_metric(hits: list[bool], more: int, name: str) -> None:
    metric, relevant = METRICS[name].function, np.array([max(1, sum(hits)) + more])
    before = metric(np.array([hits]), relevant)[0]
    for place in range(1, len(hits)):
        if hits[place] and not hits[place - 1]:
            swapped = hits.copy()
            swapped[place - 1], swapped[place] = True, False
            assert metric(np.array([swapped]), relevant)[0] >= before


@given(
    st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 6), st.sampled_from(list(AGAINST_RANX))
)
def test_every_metric_lies_between_0_and_1(hits: list[bool], more: int, name: str) -> None:
    relevant = np.array([max(1, sum(hits)) + more])
    assert 0 <= METRICS[name].function(np.array([hits]), relevant)[0] <= 1 + 1e-12

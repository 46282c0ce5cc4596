"""Re-rankers against their definitions, step by step, and against the best of all lists."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.strategy import Diversify, Pool, Strategy, apply
from recengine.strategy.rules import AtMost, MinShare
from tests.strategy.worlds import facts, pool

SIZE, K, WEIGHT = 8, 4, 0.6
METHODS = ("none", "mmr", "dpp", "calibrated", "xquad")
tags = st.lists(st.sampled_from(["a", "b", "c", "a|b", "b|c", "a|b|c", ""]), min_size=SIZE, max_size=SIZE)
scores = st.lists(st.integers(0, 1000), min_size=SIZE, max_size=SIZE, unique=True)
pasts = st.lists(st.integers(0, SIZE - 1), max_size=6)

Objective = Callable[[list[int]], float]


def objective(method: str, offered: Pool) -> Objective:
    """What a list of items is worth under a method's definition, from the first item to the last."""
    score = offered.scores_LC[0]
    unit = (score - score.min()) / (score.max() - score.min())
    had = [set(filter(None, text.split("|"))) for text in offered.facts.features["tags"].fillna("")]
    past = dict.fromkeys("abc", 0.0)
    assert offered.history is not None
    for item in offered.history[0]:
        for value in had[item]:
            past[value] += 1 / len(had[item])
    total = sum(past.values())
    past = {value: share / total for value, share in past.items() if share}

    def alike(one: int, other: int) -> float:
        both = len(had[one]) * len(had[other])
        return len(had[one] & had[other]) / np.sqrt(both) if both else 0.0

    def mmr(items: list[int]) -> float:
        return -sum(
            max((alike(item, above) for above in items[:place]), default=0.0)
            for place, item in enumerate(items)
        )

    def dpp(items: list[int]) -> float:
        matrix = [[1.0 if one == other else 0.9 * alike(one, other) for one in items] for other in items]
        return float(np.linalg.slogdet(np.array(matrix).reshape(len(items), len(items)))[1])

    def calibrated(items: list[int]) -> float:
        known = [item for item in items if had[item]]
        found = 0.0
        for value, share in past.items():
            held = sum(1 / len(had[item]) for item in known if value in had[item]) / max(len(known), 1)
            found -= share * np.log(share / (0.99 * held + 0.01 * share))
        return found

    def xquad(items: list[int]) -> float:
        missed = {value: np.prod([1 - unit[item] for item in items if value in had[item]]) for value in past}
        return float(sum(share * (1 - missed[value]) for value, share in past.items()))

    variety = {"none": lambda items: 0.0, "mmr": mmr, "dpp": dpp, "calibrated": calibrated, "xquad": xquad}[
        method
    ]
    return lambda items: (1 - WEIGHT) * float(unit[items].sum()) + WEIGHT * variety(items)


def lists_of(method: str, offered: Pool, *rules: Any) -> list[int]:
    how = Diversify.of({"method": method, "weight": WEIGHT, "column": "tags"})
    return [int(item) for item in apply(Strategy(diversify=how, rules=rules), offered, K).items_LK[0]]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(tags, scores, pasts)
def test_each_place_goes_to_the_best_next(
    method: str, tag: list[str], score: list[int], past: list[int]
) -> None:
    offered = pool(facts(["x"] * SIZE, tags=tag), [[float(one) for one in score]], [past])
    worth = objective(method, offered)
    found = lists_of(method, offered)
    for place, item in enumerate(found):
        rest = [other for other in range(SIZE) if other not in found[:place]]
        best = max(worth([*found[:place], other]) for other in rest)
        assert worth([*found[:place], item]) == pytest.approx(best, abs=1e-9)


@settings(max_examples=25)
@given(tags, scores, pasts)
def test_xquad_reaches_its_share_of_the_best_list(tag: list[str], score: list[int], past: list[int]) -> None:
    """What it adds up never falls and gains less and less: greedy reaches 1 - 1/e (Nemhauser 1978)."""
    offered = pool(facts(["x"] * SIZE, tags=tag), [[float(one) for one in score]], [past])
    worth = objective("xquad", offered)
    best = max(worth([*items]) for items in combinations(range(SIZE), K))
    assert worth(lists_of("xquad", offered)) >= (1 - 1 / np.e) * best - 1e-9


@settings(max_examples=25)
@given(tags, scores)
def test_the_greedy_determinant_reaches_its_share(tag: list[str], score: list[int]) -> None:
    """The greedy det S is at least the best by K!^2 (Civril and Magdon-Ismail 2009)."""
    offered = pool(facts(["x"] * SIZE, tags=tag), [[float(one) for one in score]], [[]])
    how = Diversify(method="dpp", weight=1.0, column="tags")
    found = [int(item) for item in apply(Strategy(diversify=how), offered, K).items_LK[0]]
    worth = objective("dpp", offered)
    plain = objective("none", offered)
    volume = {items: (worth([*items]) - plain([*items])) / WEIGHT for items in combinations(range(SIZE), K)}
    assert volume[tuple(sorted(found))] >= max(volume.values()) - 2 * np.log(24) - 1e-9


@pytest.mark.parametrize("method", METHODS)
def test_rules_bind_every_method(method: str) -> None:
    offered = pool(facts([*"aaaaabbc"], tags=[*"aaaaabbc"]), [[*range(8, 0, -1)]], [[0, 1, 5]])
    rules = AtMost(column="category", value="a", count=2), MinShare(column="category", value="c", share=0.25)
    found = lists_of(method, offered, *rules)
    assert len(set(found)) == 4
    assert sum(item < 5 for item in found) <= 2
    assert 7 in found


def test_mmr_by_hand() -> None:
    offered = pool(facts([*"aab"]), [[3.0, 2.0, 1.0]])
    # Second place: 0.5 * 1/2 - 0.5 * 1 for the other "a", 0.5 * 0 - 0.5 * 0 for "b".
    served = apply(Strategy(diversify=Diversify(method="mmr", weight=0.5, column="category")), offered, 2)
    np.testing.assert_array_equal(served.items_LK, [[0, 2]])


def test_a_list_is_mixed_as_the_past_was() -> None:
    offered = pool(facts([*"aaaaabbb"]), [[*range(8, 0, -1)]], [[0, 1, 5, 6]])
    how = Diversify(method="calibrated", weight=0.9, column="category")
    served = apply(Strategy(diversify=how), offered, 4)
    assert sorted(served.items_LK[0].tolist()) == [0, 1, 5, 6]


@pytest.mark.parametrize("method", ["calibrated", "xquad"])
def test_without_a_past_the_score_counts(method: str) -> None:
    offered = pool(facts([*"aab"]), [[3.0, 2.0, 1.0]], [[]])
    how = Diversify.of({"method": method, "weight": 0.9, "column": "category"})
    np.testing.assert_array_equal(apply(Strategy(diversify=how), offered, 3).items_LK, [[0, 1, 2]])

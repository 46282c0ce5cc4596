"""What cannot be is said before anything runs."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.core.errors import SettingsError
from recengine.strategy import Boost, CatalogueFacts, Diversify, Strategy
from recengine.strategy.conflicts import conflicts
from recengine.strategy.rules import Age, AtMost, Bound, Exclude, InStock, MaxShare, MinShare, Pin
from tests.strategy.test_bounds import SIZE, K, bounds, keeps, labels, pins, tags
from tests.strategy.worlds import facts, pool

KNOWN = facts(
    ["dairy", "dairy", "bread", "bread", "fruit", "fruit"],
    brand=["x", "y", "x", "y", "x", "y"],
    price=[1, 2, 3, 4, 5, 0],
    people=[1, 2, 4, 8, 2, 1],
    age_days=[1, 2, 3, 4, 5, 6],
)


def bounded(*rules: object) -> Strategy:
    return Strategy.model_validate({"rules": rules})


CONFLICTS = {
    "there is no": (Strategy.of({"rules": [{"kind": "pin", "item": "i77"}]}), "no item 'i77'. There are: i0"),
    "value": (
        bounded(Exclude(column="category", value="Diary")),
        "No item has category 'Diary'. Did you mean 'dairy'",
    ),
    "boost": (Strategy(boosts=(Boost(column="brand", value="X", weight=1),)), "brand 'X'. Did you mean 'x'"),
    "column": (bounded(AtMost(column="brands", count=1)), "'brands'. Did you mean 'brand'"),
    "number": (Strategy(weights={"value prise": 1}), "'prise'. Did you mean 'price'"),
    "alike by": (
        Strategy(diversify=Diversify(method="mmr", column="price")),
        "no column of categories 'price'",
    ),
    "zero": (Strategy(weights={"relevance": 0}), "All weights are 0"),
    "opposites": (Strategy(weights={"relevance": 1, "novelty": 0.5, "popularity": 0.5}), "cancel out"),
    "like": (Strategy(weights={"relevance": 1, "like": -1}), "cancel out"),
    "boosts": (
        Strategy(boosts=tuple(Boost(column="brand", value=v, weight=1) for v in "xy")),
        "boosts cancel out",
    ),
    "min over max": (
        bounded(
            MinShare(column="brand", value="x", share=0.5), MaxShare(column="brand", value="x", share=0.25)
        ),
        "cannot both be",
    ),
    "over 100": (
        bounded(
            MinShare(column="category", value="dairy", share=0.5),
            MinShare(column="category", value="bread", share=0.5),
            MinShare(column="category", value="fruit", share=0.25),
        ),
        "add up to 125%: 5 of 4 places",
    ),
    "too few": (bounded(MinShare(column="brand", value="x", share=1)), "takes 4, but only 3"),
    "filters": (bounded(InStock(column="price", at_least=3)), "leave 3 items of 6 for 4 places"),
    "ages": (
        bounded(Age(at_least_days=9, at_most_days=3)),
        "leave 0 items of 6 for 4 places: only items 9 to 3 days old",
    ),
    "excluded pin": (
        bounded(Pin(item="i0", place=1), Exclude(column="category", value="dairy")),
        "pinned, but a rule takes it out: never category 'dairy'",
    ),
    "one place": (
        bounded(Pin(item="i0", place=1), Pin(item="i1", place=1)),
        "2 items are pinned to 1st place",
    ),
    "far pin": (bounded(Pin(item="i0", place=9)), "pinned to 9th place of 4"),
    "pins alone": (
        bounded(
            Pin(item="i0", place=1),
            Pin(item="i1", place=2),
            MaxShare(column="category", value="dairy", share=0.25),
        ),
        "pins alone break",
    ),
    "short": (bounded(AtMost(column="brand", count=1)), "leave room for 2 of 4 places"),
    "together": (
        bounded(
            MinShare(column="category", value="dairy", share=0.5),
            MinShare(column="brand", value="x", share=0.75),
            Pin(item="i3", place=1),
        ),
        "No list of 4 keeps all",
    ),
    "candidates": (Strategy(candidates=3), "Only 3 candidates"),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_each_conflict_is_found_and_said(case: str) -> None:
    strategy, words = CONFLICTS[case]
    found = conflicts(strategy, KNOWN, 4)
    assert len(found) == 1, found
    assert words in found[0]
    with pytest.raises(SettingsError, match="."):
        strategy.check(KNOWN, 4)


def test_what_can_be_is_let_through() -> None:
    rules = (MinShare(column="category", value="dairy", share=0.5), AtMost(column="brand", count=2))
    Strategy(weights={"relevance": 1, "novelty": 0.5}, rules=rules).check(KNOWN, 4)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"weights": {"novelty price": 1}}, "takes no column"),
        ({"weights": {"value": 1}}, "needs the name of a column"),
        ({"weights": {"freshnes": 1}}, "Did you mean 'freshness'"),
        ({"explore": {"method": "epsilon", "amount": 1.5}}, "from 0 to 1"),
        ({"rules": [{"kind": "at most", "column": "brand"}]}, "count"),
        ({"colour": 1}, "no setting 'colour'"),
    ],
)
def test_what_no_strategy_can_say_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Strategy.of(values)


@settings(max_examples=40)
@given(labels, labels, tags, st.lists(bounds, max_size=4), pins)
def test_a_conflict_is_said_where_no_full_list_keeps_the_rules(
    category: list[str], brand: list[str], tag: list[str], counted: list[object], pinned: list[object]
) -> None:
    known: CatalogueFacts = facts(category, brand, tag)
    strategy = bounded(*[rule for rule in [*counted, *pinned] if getattr(rule, "place", 1) <= K])
    offered = pool(known, [[*map(float, range(SIZE))]])
    named = [rule for rule in strategy.rules if isinstance(rule, Bound) and rule.value]
    there = all(rule.value in known.values(rule.column).names for rule in named)
    full = there and any(keeps(items, offered, [*strategy.rules]) for items in combinations(range(SIZE), K))
    assert bool(conflicts(strategy, known, K)) == (not full)

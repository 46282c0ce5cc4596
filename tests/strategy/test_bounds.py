"""Bounds and pins are kept whenever any list keeps them: against all lists there are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.core.ranking import NO_ITEM
from recengine.strategy import Diversify, Pool, Strategy, apply
from recengine.strategy.bounds import bounds_of
from recengine.strategy.rules import AtMost, Bound, MaxShare, MinShare, Pin, Rule
from tests.strategy.worlds import facts, pool

SIZE, K = 7, 4
values = st.sampled_from(["a", "b", "c"])
shares = st.sampled_from([0.0, 0.25, 0.3, 0.5, 0.75, 1.0])
columns = st.sampled_from(["category", "brand", "tags"])
bounds = st.one_of(
    st.builds(MinShare, column=columns, value=values, share=shares),
    st.builds(MaxShare, column=columns, value=st.one_of(values, st.just("")), share=shares),
    st.builds(AtMost, column=columns, value=st.one_of(values, st.just("")), count=st.integers(0, 3)),
)
pins = st.lists(
    st.builds(Pin, item=st.sampled_from(["i1", "i5"]), place=st.integers(1, 5)),
    max_size=2,
    unique_by=(lambda pin: pin.item, lambda pin: pin.place),
)
labels = st.lists(values, min_size=SIZE, max_size=SIZE)
tags = st.lists(st.sampled_from(["a", "b", "c", "a|b", "b|c", "a|b|c"]), min_size=SIZE, max_size=SIZE)


def keeps(items: tuple[int, ...], offered: Pool, rules: list[Rule]) -> bool:
    """Whether a list keeps all bounds and has all pins, by counting."""
    for rule in rules:
        if isinstance(rule, Pin) and int(rule.item[1:]) not in items:
            return False
        if isinstance(rule, Bound):
            column = offered.facts.features[rule.column]
            had = [set(column[item].split("|")) for item in items]
            for value in (
                [rule.value] if rule.value else sorted({one for row in column for one in row.split("|")})
            ):
                if not rule.low(K) <= sum(value in row for row in had) <= rule.high(K):
                    return False
    return True


@settings(max_examples=60)
@given(labels, labels, tags, st.lists(bounds, max_size=4), pins, st.permutations(range(SIZE)), st.data())
def test_rules_are_kept_whenever_any_list_keeps_them(
    category: list[str],
    brand: list[str],
    tag: list[str],
    counted: list[Rule],
    pinned: list[Rule],
    scores: list[int],
    data: st.DataObject,
) -> None:
    method = data.draw(st.sampled_from(["none", "mmr"]))
    offered = pool(facts(category, brand, tag), [[float(score) for score in scores]])
    rules = [
        rule
        for rule in [*counted, *pinned]
        if not isinstance(rule, Bound)
        or not rule.value
        or rule.value in offered.facts.values(rule.column).names
    ]
    possible = [
        items
        for size in range(K + 1)
        for items in combinations(range(SIZE), size)
        if keeps(items, offered, rules)
    ]
    served = apply(Strategy(rules=tuple(rules), diversify=Diversify.of({"method": method})), offered, K)
    items = tuple(int(item) for item in served.items_LK[0] if item != NO_ITEM)
    assert len(set(items)) == len(items)
    assert bool(served.broken) == (not possible)
    if possible:
        assert keeps(items, offered, rules)
        assert len(items) == max(map(len, possible))
        assert bool(served.short) == (len(items) < K)


def test_shares_are_counted_in_places_asked_for() -> None:
    known = facts(["a", "a", "b"])
    found = bounds_of([MaxShare(column="category", value="a", share=0.3)], known, 10)
    assert found.limits.high.tolist() == [3]  # 0.3 * 10 is 3, whatever floating point says
    found = bounds_of([MinShare(column="category", value="a", share=0.25)], known, 10)
    assert found.limits.low.tolist() == [3]


def test_what_must_be_listed_takes_the_last_places() -> None:
    offered = pool(facts(["a", "a", "a", "b", "b"]), [[5, 4, 3, 2, 1]])
    served = apply(Strategy(rules=(MinShare(column="category", value="b", share=0.5),)), offered, 4)
    np.testing.assert_array_equal(served.items_LK, [[0, 1, 3, 4]])

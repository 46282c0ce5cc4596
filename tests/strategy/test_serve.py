"""Lists, what moved their items, and what each part weighs in effect."""

from __future__ import annotations

import numpy as np
import pytest

from recengine.core.errors import SettingsError
from recengine.core.ranking import NO_ITEM
from recengine.strategy import Boost, Diversify, Strategy, apply
from recengine.strategy.effective import effective
from recengine.strategy.moves import moves
from recengine.strategy.pool import Pool
from recengine.strategy.rules import Age, AtMost, Exclude, InStock, MinShare, Pin
from tests.strategy.worlds import facts, pool

KNOWN = facts(
    ["a", "a", "b", "b", "c"],
    price=[1, 2, 3, 4, 5],
    people=[16, 8, 4, 2, 1],
    age_days=[31, 15, 7, 3, 1],
)
SCORES = [5.0, 4.0, 3.0, 2.0, 1.0]


def listed(strategy: Strategy, offered: Pool | None = None, k: int = 3) -> list[int]:
    served = apply(strategy, offered or pool(KNOWN, [SCORES]), k)
    return [int(item) for item in served.items_LK[0] if item != NO_ITEM]


def test_as_the_run_is_as_the_run() -> None:
    offered = pool(KNOWN, [SCORES, SCORES[::-1]])
    served = apply(Strategy(), offered, 3)
    np.testing.assert_array_equal(served.items_LK, [[0, 1, 2], [4, 3, 2]])
    np.testing.assert_array_equal(served.before_LK, [[1, 2, 3]] * 2)
    np.testing.assert_array_equal(served.propensity_LK, 1.0)
    assert not served.short
    assert not served.broken


def test_every_term_has_the_same_spread() -> None:
    """Scores, bits of novelty, steps of freshness and prices are all evenly spread: one scale, one value."""
    expected = np.array([-2, -1, 0, 1, 2]) / np.sqrt(2)
    terms = {"novelty": 1.0, "freshness": 1.0, "value price": 1.0, "relevance": -1.0, "popularity": -1.0}
    for name, weight in terms.items():
        served = apply(Strategy(weights={name: weight}), pool(KNOWN, [SCORES]), 5)
        np.testing.assert_array_equal(served.items_LK, [[4, 3, 2, 1, 0]])
        np.testing.assert_allclose(served.scores_LK, [expected[::-1]])


def test_expected_value_is_probability_times_value() -> None:
    offered = pool(KNOWN, [SCORES], like=[[0.5, 0.1, 0.1, 0.1, 0.11]])
    assert listed(Strategy(weights={"expected price": 1}), offered) == [4, 0, 3]  # 0.55, 0.5, 0.4


def test_the_unknown_counts_as_the_mean() -> None:
    known = facts([*"abc"], price=[1, np.nan, 3])
    served = apply(Strategy(weights={"value price": 1}), pool(known, [[3, 2, 1]]), 3)
    np.testing.assert_allclose(served.scores_LK, [[1, 0, -1]])
    np.testing.assert_array_equal(served.items_LK, [[2, 1, 0]])


def test_a_boost_lifts_by_its_weight() -> None:
    served = apply(
        Strategy(boosts=(Boost(column="category", value="c", weight=3.0),)), pool(KNOWN, [SCORES]), 3
    )
    np.testing.assert_array_equal(served.items_LK, [[4, 0, 1]])
    np.testing.assert_array_equal(served.parts["category 'c'"], [[3, 0, 0]])
    np.testing.assert_allclose(sum(served.parts.values()), served.scores_LK)


def test_filters_take_out() -> None:
    assert listed(Strategy(rules=(Exclude(column="category", value="a"),))) == [2, 3, 4]
    assert listed(Strategy(rules=(Exclude(value="i1"),))) == [0, 2, 3]
    assert listed(Strategy(rules=(InStock(column="price", at_least=3),))) == [2, 3, 4]
    assert listed(Strategy(rules=(Age(at_least_days=3, at_most_days=10),))) == [2, 3]


def test_repeats_are_left_out_where_asked() -> None:
    offered = pool(KNOWN, [SCORES], history=[[0, 0, 2]])
    assert listed(Strategy(repeats="not"), offered) == [1, 3, 4]
    assert listed(Strategy(repeats="allowed"), offered) == [0, 1, 2]


def test_pins_come_from_anywhere_and_stand_where_they_are_put() -> None:
    offered = pool(KNOWN, [SCORES[:3]])
    assert listed(Strategy(rules=(Pin(item="i4", place=2),)), offered) == [0, 4, 1]
    assert listed(Strategy(rules=(Pin(item="i4", place=3), Pin(item="i2", place=1))), offered) == [2, 0, 4]
    served = apply(Strategy(rules=(Pin(item="i4", place=2),)), offered, 3)
    np.testing.assert_array_equal(served.before_LK, [[1, 0, 2]])


def test_a_pin_that_was_had_is_left_out_and_said() -> None:
    offered = pool(KNOWN, [SCORES], history=[[4]])
    served = apply(Strategy(rules=(Pin(item="i4", place=1),), repeats="not"), offered, 3)
    np.testing.assert_array_equal(served.items_LK, [[0, 1, 2]])
    assert served.broken == {0: ("i4 pinned to 1st place: may not be listed here",)}


def test_short_lists_say_why() -> None:
    served = apply(Strategy(rules=(Exclude(column="category", value="a"),)), pool(KNOWN, [SCORES]), 4)
    assert served.short == {0: "only 3 candidates may be listed"}
    assert np.isnan(served.scores_LK[0, 3])
    served = apply(Strategy(rules=(AtMost(column="category", count=1),)), pool(KNOWN, [SCORES]), 4)
    assert served.short == {0: "the rules leave only 3 places that can be filled: at most 1 of each category"}


def test_a_share_that_a_person_has_no_candidates_for_is_said() -> None:
    offered = pool(KNOWN, [SCORES[:4]])
    served = apply(Strategy(rules=(MinShare(column="category", value="c", share=0.5),)), offered, 2)
    assert served.broken == {0: ("at least 50% category 'c': 0 places of 'c'",)}


def test_a_term_that_the_run_cannot_give_is_refused() -> None:
    with pytest.raises(SettingsError, match="Weigh relevance instead"):
        apply(Strategy(weights={"like": 1}), pool(KNOWN, [SCORES]), 3)


def test_no_candidates_give_an_empty_list() -> None:
    offered = Pool(KNOWN, np.full((2, 3), NO_ITEM, np.int32), np.zeros((2, 3)))
    for method in ("none", "dpp"):
        served = apply(Strategy(diversify=Diversify.of({"method": method})), offered, 2)
        assert (served.items_LK == NO_ITEM).all()
        assert served.short == dict.fromkeys((0, 1), "only 0 candidates may be listed")


def test_moves_are_what_changes_without_a_part() -> None:
    strategy = Strategy(weights={"relevance": 1, "freshness": 0.1}, rules=(Pin(item="i4", place=1),))
    found = moves(strategy, pool(KNOWN, [SCORES]), 3)
    assert found["item"].tolist() == [4, 0, 1]
    assert found["before"].tolist() == [5, 1, 2]
    assert found["because"].tolist() == [
        "listed by i4 pinned to 1st place",
        "lowered 1 place by i4 pinned to 1st place",
        "lowered 1 place by i4 pinned to 1st place",
    ]
    strategy = Strategy(weights={"relevance": 1, "freshness": 3})
    assert moves(strategy, pool(KNOWN, [SCORES]), 5)["because"].tolist() == [
        "lifted 4 places by freshness",
        "lifted 2 places by freshness",
        "where the run has it",
        "lowered 2 places by freshness",
        "lowered 4 places by freshness",
    ]


def test_effective_weights_by_hand() -> None:
    strategy = Strategy(
        weights={"relevance": 1, "freshness": 3}, rules=(Exclude(column="category", value="c"),)
    )
    found = effective(strategy, pool(KNOWN, [SCORES]), 4).set_index("part")
    # Among those that may be listed the score is -2 times the relevance, of which +1 and -3 are the parts.
    np.testing.assert_allclose(found["spread"], [-0.5, 1.5, np.nan])
    np.testing.assert_allclose(found["weight"], [1, 3, np.nan])
    # i3 i2 i1 i0 turns into i0 i1 i2 i3 without freshness; without the rule i4 comes on top and i0 goes.
    np.testing.assert_allclose(found["places"], [0, 2, 1])
    np.testing.assert_allclose(found["replaced"], [0, 0, 0.25])
    np.testing.assert_allclose(found["changed"], [0, 1, 1])

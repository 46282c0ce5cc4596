"""Strategies as documents, and how they differ."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.core.errors import SettingsError
from recengine.strategy import RULES, Boost, Diversify, Explore, Strategy
from recengine.strategy.difference import difference
from recengine.strategy.rules import Age, AtMost, Exclude, InStock, MaxShare, MinShare, Pin

texts = st.text(min_size=1, max_size=8)
numbers = st.floats(-5, 5)
shares = st.floats(0, 1)
rules = st.one_of(
    st.builds(Exclude, column=texts, value=texts),
    st.builds(InStock, column=texts, at_least=numbers),
    st.builds(Age, at_most_days=st.floats(1, 100)),
    st.builds(Pin, item=texts, place=st.integers(1, 9)),
    st.builds(AtMost, column=texts, value=texts, count=st.integers(0, 9)),
    st.builds(MaxShare, column=texts, share=shares),
    st.builds(MinShare, column=texts, value=texts, share=shares),
)
columns = texts.map(lambda text: f"value {text}")
strategies = st.builds(
    Strategy,
    name=texts,
    weights=st.dictionaries(st.one_of(st.sampled_from(["relevance", "like", "novelty"]), columns), numbers),
    boosts=st.lists(st.builds(Boost, column=texts, value=texts, weight=numbers), max_size=2).map(tuple),
    diversify=st.builds(Diversify, method=st.sampled_from(["none", "dpp"]), weight=shares, column=texts),
    rules=st.lists(rules, max_size=3).map(tuple),
    repeats=st.sampled_from(["as the run", "allowed", "not"]),
    candidates=st.integers(1, 1000),
    explore=st.builds(Explore, method=st.sampled_from(["none", "epsilon"]), amount=shares),
)


@settings(max_examples=80)
@given(strategies)
def test_a_document_says_all_of_a_strategy(strategy: Strategy) -> None:
    assert Strategy.from_toml(strategy.to_toml()) == strategy


def test_every_rule_is_on_the_shelf_under_its_own_name() -> None:
    assert {kind: rule.model_fields["kind"].default for kind, rule in RULES.items()} == {
        one: one for one in RULES
    }


def test_a_document_reads_as_one_would_write_it() -> None:
    strategy = Strategy(
        name="Fresh & varied",
        weights={"relevance": 1.0, "expected margin": 0.5},
        diversify=Diversify(method="mmr", column="brand"),
        rules=(AtMost(column="brand", count=2),),
    )
    assert strategy.to_toml().split("\n\n") == [
        'name = "Fresh & varied"',
        '[weights]\nrelevance = 1.0\n"expected margin" = 0.5',
        '[diversify]\nmethod = "mmr"\ncolumn = "brand"',
        '[[rules]]\nkind = "at most"\ncolumn = "brand"\ncount = 2\n',
    ]
    assert "diversify" not in tomllib.loads(Strategy().to_toml())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name =", "no TOML"),
        ('colour = "red"', "no setting 'colour'"),
        ("[weights]\nfreshnes = 1", "freshness"),
    ],
)
def test_what_is_no_strategy_is_said(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Strategy.from_toml(text)


def test_equal_strategies_differ_in_nothing() -> None:
    assert difference(Strategy(name="a"), Strategy(name="b")) == []


def test_differences_are_told_in_words() -> None:
    old = Strategy(weights={"relevance": 1, "novelty": 0.5, "freshness": 1}, rules=(Pin(item="i1", place=2),))
    new = Strategy(
        weights={"relevance": 1, "novelty": -0.2, "popularity": 1},
        boosts=(Boost(column="brand", value="x", weight=0.5),),
        diversify=Diversify(method="mmr", weight=0.4, column="brand"),
        rules=(MinShare(column="brand", value="x", share=0.2),),
        repeats="not",
        candidates=100,
        explore=Explore(method="epsilon", amount=0.1),
    )
    assert difference(old, new) == [
        "novelty weighs −0.2 instead of 0.5",
        "freshness no longer counts (it weighed 1)",
        "popularity counts, weight 1",
        "brand 'x' counts, weight 0.5",
        "variety by mmr over brand, weight 0.4 instead of no variety asked for",
        "no longer: i1 pinned to 2nd place",
        "now: at least 20% brand 'x'",
        "no repeats instead of repeats as the run",
        "100 candidates a list instead of 200 candidates a list",
        "one place left to chance on 0.1 of the lists instead of nothing left to chance",
    ]

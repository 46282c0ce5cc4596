"""The parts of a strategy, and the strategy without each: what a part does is what changes without it."""

from __future__ import annotations

from recengine.strategy.scoring import boost_title
from recengine.strategy.strategy import Diversify, Explore, Strategy
from recengine.strategy.terms import term_title


def settled(strategy: Strategy) -> Strategy:
    """The same without what is drawn by chance."""
    if strategy.explore.method in ("none", "linucb"):
        return strategy
    return strategy.model_copy(update={"explore": Explore()})


def without_each(strategy: Strategy) -> dict[str, Strategy]:
    """Every part that can be left out by what it is called, and the strategy without it."""
    found: dict[str, Strategy] = {}

    def without(name: str, **changed: object) -> None:
        found[name] = strategy.model_copy(update=changed)

    for name, weight in strategy.weights.items():
        if weight:
            left = {other: value for other, value in strategy.weights.items() if other != name}
            without(term_title(name), weights=left)
    for boost in strategy.boosts:
        title = boost_title(boost)
        without(title, boosts=tuple(one for one in strategy.boosts if boost_title(one) != title))
    if strategy.diversify.method != "none":
        without(f"variety ({strategy.diversify.method})", diversify=Diversify())
    for rule in strategy.rules:
        without(rule.words(), rules=tuple(one for one in strategy.rules if one != rule))
    if strategy.repeats == "not":
        without("no repeats", repeats="allowed")
    if strategy.explore.method == "linucb":
        without("exploring (linucb)", explore=Explore())
    return found

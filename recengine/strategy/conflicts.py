"""What of a strategy cannot be, found before anything runs, in words.

What is named and is not there comes first; then weights that cancel out; then rules that no list keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import SettingsError
from recengine.core.words import listed
from recengine.strategy.pool import CatalogueFacts
from recengine.strategy.rule_conflicts import rule_conflicts
from recengine.strategy.rules import check_value
from recengine.strategy.terms import TERMS, common_scale, find_term, term_title

if TYPE_CHECKING:
    from recengine.strategy.strategy import Strategy

NOTHING = 1e-9  # of what the weights add up to: less than this is nothing


def check(strategy: Strategy, facts: CatalogueFacts, k: int = 10) -> None:
    """Raise SettingsError with all that cannot be."""
    if found := conflicts(strategy, facts, k):
        raise SettingsError(" ".join(found))


def conflicts(strategy: Strategy, facts: CatalogueFacts, k: int = 10) -> list[str]:
    """What cannot be on lists of k places, one sentence each; empty where all is well."""
    if unknown := list(dict.fromkeys(_unknown(strategy, facts))):
        return unknown
    found = [*_weights(strategy, facts), *_boosts(strategy, facts), *rule_conflicts(strategy.rules, facts, k)]
    if strategy.candidates < k:
        found.append(f"Only {strategy.candidates} candidates are looked at for lists of {k}. Look at more.")
    return found


def _unknown(strategy: Strategy, facts: CatalogueFacts) -> Iterator[str]:
    """What is named and is not there."""
    checks: list[Callable[[], object]] = [partial(rule.check, facts) for rule in strategy.rules]
    checks += [partial(check_value, facts, boost.column, boost.value) for boost in strategy.boosts]
    columns = [column for _, column in map(find_term, strategy.weights) if column]
    checks += [partial(facts.numbers, column) for column in columns]
    if strategy.diversify.method != "none":
        checks.append(partial(facts.values, strategy.diversify.column))
    for one in checks:
        try:
            one()
        except SettingsError as error:
            yield f"{str(error)[:1].upper()}{str(error)[1:]}"


def _weights(strategy: Strategy, facts: CatalogueFacts) -> Iterator[str]:
    """Terms that undo each other, and a strategy without any."""
    weights = {name: weight for name, weight in strategy.weights.items() if weight}
    if not weights and not any(boost.weight for boost in strategy.boosts):
        yield "All weights are 0, so nothing says what comes first. Give relevance a weight."
    moves = {name: weight * _on_catalogue(name, facts) for name, weight in weights.items() if _of_item(name)}
    for one, other in combinations(moves, 2):
        size = abs(weights[one]) + abs(weights[other])
        if moves[one].any() and np.abs(moves[one] + moves[other]).max(initial=0.0) <= NOTHING * size:
            yield (
                f"{_title(one)} and {term_title(other)} cancel out with these weights: they say the same. "
                "Leave out one of them."
            )
    if weights.get("relevance", 0.0) == -weights.get("like", 0.0) != 0:
        yield "Relevance and P(like) cancel out with these weights: P(like) rises with the score."


def _of_item(name: str) -> bool:
    return find_term(name)[0].of_items is not None


def _on_catalogue(name: str, facts: CatalogueFacts) -> NDArray[np.float64]:
    """The term on the common scale, as though the whole catalogue were one list; shape (I,)."""
    term, column = find_term(name)
    assert term.of_items is not None
    value_I = term.of_items(facts, column)
    return common_scale(value_I[None, :], np.ones((1, len(value_I)), bool))[0]


def _boosts(strategy: Strategy, facts: CatalogueFacts) -> Iterator[str]:
    """Boosts that undo each other, or lift all alike."""
    lifted_I = np.zeros(facts.num_items)
    for boost in strategy.boosts:
        lifted_I += boost.weight * facts.values(boost.column).having(boost.value)
    size = sum(abs(boost.weight) for boost in strategy.boosts)
    if size and np.ptp(lifted_I) <= NOTHING * size:
        names = listed(list(dict.fromkeys(f"{boost.column} '{boost.value}'" for boost in strategy.boosts)))
        yield f"The boosts cancel out: {names} lift every {facts.item} alike. Leave out or change one."


def _title(name: str) -> str:
    return TERMS[name.partition(" ")[0]].title if " " not in name else term_title(name).capitalize()

"""What of a strategy cannot be, found before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recengine.core.errors import SettingsError
from recengine.strategy.pool import CatalogueFacts
from recengine.strategy.rules import check_value

if TYPE_CHECKING:
    from recengine.strategy.strategy import Strategy


def check(strategy: Strategy, facts: CatalogueFacts, k: int) -> None:
    """Raise SettingsError with all that cannot be."""
    if found := conflicts(strategy, facts, k):
        raise SettingsError(" ".join(found))


def conflicts(strategy: Strategy, facts: CatalogueFacts, k: int = 10) -> list[str]:
    """What cannot be, one sentence each; empty where all is well."""
    return _unknown(strategy, facts)


def _unknown(strategy: Strategy, facts: CatalogueFacts) -> list[str]:
    """What is named and does not exist."""
    found: list[str] = []
    for rule in strategy.rules:
        try:
            rule.check(facts)
        except SettingsError as error:
            found.append(str(error))
    for boost in strategy.boosts:
        try:
            check_value(facts, boost.column, boost.value)
        except SettingsError as error:
            found.append(str(error))
    return found

"""How two strategies differ, in words."""

from __future__ import annotations

from collections.abc import Iterator

from recengine.strategy.scoring import weight_text, weights_by_title
from recengine.strategy.strategy import Diversify, Explore, Strategy

REPEATS = {"as the run": "repeats as the run", "allowed": "repeats allowed", "not": "no repeats"}


def difference(old: Strategy, new: Strategy) -> list[str]:
    """What the new one does otherwise, one phrase each; empty where they make the same lists."""
    return [
        *_weights(weights_by_title(old), weights_by_title(new)),
        *_changed(variety_words(old.diversify), variety_words(new.diversify)),
        *(f"no longer: {rule.words()}" for rule in old.rules if rule not in new.rules),
        *(f"now: {rule.words()}" for rule in new.rules if rule not in old.rules),
        *_changed(REPEATS[old.repeats], REPEATS[new.repeats]),
        *_changed(f"{old.candidates:,} candidates a list", f"{new.candidates:,} candidates a list"),
        *_changed(exploring_words(old.explore), exploring_words(new.explore)),
    ]


def variety_words(how: Diversify) -> str:
    """How a list avoids more of the same."""
    if how.method == "none" or not how.weight:
        return "no variety asked for"
    return f"variety by {how.method} over {how.column or 'all columns'}, weight {weight_text(how.weight)}"


def exploring_words(how: Explore) -> str:
    """What is left to chance."""
    if how.method == "none" or not how.amount:
        return "nothing left to chance"
    if how.method == "epsilon":
        return f"one place left to chance on {how.amount:.3g} of the lists"
    return f"exploring by {how.method}, {how.amount:g} standard errors"


def _weights(old: dict[str, float], new: dict[str, float]) -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, 0.0), new.get(name, 0.0)
        if not before and after:
            yield f"{name} counts, weight {weight_text(after)}"
        elif before and not after:
            yield f"{name} no longer counts (it weighed {weight_text(before)})"
        elif before != after:
            yield f"{name} weighs {weight_text(after)} instead of {weight_text(before)}"


def _changed(old: str, new: str) -> Iterator[str]:
    if old != new:
        yield f"{new} instead of {old}"

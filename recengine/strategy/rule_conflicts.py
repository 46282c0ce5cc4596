"""Rules that no list can keep, said as shortly as they can be: pins, bounds one by one, then all together.

I items, R bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from recengine.core.ragged import Ragged
from recengine.core.words import count, listed, ordinal, plural
from recengine.strategy.bounds import Bounds, bounds_of
from recengine.strategy.exact import program_of
from recengine.strategy.pool import CatalogueFacts
from recengine.strategy.rules import Bound, Filter, MinShare, Pin, Rule, item_code


def rule_conflicts(rules: Sequence[Rule], facts: CatalogueFacts, k: int) -> list[str]:
    """What cannot be on lists of k places, one sentence each; all that rules name is there."""
    allowed_I = np.ones(facts.num_items, bool)
    for rule in rules:
        if isinstance(rule, Filter):
            allowed_I &= rule.allowed(facts)
    bounds = bounds_of(rules, facts, k)
    found = [
        *_filters(rules, allowed_I, facts, k),
        *_pins(rules, facts, k),
        *_bounds(bounds, allowed_I, k),
        *_shares(rules, facts, k),
    ]
    return found or _together(rules, bounds, allowed_I, facts, k)


def _filters(
    rules: Sequence[Rule], allowed_I: NDArray[np.bool_], facts: CatalogueFacts, k: int
) -> Iterator[str]:
    if allowed_I.sum() < k <= facts.num_items:
        said = listed([rule.words() for rule in rules if isinstance(rule, Filter)])
        left = plural(allowed_I.sum(), facts.item)
        yield f"The rules leave {left} of {count(facts.num_items)} for {k} places: {said}. Loosen one."


def _pins(rules: Sequence[Rule], facts: CatalogueFacts, k: int) -> Iterator[str]:
    pins = [rule for rule in rules if isinstance(rule, Pin)]
    if len(pins) > k:
        yield f"{len(pins)} pins do not fit on a list of {k}."
    for pin in pins:
        who = f"{facts.item.capitalize()} '{pin.item}'"
        if pin.place > k:
            yield f"{who} is pinned to {ordinal(pin.place)} place of {k}."
        code = item_code(facts, pin.item)
        for rule in rules:
            if isinstance(rule, Filter) and not rule.allowed(facts)[code]:
                yield f"{who} is pinned, but a rule takes it out: {rule.words()}."
    for place, times in Counter(pin.place for pin in pins).items():
        if times > 1:
            yield f"{times} {facts.item}s are pinned to {ordinal(place)} place."
    for item, times in Counter(pin.item for pin in pins).items():
        if times > 1:
            yield f"{facts.item.capitalize()} '{item}' is pinned {times} times."


def _bounds(bounds: Bounds, allowed_I: NDArray[np.bool_], k: int) -> Iterator[str]:
    """Bounds that no list keeps, each by itself."""
    there_R = _counted(bounds, np.flatnonzero(allowed_I))
    for place, (low, high) in enumerate(zip(bounds.limits.low, bounds.limits.high, strict=True)):
        said = listed(list(dict.fromkeys(rule.words() for rule in bounds.rules[place])))
        column, value = bounds.keys[place]
        if low > high:
            yield f"{said[:1].upper()}{said[1:]} cannot both be: from {low} to {high} of {k} places."
        elif low > there_R[place]:
            there = f"{there_R[place]} with {column} '{value}' may be listed"
            yield f"{said[:1].upper()}{said[1:]} takes {low}, but only {there}."


def _shares(rules: Sequence[Rule], facts: CatalogueFacts, k: int) -> Iterator[str]:
    """Least shares of one column that add up to more than a list."""
    for column in dict.fromkeys(rule.column for rule in rules if isinstance(rule, Bound)):
        bounds = bounds_of(
            [rule for rule in rules if isinstance(rule, Bound) and rule.column == column], facts, k
        )
        needed = int(bounds.limits.low.sum())
        if facts.values(column).single and needed > k:
            share = sum(
                max((rule.share for rule in found if isinstance(rule, MinShare)), default=0.0)
                for found in bounds.rules
            )
            yield f"The least shares of {column} add up to {share:.0%}: {needed} of {k} places. Lower them."


def _together(
    rules: Sequence[Rule], bounds: Bounds, allowed_I: NDArray[np.bool_], facts: CatalogueFacts, k: int
) -> list[str]:
    """Whether all rules leave a list of k items, where each by itself would."""
    if not bounds.keys:
        return []
    counted = Ragged(bounds.limits.offsets, bounds.limits.ids)
    pins = [item_code(facts, rule.item) for rule in rules if isinstance(rule, Pin)]
    free = np.setdiff1d(np.flatnonzero(allowed_I), pins)
    kinds: Counter[tuple[int, ...]] = Counter(tuple(sorted(counted[item].tolist())) for item in free)
    members = [tuple(counted[pin].tolist()) for pin in pins] + list(kinds)
    most_C = np.array([1.0] * len(pins) + [*map(float, kinds.values())])
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in members])]).astype(np.int64)
    rows = Ragged(offsets, np.array([bound for one in members for bound in one], np.int32))
    chosen = range(len(pins))
    program = program_of(rows, most_C, chosen, bounds.limits, k)
    over_R = program.high_R[:-1] > bounds.limits.high
    if over_R.any():
        said = listed(list(dict.fromkeys(rule.words() for rule in bounds.rules[int(over_R.argmax())])))
        return [f"The pins alone break a rule: {said}."]
    for row, low in enumerate(bounds.limits.low):
        program = program.needing(row, int(low))
    most = program.most(-1, chosen)
    said = listed([rule.words() for rule in rules if isinstance(rule, Bound | Pin)])
    if most < 0:
        return [f"No list of {k} keeps all of these rules together: {said}. Loosen one."]
    if most < min(k, facts.num_items):
        return [f"The rules leave room for {most} of {k} places: {said}. Loosen one."]
    return []


def _counted(bounds: Bounds, items: NDArray[np.int64]) -> NDArray[np.int64]:
    rows = Ragged(bounds.limits.offsets, bounds.limits.ids).take(items)
    return np.bincount(rows.values, minlength=len(bounds.keys))

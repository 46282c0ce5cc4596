"""Why a list is short, and which rules could not be kept on it: in words.

L lists, C candidates, K places, R bounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.core.words import listed, plural
from recengine.strategy.bounds import Bounds
from recengine.strategy.rules import Pin

Lists = NDArray[np.int32]
NAMED = 3  # rules named in one sentence


def why_short(items_LK: Lists, open_LC: NDArray[np.bool_], bounds: Bounds) -> dict[int, str]:
    """Lists with fewer than K items, and why."""
    size_L, open_L = (items_LK != NO_ITEM).sum(axis=1), open_LC.sum(axis=1)
    short = np.flatnonzero(size_L < items_LK.shape[1])
    by_bounds = short[size_L[short] < open_L[short]]
    full_BR = bounds.counts(items_LK[by_bounds]) >= bounds.limits.high
    found = {int(row): f"only {plural(open_L[row], 'candidate')} may be listed" for row in short}
    for row, full_R in zip(by_bounds.tolist(), full_BR, strict=True):
        rules = dict.fromkeys(
            rule.words() for place in np.flatnonzero(full_R) for rule in bounds.rules[place]
        )
        named = listed([*rules][:NAMED]) or "what must be listed"
        found[row] = f"the rules leave only {plural(size_L[row], 'place')} that can be filled: {named}"
    return found


def broken_rules(
    items_LK: Lists, pins: Sequence[Pin], codes: Sequence[int], bounds: Bounds
) -> dict[int, tuple[str, ...]]:
    """Lists on which a pin is missing or a bound is not kept, and which."""
    found: dict[int, list[str]] = {}
    for pin, code in zip(pins, codes, strict=True):
        for row in np.flatnonzero(~(items_LK == code).any(axis=1)).tolist():
            found.setdefault(row, []).append(f"{pin.words()}: may not be listed here")
    have_LR = bounds.counts(items_LK) if bounds.keys else np.zeros((len(items_LK), 0), np.int64)
    for row, bound in np.argwhere((have_LR < bounds.limits.low) | (have_LR > bounds.limits.high)).tolist():
        rules = listed([rule.words() for rule in bounds.rules[bound]])
        value = bounds.keys[bound][1]
        found.setdefault(row, []).append(f"{rules}: {plural(have_LR[row, bound], 'place')} of '{value}'")
    return {row: tuple(words) for row, words in found.items()}

"""What players are called in a sentence, and how the numbers of an explanation are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np

from recengine.core.words import MINUS, listed
from recengine.explain.explanation import Explanation
from recengine.explain.players import Kind

ONCE = "once"  # goes without saying


@dataclass(frozen=True)
class Named:
    """A player in words.

    Attributes:
        name: an item's title, what a group is called ("the rest of Tea"), or a feature's name.
        value: how often ("3 times", "once"), how many, or the feature's value; may be "".
        sensitive: a feature to be careful with.
        itself: the past action is with the very item that is explained.
        detail: what tables say besides; sentences don't.
    """

    kind: Kind
    name: str
    value: str = ""
    sensitive: bool = False
    itself: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Words:
    """What everything is called.

    Attributes:
        person, item: the domain's words ("household", "product").
        subject, other: titles of the item explained and of the one it is compared with.
        unit: of the scores: "log-odds", or "points".
        players: in the explanation's order.
        probability: P(like), between 0 and 1, where it is known.
    """

    person: str
    item: str
    subject: str
    unit: str
    players: tuple[Named, ...]
    other: str = ""
    probability: float | None = None

    def phrase(self, place: int) -> str:
        """A player as part of a sentence: `their age (45-54; sensitive)`."""
        return phrase(self.players[place], self.item)


def number(value: float, explanation: Explanation) -> str:
    """A number of this explanation as it is written everywhere: three digits of the largest effect."""
    largest = float(np.abs(explanation.effects_P).max(initial=0.0))
    digits = min(8, max(2, 2 - floor(log10(largest)))) if largest else 2
    written = f"{value:.{digits}f}"
    return f"{0:.{digits}f}" if float(written) == 0 else written.replace("-", MINUS)


def phrase(named: Named, item: str) -> str:
    """A player as part of a sentence."""
    if named.itself:
        return f"having had it {named.value} before".replace("  ", " ")
    value = "" if named.value == ONCE else named.value
    notes = "; ".join(filter(None, (value, "sensitive" if named.sensitive else "")))
    noted = f" ({notes})" if notes else ""
    if named.kind in ("action", "group"):
        return f"“{named.name}”{noted}" if named.kind == "action" else f"{named.name}{noted}"
    whose = {"person": "their", "item": f"the {item}'s", "other": f"the other {item}'s"}[named.kind]
    return f"{whose} {_lowered(named.name)}{noted}"


def _lowered(name: str) -> str:
    """ "Household size" -> "household size"; "IMD band" stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def joined(named: Sequence[Named], item: str) -> str:
    """Players in a row, past actions first: `“Milk” (3 times) in their past and their age (45-54)`."""
    itself = [phrase(each, item) for each in named if each.itself]
    past = [phrase(each, item) for each in named if each.kind in ("action", "group") and not each.itself]
    rest = [phrase(each, item) for each in named if each.kind not in ("action", "group")]
    return listed([*itself, *([f"{listed(past)} in their past"] if past else []), *rest])

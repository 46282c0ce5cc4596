"""What an edit of some data may speak of: their features with the values these have, and kinds of event."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from recengine.core.columns import EVENT, Kind
from recengine.core.dataset import Dataset, Entities

MOST_VALUES = 2_000  # of a feature; nobody looks through more
FEW = 40  # values; so many are put in order, of more the commonest come first


@dataclass(frozen=True)
class Choice:
    """One feature.

    Attributes:
        values: what it may be, as text; none where it is a number.
        low, high: the range of a number; both 0 for everything else.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Choices:
    """What there is to choose from.

    Attributes:
        person, item: their features that an edit can ask for, by name.
        kinds: the kinds of event, the commonest first; none where the data tell of one alone.
    """

    person: dict[str, Choice]
    item: dict[str, Choice]
    kinds: tuple[str, ...]


def choices_of(data: Dataset) -> Choices:
    """What an edit of these data may speak of."""
    events = data.interactions.frame
    kinds = tuple(map(str, events[EVENT].value_counts().index)) if EVENT in events else ()
    return Choices(_features(data.users), _features(data.items), kinds if len(kinds) > 1 else ())


def _features(entities: Entities) -> dict[str, Choice]:
    found = {
        name: _choice(name, kind, entities.features[name].dropna())
        for name, kind in entities.kinds.items()
        if kind in ("categorical", "multi", "numeric")
    }
    return {name: choice for name, choice in found.items() if choice.values or choice.low < choice.high}


def _choice(name: str, kind: Kind, known: pd.Series) -> Choice:
    if kind == "numeric":
        return (
            Choice(name, kind, low=float(known.min()), high=float(known.max()))
            if len(known)
            else Choice(name, kind)
        )
    texts = known.astype("str")
    parts = texts.str.split("|").explode() if kind == "multi" else texts
    values = [str(value) for value in parts.value_counts().index]
    return Choice(name, kind, tuple(sorted(values) if len(values) <= FEW else values[:MOST_VALUES]))

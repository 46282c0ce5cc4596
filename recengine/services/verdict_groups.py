"""Who gains and who loses: the groups of people, and the kinds of things chosen, that a verdict looks at.

Shapes: U people asked, I items, N targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, ITEM, USER, Repeats
from recengine.core.dataset import Dataset
from recengine.core.ragged import Ragged
from recengine.core.words import count, many
from recengine.services.datasets import categories, category_feature
from recengine.services.questions import ask
from recengine.services.training import split_of
from recengine.services.verdict_arms import Arms

FEWEST = 10  # people; of fewer nothing can be said
MOST_VALUES = 12  # of one feature; the commonest
LATE_DAYS = 28
UNKNOWN = "(unknown)"


@dataclass(frozen=True, eq=False)
class Group:
    """Some of the people asked.

    Attributes:
        of: what people are told apart by; label: which of them these are; said: both in words, "households
            where age is 65+".
    """

    of: str
    label: str
    said: str
    member_U: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TargetKind:
    """Some of the things chosen.

    Attributes:
        of, label, said: as of a group, "products where department is Deli".
        targets: those of this kind, a row for each person asked.
    """

    of: str
    label: str
    said: str
    targets: Ragged


def people_in_groups(arms: Arms) -> list[Group]:
    """The people asked by what is learnt of them, by each of their features, by how much they did."""
    users, people, word = arms.dataset.users, arms.people, many(arms.dataset.about.person)
    groups = list(_learnt_from(arms, word))
    for name, kind in users.kinds.items():
        values = users.features[name].iloc[people].reset_index(drop=True)
        where = f"{word} where {name.replace('_', ' ')} is {{}}"
        if kind == "numeric":
            groups += _by_size(name, where, values.to_numpy(np.float64), _number)
        elif kind in ("categorical", "multi"):
            groups += _by_value(name, where, values, kind)
    lengths_U = arms.profiles.lengths.astype(np.float64)
    groups += _by_size("events so far", f"{word} with {{}} events", lengths_U, count)
    if arms.dataset.about.time_kind != "order":
        late = f"events in the last {LATE_DAYS} days"
        groups += _by_size(late, f"{word} with {{}} {late}", _events_of_late(arms), count)
    return [group for group in groups if group.member_U.sum() >= FEWEST]


def _learnt_from(arms: Arms, word: str) -> Iterator[Group]:
    """Whose events the edited model has, had fewer of, or never saw; nothing where all are as they were."""
    before, after = (
        np.bincount(data.interactions.column(USER), minlength=arms.dataset.num_users)[arms.people]
        for data in (arms.split.before_test, split_of(arms.ws, arms.edited[0].id).before_test)
    )
    if (before == after).all():
        return
    of = "what is learnt of them"
    yield Group(of, "left out", f"{word} left out of the learning", (after == 0) & (before > 0))
    yield Group(of, "fewer events", f"{word} partly left out", (after > 0) & (after < before))
    yield Group(of, "as before", f"{word} learnt from as before", after == before)
    yield Group(of, "more events", f"{word} with more to learn from", after > before)


def _by_value(name: str, where: str, values: pd.Series, kind: str) -> Iterator[Group]:
    """One group a value, in the order of the values; a person with several values is in several groups."""
    parts = values.astype("object").map(lambda value: _parts(value, kind))
    told = parts.explode()  # a row for each person and value
    for value in sorted(told.value_counts().index[:MOST_VALUES]):
        member_U = np.zeros(len(values), bool)
        member_U[told.index[told == value]] = True
        yield Group(name, str(value), where.format(value), member_U)
    yield Group(name, UNKNOWN, where.format("unknown"), parts.map(len).to_numpy() == 0)


def _parts(value: Any, kind: str) -> list[str]:
    if not isinstance(value, str):
        return []
    return value.split("|") if kind == "multi" else [value]


def _by_size(
    name: str, where: str, value_U: NDArray[np.float64], written: Callable[[float], str]
) -> Iterator[Group]:
    """Four groups of about as many people each, fewer where values are equal; "2 to 14"."""
    known_U = ~np.isnan(value_U)
    if not known_U.any():
        return
    edges = np.unique(np.quantile(value_U[known_U], [0.25, 0.5, 0.75], method="higher"))
    part_U = np.searchsorted(edges, value_U, side="right")
    for part in range(len(edges) + 1):
        member_U = known_U & (part_U == part)
        if member_U.any():
            low, high = (written(end(value_U[member_U])) for end in (np.min, np.max))
            label = low if low == high else f"{low} to {high}"
            yield Group(name, label, where.format(label), member_U)
    yield Group(name, UNKNOWN, where.format("unknown"), ~known_U)


def _number(value: float) -> str:
    return f"{value:,.4g}"


def _events_of_late(arms: Arms) -> NDArray[np.float64]:
    profiles = arms.profiles
    recent = profiles.times >= (profiles.now - LATE_DAYS * DAY)[profiles.rows]
    return np.bincount(profiles.rows[recent], minlength=len(profiles)).astype(np.float64)


def kinds_of_targets(arms: Arms) -> list[TargetKind]:
    """What people chose by category, by whether they had it before, by how popular it was."""
    kinds = [*_had_or_new(arms), *_by_popularity(arms), *_by_category(arms)]
    return [kind for kind in kinds if (kind.targets.lengths > 0).sum() >= FEWEST]


def _had_or_new(arms: Arms) -> Iterator[TargetKind]:
    if arms.base_reports[0].repeats != "both":
        return
    items = many(arms.dataset.about.item)
    halves: dict[Repeats, tuple[str, str]] = {
        "again": ("had before", f"{items} that they had before"),
        "new": ("new to them", f"{items} new to them"),
    }
    for question, (label, said) in halves.items():
        part = ask(arms.exam, question)
        rows = part.places[part.targets.rows]
        targets = Ragged.of_rows(rows, part.targets.values, len(arms.people))
        yield TargetKind("what they chose", label, said, targets)


def _by_popularity(arms: Arms) -> Iterator[TargetKind]:
    """The fewest items that make up half of all events, and all others."""
    events_I = _events(arms.split.asked)
    order_I = np.argsort(-events_I, kind="stable")
    head = int(np.searchsorted(np.cumsum(events_I[order_I]), events_I.sum() / 2) + 1)
    popular_I = np.zeros(len(events_I), bool)
    popular_I[order_I[:head]] = True
    items = many(arms.dataset.about.item)
    top = f"the {count(head)} most popular {items}"
    yield _kind(arms, "what they chose", f"among {top}", top, popular_I)
    yield _kind(arms, "what they chose", f"none of {top}", f"all but {top}", ~popular_I)


def _by_category(arms: Arms) -> Iterator[TargetKind]:
    name = category_feature(arms.dataset)
    if name is None:
        return
    category_I = np.array(categories(arms.dataset), dtype=object)
    chosen = pd.Series(category_I[arms.targets.values]).value_counts()
    for category in sorted(category for category in chosen.index[:MOST_VALUES] if category):
        said = f"{many(arms.dataset.about.item)} where {name.replace('_', ' ')} is {category}"
        yield _kind(arms, f"{name} of what they chose", str(category), said, category_I == category)


def _kind(arms: Arms, of: str, label: str, said: str, chosen_I: NDArray[np.bool_]) -> TargetKind:
    targets = arms.targets
    kept = chosen_I[targets.values]
    return TargetKind(of, label, said, Ragged.of_rows(targets.rows[kept], targets.values[kept], len(targets)))


def _events(data: Dataset) -> NDArray[np.int64]:
    """Events of each item, shape (I,)."""
    return np.bincount(data.interactions.column(ITEM), minlength=data.num_items)

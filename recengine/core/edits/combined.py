"""Several edits as one: what a what-if changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from recengine.core.columns import TIME, USER, WEIGHT
from recengine.core.dataset import About, Dataset
from recengine.core.edits.dates import seconds_in_words
from recengine.core.edits.edit import Edit
from recengine.core.edits.periods import Days
from recengine.core.edits.settings import Set
from recengine.core.errors import EditError
from recengine.core.words import many

if TYPE_CHECKING:
    from recengine.core.split import Split


@dataclass(frozen=True)
class Edits:
    """Edits that are done together.

    Stretches of time are cut first, so that "the last 30 days" are those of all data; the others follow in
    their order. Each works on what the ones before it left.
    """

    edits: tuple[Edit, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str], about: About | None = None) -> Self:
        """From texts of the language; "add last 30 days" is worked into what it takes back.

        Args:
            about: as `parse` has it.

        Raises:
            EditError: a text cannot be read, an edit stands there twice, or two say different things.
        """
        from recengine.core.edits import parse

        found: list[Edit] = []
        for edit in (edit for text in texts for edit in parse(text, about)):
            if edit in found:
                raise EditError(f"'{edit.text}' stands there twice; once is enough.")
            found = _with(found, edit)
        _refuse_two_values([edit for edit in found if isinstance(edit, Set)])
        return cls(tuple(found))

    def __bool__(self) -> bool:
        return bool(self.edits)

    @property
    def texts(self) -> tuple[str, ...]:
        """Each edit in the one way it is kept."""
        return tuple(edit.text for edit in self.edits)

    @property
    def settings(self) -> dict[str, str]:
        """What is set: name -> value as typed; may hold "preset"."""
        return {edit.name: edit.value for edit in self.edits if isinstance(edit, Set)}

    @property
    def of_data(self) -> Self:
        """Those that change the data, without those that set something."""
        return replace(self, edits=tuple(edit for edit in self.edits if not isinstance(edit, Set)))

    @property
    def _in_turn(self) -> tuple[Edit, ...]:
        return tuple(sorted(self.edits, key=lambda edit: not edit.of_time))

    def sentence(self, about: About) -> str:
        """All of them for a reader: "Without households where age is 65+, with epochs = 20"."""
        text = ", ".join(edit.sentence(about) for edit in self.edits) or "nothing changed"
        return text[0].upper() + text[1:]

    def apply(self, data: Dataset) -> Dataset:
        """The data that would be learnt from.

        Raises:
            EditError: one names a column or value that is not there, or needs times that are not known.
        """
        for edit in self._in_turn:
            data = edit.apply(data)
        return data

    def encode(self, data: Dataset) -> Dataset:
        """The data read as the edited ones are read, but all of them."""
        for edit in self.edits:
            data = edit.apply(data) if edit.encodes else data
        return data

    def named(self, data: Dataset) -> Self:
        """The same with columns and values as the data spell them.

        Raises:
            EditError: as `apply`.
        """
        return replace(self, edits=tuple(edit.named(data) for edit in self.edits))

    def check(self, split: Split) -> None:
        """Raise EditError, saying why, where the edits cannot be done to a split or make no sense for it.

        That is so where one changes nothing, where nothing is left, or nobody of those the test asks.
        """
        data = before = split.before_test
        for place, edit in enumerate(in_turn := self.of_data._in_turn):
            data = edit.apply(before)
            if not len(data.interactions):
                raise EditError(_nothing_left(edit, in_turn[:place], split.before_test))
            if _same(before, data):
                raise EditError(_nothing_changed(edit, before))
            before = data
        asked = np.isin(split.test.people, data.interactions.column(USER)).any()
        if not asked:
            people = many(data.about.person)
            raise EditError(
                f"{self.sentence(data.about)}, none of the {len(split.test):,} {people} that the test asks "
                "would be learnt from. Leave some of them in."
            )


def _with(found: list[Edit], edit: Edit) -> list[Edit]:
    """The edits with one more; one that adds days changes the latest one that left them out."""
    if not isinstance(edit, Days) or edit.verb != "add":
        return [*found, edit]
    for place in reversed(range(len(found))):
        if edit.adds_to(found[place]):
            changed = edit.added_to(found[place])
            return [*found[:place], *([changed] if changed else []), *found[place + 1 :]]
    return [*found, edit]


def _refuse_two_values(settings: list[Set]) -> None:
    first: dict[str, Set] = {}
    for edit in settings:
        if (other := first.setdefault(edit.name, edit)) is not edit:
            raise EditError(f"'{other.text}' and '{edit.text}' contradict each other; keep one of them.")


def _same(one: Dataset, other: Dataset) -> bool:
    """Whether two datasets, one made of the other by an edit, are alike."""
    if one is other or len(one.interactions) != len(other.interactions):
        return one is other
    alike = np.array_equal(one.interactions.column(WEIGHT), other.interactions.column(WEIGHT))
    return alike and (one.users.kinds, one.items.kinds) == (other.users.kinds, other.items.kinds)


def _nothing_changed(edit: Edit, data: Dataset) -> str:
    if not edit.of_time:
        return f"'{edit.text}' changes nothing: it holds for all or for none of what is left."
    return f"'{edit.text}' changes nothing: there are events from {_span(data)}."


def _span(data: Dataset) -> str:
    times = data.interactions.column(TIME)
    return seconds_in_words(float(times[0]), float(times[-1]), data.about.time_kind)


def _nothing_left(edit: Edit, before: tuple[Edit, ...], data: Dataset) -> str:
    if before and len(edit.apply(data).interactions):
        others = " and ".join(f"'{other.text}'" for other in before)
        return f"'{edit.text}' contradicts {others}: together they leave nothing to learn from."
    if edit.of_time:
        return f"'{edit.text}' leaves nothing to learn from: there are events from {_span(data)}."
    return f"'{edit.text}' leaves nothing to learn from. Leave out less."

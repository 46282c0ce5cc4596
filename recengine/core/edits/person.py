"""Edits of one person: what they had is left out or added, what is known of them or of an item is changed.

    without 1029743          without last 3 1029743          with 1029743 (takes the leaving out back)
    add 1029743              add 1029743 3 times
    age = 65+                age = unknown
    price of 1029743 = 4.99  brand of 1029743 = "Store brand"

An item is named by its id, or by its title in quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from recengine.core.dataset import Dataset
from recengine.core.edits.person_edits import Added, Known, Offered, PersonEdit, Someone, Without
from recengine.core.edits.person_names import some_of
from recengine.core.edits.reading import Token, clauses, tokens
from recengine.core.errors import EditError
from recengine.core.profiles import Profiles
from recengine.core.words import listed

EXAMPLES = (
    *("without ITEM", "without last 3 ITEM", "add ITEM", "add ITEM 3 times"),
    *("FEATURE = VALUE", "FEATURE of ITEM = VALUE"),
)
# Of each kind of edit, what stands before and after its phrases in a sentence.
KINDS: tuple[tuple[type[PersonEdit], str, str], ...] = (
    (Without, "without", ""),
    (Added, "had they just had", " too"),
    (Known, "were", ""),
    (Offered, "were", ""),
)


@dataclass(frozen=True)
class PersonEdits:
    """All that is changed of one person, and of items as they meet them; one edit a subject."""

    of: tuple[PersonEdit, ...]

    @classmethod
    def read(cls, texts: Iterable[str], data: Dataset, profile: Profiles) -> Self:
        """Edits in their language, several in one text joined by ";". What changes nothing is left out.

        Raises:
            EditError: one cannot be read, or names what is not there.
        """
        said = [read_edit(clause).spelt(data) for text in texts for clause in clauses(text)]
        last = {edit.subject: edit for edit in said}
        found = [edit for edit in last.values() if edit.changes(data, profile)]
        return cls(tuple(sorted(found, key=lambda edit: edit.order)))

    @property
    def texts(self) -> tuple[str, ...]:
        """The edits in the one way they are kept."""
        return tuple(edit.text for edit in self.of)

    def apply(self, data: Dataset, profile: Profiles) -> Someone:
        """The one person of a profile as they would be; the profile is not touched."""
        someone = Someone(profile)
        for edit in self.of:
            someone = edit.apply(data, someone)
        return someone

    def sentence(self, data: Dataset) -> str:
        """The beginning of a sentence: "Without “Milk” and were their age 65+"; "" where nothing changes."""
        parts = []
        for kind, before, after in KINDS:
            phrases = [edit.phrase(data) for edit in self.of if isinstance(edit, kind)]
            if phrases:
                parts.append(f"{before} {some_of(phrases)}{after}")
        sentence = listed(parts)
        return sentence[:1].upper() + sentence[1:]


def read_edit(clause: str) -> PersonEdit:
    """One edit in its language.

    Raises:
        EditError: it cannot be read.
    """
    first, *rest = tokens(clause)
    if first.is_("without") and rest:
        return _read_without(rest)
    if first.is_("with") and rest:
        return Without(_joined(rest), 0)
    if first.is_("add") and rest:
        return _read_added(rest)
    return _read_feature([first, *rest], clause)


def _read_without(rest: Sequence[Token]) -> Without:
    if len(rest) == 1 or not rest[0].is_("last"):
        return Without(_joined(rest))
    if len(rest) > 2 and _is_count(rest[1]):
        return Without(_joined(rest[2:]), int(rest[1].text))
    return Without(_joined(rest[1:]), 1)


def _read_added(rest: Sequence[Token]) -> Added:
    if len(rest) > 2 and rest[-1].is_("time", "times") and _is_count(rest[-2]):
        return Added(_joined(rest[:-2]), int(rest[-2].text))
    return Added(_joined(rest))


def _read_feature(said: Sequence[Token], clause: str) -> PersonEdit:
    """FEATURE = VALUE, FEATURE unknown, and both of an item."""
    at = next((place for place, token in enumerate(said) if token.is_("=", "unknown")), 0)
    value = said[at + 1 :] if said[at].is_("=") else said[at:]
    if not at or not value:
        raise EditError(
            f"'{clause[:80]}' says nothing that could be changed. Write {listed(EXAMPLES, 'or')}."
        )
    left = said[:at]
    of = next((place for place, token in enumerate(left) if token.is_("of")), 0)
    if not of or of == len(left) - 1:
        return Known(_joined(left), _joined(value))
    return Offered(_joined(left[of + 1 :]), _joined(left[:of]), _joined(value))


def _joined(said: Sequence[Token]) -> str:
    return " ".join(token.text for token in said)


def _is_count(token: Token) -> bool:
    return not token.quoted and token.text.isascii() and token.text.isdigit()

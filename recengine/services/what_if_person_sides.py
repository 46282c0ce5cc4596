"""A person before and after edits, and the places of all items for both; worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.edits.person import PersonEdits
from recengine.core.edits.person_edits import Offered
from recengine.core.profiles import Profiles
from recengine.services.case import fingerprint
from recengine.services.desk import Desk, profile_of
from recengine.services.kept import Kept
from recengine.services.visit import Visit, last_word, visit
from recengine.services.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Side:
    """One person and the places of all items that they may be shown."""

    desk: Desk
    profile: Profiles

    @cached_property
    def scores(self) -> NDArray[np.float32]:
        """What the list is made by, for every item."""
        return self.desk.scores(self.profile)

    @cached_property
    def best(self) -> NDArray[np.int64]:
        """The codes of what may be listed, best first; ties: lower code first."""
        codes = np.flatnonzero(self.desk.eligible(self.profile))
        return codes[np.argsort(-self.scores[codes], kind="stable")]

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Everything's place, from 1; 0 where it may not be listed."""
        place_I = np.zeros(len(self.scores), np.int64)
        place_I[self.best] = np.arange(1, len(self.best) + 1)
        return place_I


@dataclass(frozen=True, eq=False)
class Sides:
    """A person before and after."""

    before: Side
    after: Side
    edits: PersonEdits


_sides: Kept[Sides] = Kept(size=64)


def profile_in(desk: Desk, person: str | Profiles) -> Profiles:
    """A known person's profile; one put together by hand as it is."""
    return profile_of(desk.dataset, [person]) if isinstance(person, str) else person


def sides_of(
    ws: Workspace, run_id: str, person: str | Profiles, edits: Sequence[str], repeats: Repeats | None
) -> Sides:
    """Worked out once, however often it is asked.

    Raises:
        NotFoundError: no such run or person, or the run has no model yet.
        EditError: an edit cannot be read, or names what is not there.
    """
    whose = (person, last_word(ws, run_id, person)) if isinstance(person, str) else (fingerprint(person),)
    return _sides.get(
        (ws.root, run_id, whose, tuple(edits), repeats), lambda: _made(ws, run_id, person, edits, repeats)
    )


def _made(
    ws: Workspace, run_id: str, person: str | Profiles, edits: Sequence[str], repeats: Repeats | None
) -> Sides:
    desk = Desk.of(ws, run_id, repeats)
    seen = visit(ws, desk, person) if isinstance(person, str) else Visit(desk, person)
    desk, profile, data = seen.desk, seen.profile, seen.desk.dataset
    read = PersonEdits.read(edits, data, profile)
    someone = read.apply(data, profile)
    swapped = tuple(edit.text for edit in read.of if isinstance(edit, Offered))
    offering = desk.offering(someone.items(data), swapped)
    return Sides(Side(desk, profile), Side(offering, someone.profile), read)

"""Why is this item not on the list? Where it fell out, what speaks against it, and what would bring it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM
from recengine.explain.absent import Entry, absence, by_addition
from recengine.explain.change_sentence import absence_sentence, entry_sentence
from recengine.explain.counterfactual import counterfactual
from recengine.explain.game import MOST_ACTIONS
from recengine.services.case import Case
from recengine.services.changes import ACTIONS, Change, standing_of, told
from recengine.services.kept import Kept
from recengine.services.nearest import by_run, by_shared_people
from recengine.services.workspace import Workspace

MOST_REMOVED = 3  # past actions at once
NEIGHBOURS = 100  # of each sort, tried as additions


@dataclass(frozen=True)
class WhyNot:
    """Why an item is not on a list.

    Attributes:
        reason: where it fell out; see explain.absent.Absence.
        rank: its place among out_of that may be listed, or the one it would have.
        last, last_title: the item in the last place of the list; "" where the list isn't full.
        sentence: the finding.
    """

    item_id: str
    title: str
    reason: str
    rank: int
    out_of: int
    k: int
    last: str
    last_title: str
    sentence: str

    @property
    def outdone(self) -> bool:
        """Whether others are better, so that it can be asked what the last one of the list has over it."""
        return self.reason == "ranked" and bool(self.last)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dict(vars(self))


@dataclass(frozen=True)
class WaysIn:
    """The least that would bring an item onto a list, tried on the model.

    Attributes:
        removal: the past actions without which it would be there.
        added: item_id, title of what the person would have to have once more; empty where nothing does it.
        rank_after: the place then; sentence: the same in words.
    """

    removal: Change
    added: pd.DataFrame
    rank_after: int
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        added = self.added.to_dict(orient="records")
        return {**vars(self), "removal": self.removal.as_dict(), "added": added}


_absences: Kept[WhyNot] = Kept(size=256)
_ways_in: Kept[WaysIn] = Kept(size=256)


def why_not(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    item_id: str,
    *,
    repeats: Repeats | None = None,
    k: int = 10,
) -> WhyNot:
    """Where an item fell out on its way onto a person's list of the k best.

    Raises:
        NotFoundError: no such run, person or item, or the run has no model yet.
        SettingsError: k is below 1.
    """
    case = Case.of(ws, run_id, person, item_id, most=MOST_ACTIONS, repeats=repeats, k=k)
    return _absences.get(case.key, lambda: _why_not(case))


def ways_in(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    item_id: str,
    *,
    repeats: Repeats | None = None,
    k: int = 10,
) -> WaysIn:
    """The least that would bring an item onto the list: some past actions less, or one or two more.

    Raises:
        NotFoundError, SettingsError: as `why_not`.
        ExplanationError: the model has never met the item.
    """
    case = Case.of(ws, run_id, person, item_id, most=MOST_ACTIONS, repeats=repeats, k=k)
    return _ways_in.get(case.key, lambda: _tried(case))


def _why_not(case: Case) -> WhyNot:
    desk = case.desk
    found = absence(
        desk.model, case.profile, case.item, k=case.k, repeats=desk.repeats, catalogue_I=desk.catalogue_I
    )
    last, last_title = (
        ("", "") if found.last == NO_ITEM else (case.id(found.last), case.namer.title(found.last))
    )
    return WhyNot(
        item_id=case.id(case.item),
        title=case.namer.title(case.item),
        reason=found.reason,
        rank=found.rank,
        out_of=found.out_of,
        k=case.k,
        last=last,
        last_title=last_title,
        sentence=absence_sentence(found, case.words(), last=last_title),
    )


def _tried(case: Case) -> WaysIn:
    explanation = case.explanation("ahead", "first")
    standing = standing_of(case, explanation)
    less = counterfactual(standing, explanation.effects_P, kinds=ACTIONS, most=MOST_REMOVED, direction="in")
    more = by_addition(standing, case.profile, _near(case))
    chosen = np.array(more.found.chosen if more.found else (), np.int64)
    items = case.desk.dataset.items
    return WaysIn(
        removal=told(case, explanation, less),
        added=pd.DataFrame({"item_id": list(items.ids.take(chosen)), "title": items.labels(chosen)}),
        rank_after=more.found.rank if more.found else more.rank,
        sentence=entry_sentence(more, case.words(), _titles(case, more)),
    )


def _titles(case: Case, entry: Entry) -> dict[int, str]:
    codes = [code for move in (entry.found, entry.best) if move for code in move.chosen]
    return {code: case.namer.title(code) for code in codes}


def _near(case: Case) -> NDArray[np.int64]:
    """Items that may help this one: those near it by what the run learnt, and by who had both."""
    data = case.desk.dataset
    learnt = by_run(case.ws, case.desk.run.id, data, case.item, NEIGHBOURS)
    shared = by_shared_people(data, case.item, NEIGHBOURS).codes
    both = np.concatenate([learnt.codes, shared]) if learnt else shared
    return both[np.sort(np.unique(both, return_index=True)[1])]

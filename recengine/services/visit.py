"""A known person at a run's desk: all they did, and what their feedback changes of that at once.

A run's evaluation asks nobody here, so feedback never changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.core.words import count, plural
from recengine.services.desk import Desk, profile_of
from recengine.services.feedback import events
from recengine.services.profile_changes import profile_changes
from recengine.services.runs import get_run
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class Visit:
    """One person, and the desk as it lists for them.

    Attributes:
        desk: without what they want to see no more.
        note: what of this comes from feedback, for a reader; "" where nothing does.
    """

    desk: Desk
    profile: Profiles
    note: str = ""


def visit(ws: Workspace, desk: Desk, person: str) -> Visit:
    """Someone with all they did here, and all they said of lists.

    Raises:
        NotFoundError: no such person; names the nearest id.
    """
    profile, dataset = profile_of(desk.dataset, [person]), desk.dataset
    changes = profile_changes(ws, desk.run.spec.dataset, person)
    if not changes:
        return Visit(desk, profile)
    changed = changes.applied(profile, dataset)
    added = int((changed.times >= profile.now[0]).sum())
    left_out = len(profile.items) - (len(changed.items) - added)
    kept_off = np.flatnonzero(~changes.offer(dataset))
    note = _note(added, left_out, plural(len(kept_off), dataset.about.item), len(kept_off))
    return Visit(replace(desk, kept_off=tuple(kept_off.tolist())), changed, note)


Lists = Callable[[Desk, NDArray[np.int64], Profiles | None], pd.DataFrame]


def people_told_of(ws: Workspace, desk: Desk) -> NDArray[np.int64]:
    """Codes of people with feedback, ascending."""
    people = events(ws, dataset=desk.run.spec.dataset)["person"].unique()
    codes = desk.dataset.users.ids.get_indexer(pd.Index(people, dtype="str"))
    return np.sort(codes[codes >= 0]).astype(np.int64)


def everyone(
    ws: Workspace, desk: Desk, codes: NDArray[np.int64], told: NDArray[np.int64], lists: Lists
) -> pd.DataFrame:
    """These people's lists under each other, in their order, each as feedback has them.

    Args:
        told: people with feedback.
        lists: makes the lists of some people at a desk; of their profiles where these are changed.
    """
    ids, plain = desk.dataset.users.ids, codes[~np.isin(codes, told)]
    parts = [lists(desk, plain, None)] if len(plain) else []
    for code in np.intersect1d(codes, told):
        seen = visit(ws, desk, str(ids[code]))
        parts.append(lists(seen.desk, np.array([code]), seen.profile))
    table = pd.concat(parts, ignore_index=True)
    place = ids.get_indexer(pd.Index(table["person"], dtype="str"))
    return table.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def last_word(ws: Workspace, run_id: str, person: str) -> int:
    """The number of this person's latest feedback, 0 without any; it tells states of them apart."""
    dataset = get_run(ws, run_id).spec.dataset
    return int(max(events(ws, dataset=dataset, person=person, last=1).index, default=0))


def _note(added: int, left_out: int, kept_off: str, num_kept_off: int) -> str:
    """What comes from feedback, a sentence each."""
    come, are = ("comes" if added == 1 else "come"), ("is" if left_out == 1 else "are")
    keeps = "is" if num_kept_off == 1 else "are"
    said = {
        f"{count(added)} of these actions {come} from feedback.": added,
        f"{plural(left_out, 'action')} {are} left out, with what was disliked.": left_out,
        f"{kept_off} {keeps} kept off this list by feedback.": num_kept_off,
    }
    return " ".join(sentence for sentence, number in said.items() if number)

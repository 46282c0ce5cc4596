"""What feedback changes of a person at once: their profile, and what may be listed for them.

- A purchase, a like, and a rating of 4 or more are things the person did: each is appended to the
  profile, as an action of weight 1, in the order in which they happened.
- The last word on an item counts. Was it hide, the item is not listed for this person any more. Was it
  dislike, or a rating of 2 or less, it is not listed either, and all that the person ever did with it is
  left out of the profile, so that what is like it falls as far as the model goes by that.
- A click, and a rating in between, is kept as an event and changes nothing here.

A purchase that is among the events of the data by now, at or after the moment its list was shown, is
not appended again. The appended actions follow the last event of the data, a minute apart, whatever the
clock said: a model knows no years in which nothing was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.services.feedback import events
from recengine.services.workspace import Workspace

APART_S = 60.0  # between two appended actions; 1 where the data have an order instead of times
LIKED, DISLIKED = 4.0, 2.0  # ratings from and up to which they say so


@dataclass(frozen=True)
class Action:
    """Something that is to be appended: an item's id, and when its list was shown in seconds since 1970."""

    item: str
    kind: str
    shown_at: float


@dataclass(frozen=True)
class ProfileChanges:
    """What one person's feedback changes; ids throughout, so that it suits any version of the data.

    Attributes:
        actions: oldest first.
        excluded: items not to be listed: hidden or disliked.
        forgotten: items whose actions are left out of the profile: disliked.
    """

    actions: tuple[Action, ...] = ()
    excluded: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.actions or self.excluded)

    def applied(self, profile: Profiles, dataset: Dataset) -> Profiles:
        """The profile of this one person, changed; items that the data do not know are passed over.

        Its moment moves with the appended actions, so that it stays just after the last of them.
        """
        kept = profile.where(~np.isin(profile.items, _codes(dataset, self.forgotten)))
        new = [action for action in self.actions if not _is_known(action, kept, dataset)]
        codes = _codes(dataset, [action.item for action in new])
        if not len(codes):
            return kept
        apart = 1.0 if dataset.about.time_kind == "order" else APART_S
        times = profile.now[0] + apart * np.arange(len(codes))
        return replace(
            kept,
            offsets=np.array([0, len(kept.items) + len(codes)], np.int64),
            items=np.append(kept.items, codes).astype(np.int32),
            times=np.append(kept.times, times),
            weights=np.append(kept.weights, np.ones(len(codes))).astype(np.float32),
            now=np.array([times[-1] + apart]),
        )

    def offer(self, dataset: Dataset) -> NDArray[np.bool_]:
        """True for each item that may be listed for this person, shape (I,)."""
        offered_I = np.ones(dataset.num_items, bool)
        offered_I[_codes(dataset, self.excluded)] = False
        return offered_I


def profile_changes(ws: Workspace, dataset: str, person: str) -> ProfileChanges:
    """What this person's feedback on lists from a dataset's runs changes; nothing for a guest ("")."""
    return of_events(events(ws, dataset=dataset, person=person)) if person else ProfileChanges()


def of_events(frame: pd.DataFrame) -> ProfileChanges:
    """The changes that one person's events make; columns as `feedback.events` has them."""
    ordered = frame.sort_values("at", kind="stable")
    meaning = _meanings(ordered)
    last = dict(zip(ordered["item"][meaning != ""], meaning[meaning != ""], strict=True))
    forgotten = frozenset(item for item, word in last.items() if word == "disliked")
    done = ordered[(meaning == "did") & ~ordered["item"].isin(forgotten)]
    shown_at = done["shown_at"].astype("datetime64[ms, UTC]").astype("int64") / 1e3
    return ProfileChanges(
        actions=tuple(map(Action, done["item"], done["kind"], shown_at)),
        excluded=frozenset(item for item, word in last.items() if word != "did"),
        forgotten=forgotten,
    )


def _meanings(frame: pd.DataFrame) -> pd.Series:
    """What each event says: did, hidden, disliked or nothing ("")."""
    kind, value = frame["kind"], frame["value"]
    rated = kind == "rating"
    said = [
        kind.isin(["purchase", "like"]) | (rated & (value >= LIKED)),
        (kind == "dislike") | (rated & (value <= DISLIKED)),
        kind == "hide",
    ]
    return pd.Series(np.select(said, ["did", "disliked", "hidden"], ""), index=frame.index, dtype="str")


def _is_known(action: Action, profile: Profiles, dataset: Dataset) -> bool:
    """Whether the data hold this purchase already."""
    if action.kind != "purchase" or dataset.about.time_kind != "date":
        return False
    same = np.isin(profile.items, _codes(dataset, [action.item]))
    return bool((profile.times[same] >= action.shown_at).any())


def _codes(dataset: Dataset, ids: frozenset[str] | list[str]) -> NDArray[np.int32]:
    """Codes of those ids that the data know."""
    found = dataset.items.ids.get_indexer(pd.Index(list(ids), dtype="str"))
    return found[found >= 0].astype(np.int32)

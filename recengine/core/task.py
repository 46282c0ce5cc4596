"""An exam: people as they stood at a moment, and what they went on to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, TIME, USER
from recengine.core.dataset import Dataset, Interactions, digest
from recengine.core.profiles import Profiles
from recengine.core.ragged import Ragged

if TYPE_CHECKING:
    from recengine.core.split import SplitConfig

MOMENT = 1e-3  # seconds: "now" stands just after the last event a profile may show


@dataclass(frozen=True)
class Task:
    """One exam: people as they stood at a moment, and what they went on to choose.

    Attributes:
        people: int32 user codes, for reports only; no model sees them.
        profiles: the same people, history before the moment only.
        targets: one row a person, at least one item each, distinct, lowest code first.
        num_cold_people: people left out because they had no earlier event.
        num_cold_targets: targets left out because their item had no earlier event.
        pairs_digest: hash of the (person, item) pairs asked for; equal tests, equal hash.
    """

    people: NDArray[np.int32]
    profiles: Profiles
    targets: Ragged
    num_cold_people: int
    num_cold_targets: int
    pairs_digest: str

    def __len__(self) -> int:
        return len(self.people)


def known(dataset: Dataset, column: str, size: int) -> NDArray[np.bool_]:
    """Which people, or items, by code, have any event at all."""
    return np.bincount(dataset.interactions.column(column), minlength=size) > 0


def task_of(before: Dataset, after: Interactions, settings: SplitConfig) -> Task:
    """The exam on `after` for people and items known `before`; the cold ones are counted."""
    pairs = after.frame[[USER, ITEM]].drop_duplicates()
    users, items = pairs[USER].to_numpy(), pairs[ITEM].to_numpy()
    warm_person = known(before, USER, before.num_users)[users]
    warm_item = known(before, ITEM, before.num_items)[items]
    num_cold_people = len(np.unique(users[~warm_person]))
    users, items = users[warm_person & warm_item], items[warm_person & warm_item]
    order = np.lexsort((items, users))
    users, items = users[order], items[order]
    people, rows = np.unique(users, return_inverse=True)
    return Task(
        people=people.astype(np.int32),
        profiles=Profiles.of(before, people, _moments(before, after, people, settings)),
        targets=Ragged.of_rows(rows, items, len(people)),
        num_cold_people=num_cold_people,
        num_cold_targets=int((warm_person & ~warm_item).sum()),
        pairs_digest=digest(users.astype(np.int32).tobytes(), items.astype(np.int32).tobytes()),
    )


def _moments(
    before: Dataset, after: Interactions, people: NDArray[np.int32], settings: SplitConfig
) -> NDArray[np.float64]:
    """When each person is asked: at the cut in time, else just after their own last known event.

    (The time of the target itself would leak when it happens; see docs/decisions.)
    """
    if settings.kind == "temporal" and len(after):
        return np.full(len(people), after.column(TIME)[0])
    if settings.kind == "leave-last-out" and settings.asked == "then":
        then_U = np.zeros(before.num_users)
        then_U[after.column(USER)] = after.column(TIME)
        return then_U[people] + MOMENT
    last_U = np.zeros(before.num_users)
    np.maximum.at(last_U, before.interactions.column(USER), before.interactions.column(TIME))
    return last_U[people] + MOMENT

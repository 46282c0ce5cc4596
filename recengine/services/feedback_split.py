"""Feedback as events to learn from: what it changes of people's profiles, it changes of the training data.

Whatever somebody bought, liked or rated well is an event after all others, and what they disliked is left
out (`profile_changes`). The test stays as it is, and shows the model people as they were.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from recengine.core.columns import ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset, Interactions
from recengine.core.profiles import Profiles
from recengine.core.split import MOMENT, TRAIN, Split
from recengine.core.task import known
from recengine.services.feedback import events
from recengine.services.profile_changes import of_events
from recengine.services.workspace import Workspace


def feedback_up_to(ws: Workspace, dataset: str, number: int, *, after: int = 0) -> pd.DataFrame:
    """Feedback of known people on lists from a dataset's runs, as `feedback.events` has it.

    Args:
        number: of the last event; after: of the last one that is left out.
    """
    found = events(ws, dataset=dataset, after=after)
    return found[(found.index <= number) & (found["person"] != "")]


def with_feedback(split: Split, feedback: pd.DataFrame, why: str) -> Split:
    """The same exam after learning from feedback as well.

    Args:
        feedback: as `feedback_up_to` has it.
        why: goes into the fingerprint of what is learnt from.
    """
    kept, added = changed_events(split.before_test, feedback)
    frame = split.before_test.interactions.frame
    data = split.before_test.with_interactions(
        Interactions.sorted(pd.concat([frame[kept], added], ignore_index=True)), why
    )
    part_E = np.append(split.part_E[kept], np.full(len(added), TRAIN, split.part_E.dtype))
    train = data.with_interactions(data.interactions.where(part_E == TRAIN), "train")
    return replace(
        split,
        train=train,
        before_test=data,
        catalogue_I=known(data, ITEM, data.num_items),
        part_E=part_E,
        base=split.unedited,
    )


def changed_events(data: Dataset, feedback: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Which events are still learnt from, and which are new, oldest first; people unknown here have none."""
    frame = data.interactions.frame
    kept, now = np.ones(len(frame), bool), float(frame[TIME].iloc[-1]) + MOMENT
    users, items = frame[USER].to_numpy(), frame[ITEM].to_numpy()
    added = [frame.iloc[:0][[USER, ITEM, TIME, WEIGHT]]]
    for person, of_person in feedback.groupby("person"):
        code = data.users.ids.get_indexer(pd.Index([person], dtype="str"))[0]
        if code < 0:
            continue
        changes = of_events(of_person)
        disliked = data.items.ids.get_indexer(pd.Index(list(changes.forgotten), dtype="str"))
        kept &= ~((users == code) & np.isin(items, disliked[disliked >= 0]))
        changed = changes.applied(Profiles.of(data, np.array([code]), now), data)
        new = changed.times >= now
        columns = {
            USER: code,
            ITEM: changed.items[new],
            TIME: changed.times[new],
            WEIGHT: changed.weights[new],
        }
        added.append(pd.DataFrame(columns))
    return kept, pd.concat(added, ignore_index=True).sort_values(TIME, kind="stable", ignore_index=True)

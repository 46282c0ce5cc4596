"""What is known of a person and of items before anything is edited: what the page offers to change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recengine.core.edits.person_names import known_value
from recengine.core.profiles import Profiles
from recengine.services.datasets import categories
from recengine.services.desk import Desk
from recengine.services.reasons import TOGETHER
from recengine.services.what_if_person_sides import profile_in
from recengine.services.workspace import Workspace


def features_read(ws: Workspace, run_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The features of people and of items that a run's model goes by."""
    model = Desk.of(ws, run_id, None).model
    items = (name for column in model.item_columns for name in column.split(TOGETHER))
    return model.person_columns, tuple(items)


def known_of_person(ws: Workspace, run_id: str, person: str | Profiles) -> dict[str, str]:
    """What is known of a person, as edits write it; "unknown" where nothing is."""
    features = profile_in(Desk.of(ws, run_id, None), person).features.iloc[0]
    return {str(name): known_value(value) for name, value in features.items()}


def known_of_item(ws: Workspace, run_id: str, item_id: str) -> dict[str, str]:
    """What is known of an item, as edits write it; "unknown" where nothing is."""
    items = Desk.of(ws, run_id, None).dataset.items
    row = items.features.iloc[int(items.codes([item_id])[0])]
    return {str(name): known_value(value) for name, value in row.items()}


def past(ws: Workspace, run_id: str, person: str | Profiles) -> pd.DataFrame:
    """What a person had, latest first: item_id, title, category, times (how often), time (of the last)."""
    desk = Desk.of(ws, run_id, None)
    data, profile = desk.dataset, profile_in(desk, person)
    items, first, times = np.unique(profile.items[::-1], return_index=True, return_counts=True)
    order = np.argsort(first, kind="stable")
    items, category_I = items[order], categories(data)
    return pd.DataFrame(
        {
            "item_id": list(data.items.ids.take(items)),
            "title": data.items.labels(items),
            "category": [category_I[code] for code in items],
            "times": times[order],
            "time": profile.times[::-1][first[order]],
        }
    )

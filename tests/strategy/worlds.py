"""Small catalogues and pools for the tests of strategies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recengine.core.columns import DAY, Kind
from recengine.core.ragged import Ragged
from recengine.strategy import CatalogueFacts, Pool

NOW = 1_000 * DAY
KINDS: dict[str, Kind] = {
    "category": "categorical",
    "brand": "categorical",
    "tags": "multi",
    "price": "numeric",
}


def facts(
    category: Sequence[str | None],
    brand: Sequence[str | None] | None = None,
    tags: Sequence[str | None] | None = None,
    price: Sequence[float] | None = None,
    people: Sequence[int] | None = None,
    age_days: Sequence[float] | None = None,
) -> CatalogueFacts:
    """A catalogue of items "i0", "i1"... with these columns; 16 people."""
    size = len(category)
    columns = {"category": category, "brand": brand or [None] * size, "tags": tags or [None] * size}
    features = pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in columns.items()})
    features["price"] = np.ones(size) if price is None else np.array(price, float)
    return CatalogueFacts(
        ids=pd.Index([f"i{code}" for code in range(size)], dtype="str"),
        features=features,
        kinds=KINDS,
        people_I=np.array(people or [1] * size, np.int64),
        num_people=16,
        first_seen_I=NOW - np.array(age_days or [1.0] * size) * DAY,
        now=NOW,
    )


def pool(
    known: CatalogueFacts,
    scores: Sequence[Sequence[float]],
    history: Sequence[Sequence[int]] | None = None,
    like: Sequence[Sequence[float]] | None = None,
) -> Pool:
    """Lists that offer all items of the catalogue (or the first ones), with these scores."""
    score_LC = np.array(scores, float)
    items_LC = np.tile(np.arange(score_LC.shape[1], dtype=np.int32), (len(score_LC), 1))
    return Pool(
        known,
        items_LC,
        score_LC,
        like_LC=None if like is None else np.array(like, float),
        history=None if history is None else ragged(history),
    )


def ragged(rows: Sequence[Sequence[int]]) -> Ragged:
    """These rows."""
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Ragged(offsets, np.array([code for row in rows for code in row], np.int32))

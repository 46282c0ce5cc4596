"""Made-up data with a known answer: for tests, for a first look, for benchmarks of size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT, Kind
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.data.fingerprint import fingerprint

START = 1_704_067_200.0  # 2024-01-01, seconds
TASTES = ("sweet", "salty")


def two_tastes(
    num_users: int = 200,
    num_items: int = 60,
    events_per_user: int = 20,
    loyalty: float = 0.95,
    num_days: int = 100,
    seed: int = 0,
) -> Dataset:
    """People with an even code like items with an even code, the others the odd ones.

    Features tell the groups apart (`group` of people, `taste` and `tags` of items), some values
    are missing, times run over `num_days`, a few items are much liked. People do not have a
    thing twice as long as there are enough of them, so what is recommended is new.
    """
    rng = np.random.default_rng(seed)
    share_I = 1.0 / (1 + np.arange(num_items) // 2) ** 0.5
    group_U, taste_I = np.arange(num_users) % 2, np.arange(num_items) % 2
    like_UI = np.where(group_U[:, None] == taste_I, loyalty, 1 - loyalty) * share_I
    # The largest of log(p) + Gumbel noise: a draw without replacement for every person at once.
    noisy_UI = np.log(np.maximum(like_UI, 1e-12)) + rng.gumbel(size=like_UI.shape)
    count = min(events_per_user, num_items)
    items_UE = np.argsort(-noisy_UI, axis=1)[:, :count]
    items_UE = rng.permuted(items_UE, axis=1)
    events = pd.DataFrame(
        {
            USER: np.repeat(np.arange(num_users), count),
            ITEM: items_UE.ravel(),
            TIME: START + rng.integers(0, num_days * DAY, items_UE.size),
            WEIGHT: 1.0,
        }
    )
    users, items = _people(group_U, rng), _items(taste_I, share_I, rng)
    interactions = Interactions.sorted(events)
    about = About(source=f"synthetic: two tastes, seed {seed}", licence="none needed", weight_unit="events")
    return Dataset(
        "two tastes", interactions, users, items, fingerprint(interactions, users, items, about), about
    )


def _people(group_U: np.ndarray, rng: np.random.Generator) -> Entities:
    count = len(group_U)
    group = pd.Series(np.array(["north", "south"])[group_U], dtype="str")
    group[rng.random(count) < 0.1] = None
    age = np.where(group_U == 0, 30.0, 50.0) + rng.normal(0, 5, count)
    age[rng.random(count) < 0.1] = np.nan
    features = pd.DataFrame({"group": group, "age": age.round(1)})
    ids = pd.Index([f"u{code}" for code in range(count)], dtype="str")
    return Entities(ids, features, {"group": "categorical", "age": "numeric"})


def _items(taste_I: np.ndarray, share_I: np.ndarray, rng: np.random.Generator) -> Entities:
    count = len(taste_I)
    words = {0: "sugar honey cake", 1: "pepper cheese cracker"}
    tags = {0: "sugar|baked", 1: "cheese|spicy"}
    features = pd.DataFrame(
        {
            "title": pd.Series(
                [f"{TASTES[t].title()} {words[t]} number {i}" for i, t in enumerate(taste_I)], dtype="str"
            ),
            "taste": pd.Series([TASTES[t] for t in taste_I], dtype="str"),
            "tags": pd.Series([tags[t] for t in taste_I], dtype="str"),
            "price": (2 + 3 * taste_I + rng.random(count)).round(2),
        }
    )
    ids = pd.Index([f"i{code}" for code in range(count)], dtype="str")
    kinds: dict[str, Kind] = {"title": "text", "taste": "categorical", "tags": "multi", "price": "numeric"}
    return Entities(ids, features, kinds, title="title")


def big_log(path: Path, num_interactions: int, seed: int = 0, block: int = 1_000_000) -> Path:
    """Write a CSV of user_id, item_id, timestamp (unix s), quantity; for benchmarks of size.

    A million rows per block, so memory stays flat: one person per 50 events, one item per 200,
    popularity with a long tail, a year of time, rows in no order.
    """
    import pyarrow as pa
    import pyarrow.csv

    rng = np.random.default_rng(seed)
    num_users, num_items = max(1, num_interactions // 50), max(1, num_interactions // 200)
    schema = pa.schema(
        [
            ("user_id", pa.int64()),
            ("item_id", pa.int64()),
            ("timestamp", pa.int64()),
            ("quantity", pa.int64()),
        ]
    )
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        for start in range(0, num_interactions, block):
            size = min(block, num_interactions - start)
            columns = [
                (num_users * rng.random(size) ** 1.5).astype(np.int64),
                (num_items * rng.random(size) ** 3).astype(np.int64),
                (START + rng.integers(0, 365 * DAY, size)).astype(np.int64),
                rng.integers(1, 4, size),
            ]
            writer.write_batch(pa.record_batch([pa.array(c) for c in columns], schema=schema))
    return path

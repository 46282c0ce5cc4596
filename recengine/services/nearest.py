"""Which items are near one another: by what a model learnt, or by who had both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM
from recengine.core.dataset import Dataset
from recengine.core.ragged import take_rows
from recengine.services.cards import many
from recengine.services.kept import Kept
from recengine.services.runs import get_run, load_run_model
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class Nearest:
    """Items near one item, nearest first.

    Attributes:
        codes: item codes; similarities: 0 to 1, falling.
        by: how "near" was measured, in words.
    """

    codes: NDArray[np.int64]
    similarities: NDArray[np.float64]
    by: str


_vectors: Kept[NDArray[np.float32]] = Kept(size=2)


def by_run(ws: Workspace, run_id: str, data: Dataset, code: int, count: int) -> Nearest | None:
    """By the angle between the vectors a run learnt; None where it learnt none, or on other items."""
    model = load_run_model(ws, run_id)
    vectors_of: Any = getattr(model, "item_vectors", None)
    if vectors_of is None or model.num_items != data.num_items:
        return None
    unit_ID = _vectors.get((ws.root, run_id), lambda: _unit(vectors_of()))
    return _best(unit_ID @ unit_ID[code], code, count, f"what {get_run(ws, run_id).title} learnt")


def by_shared_people(data: Dataset, code: int, count: int) -> Nearest:
    """By the share of people who had both: n(both) / sqrt(n(one) n(other)), the cosine of who had what."""
    pair_items, people_I = _shared(data, code)
    both_I = np.bincount(pair_items, minlength=data.num_items)
    cosine_I = both_I / np.sqrt(np.maximum(1, people_I) * max(1, people_I[code]))
    return _best(cosine_I, code, count, f"the share of {many(data.about.person)} who had both")


def _shared(data: Dataset, code: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """All that the people who had this item had, each item once a person; and every item's people."""
    pairs = _pairs.get(data.fingerprint, lambda: _made(data))
    mine = pairs.person_of[pairs.by_item[pairs.item_starts[code] : pairs.item_starts[code + 1]]]
    _, entries = take_rows(pairs.person_starts, mine)
    return pairs.items[entries], np.diff(pairs.item_starts)


@dataclass(frozen=True)
class _Pairs:
    """The distinct (person, item) pairs, person by person, and where each item's lie."""

    items: NDArray[np.int32]
    person_of: NDArray[np.int64]
    person_starts: NDArray[np.int64]
    by_item: NDArray[np.int64]
    item_starts: NDArray[np.int64]


_pairs: Kept[_Pairs] = Kept(size=2)


def _made(data: Dataset) -> _Pairs:
    key = data.interactions.column("user").astype(np.int64) * data.num_items + data.interactions.column(ITEM)
    key = np.unique(key)
    people, items = np.divmod(key, data.num_items)
    return _Pairs(
        items=items.astype(np.int32),
        person_of=people,
        person_starts=_starts(people, data.num_users),
        by_item=np.argsort(items, kind="stable"),
        item_starts=_starts(items, data.num_items),
    )


def _starts(codes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=size))]).astype(np.int64)


def _unit(vectors_ID: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    length_I = np.linalg.norm(vectors_ID, axis=1, keepdims=True)
    return (vectors_ID / np.maximum(length_I, 1e-12)).astype(np.float32)


def _best(similarity_I: NDArray[np.floating[Any]], code: int, count: int, by: str) -> Nearest:
    similarity_I = similarity_I.astype(np.float64)
    similarity_I[code] = -np.inf
    order = np.argsort(-similarity_I, kind="stable")[:count]
    order = order[similarity_I[order] > 0]
    return Nearest(order, np.minimum(similarity_I[order], 1.0), by)

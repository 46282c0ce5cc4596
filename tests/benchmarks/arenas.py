"""The data that contests are held on, as a file for the contestants and a ruler for us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER
from recengine.core.dataset import Dataset
from recengine.core.ragged import Ragged
from recengine.core.split import SplitConfig
from tests.benchmarks import readers
from tests.benchmarks.contestants import write_events

DIMS = 64


@dataclass(frozen=True)
class Arena:
    """The data of a contest: a file for the contestants, and what the ruler needs of it."""

    path: Path
    targets: Ragged
    shape: tuple[int, int]
    lengths_U: NDArray[np.int64]
    title: str


def last_films(folder: Path) -> Arena:
    """MovieLens 1M, each person's last film asked for."""
    return _arena(folder, _films(), SplitConfig(kind="leave-last-out"))


def some_films(folder: Path) -> Arena:
    """MovieLens 1M, a tenth of the pairs asked for."""
    return _arena(folder, _films(), SplitConfig(kind="random"))


def films_with_vectors(folder: Path) -> Arena:
    """The same, with a vector for each person and film."""
    return _arena(folder, _films(), SplitConfig(kind="random"), vectors=True)


def check_ins_with_vectors(folder: Path) -> Arena:
    """Gowalla in LightGCN's split, with a vector for each person and place."""
    data = _check_ins()
    split = SplitConfig(kind="random" if data.given_test is None else "given")
    return _arena(folder, data, split, vectors=True)


def _films() -> Dataset:
    if readers.missing(("ml-1m/ratings_users_1_2999.csv",)):
        return readers.generated(2_999, 3_615, 487_650)
    return readers.movies()


def _check_ins() -> Dataset:
    if readers.missing(("gowalla-lightgcn/train.txt", "gowalla-lightgcn/test.txt")):
        return readers.generated(29_858, 40_981, 1_027_370)
    return readers.lightgcn("gowalla-lightgcn")


def _arena(folder: Path, data: Dataset, split: SplitConfig, *, vectors: bool = False) -> Arena:
    parts = split.build(data)
    events, test = parts.before_test.interactions, parts.test
    order = events.order_by_user
    people, items = events.column(USER)[order], events.column(ITEM)[order]
    asked = test.people[test.targets.rows], test.targets.values
    shape = (data.num_users, data.num_items)
    more = _vectors(people, items, shape) if vectors else {}
    return Arena(
        path=write_events(folder / "events.npz", (people, items), asked, shape, **more),
        targets=Ragged.of_rows(asked[0].astype(np.int64), asked[1], data.num_users),
        shape=shape,
        lengths_U=np.bincount(people, minlength=data.num_users),
        title=f"{data.name}, {len(people):,} events of {shape[0]:,} people with {shape[1]:,} items.",
    )


def _vectors(
    people: NDArray[np.int32], items: NDArray[np.int32], shape: tuple[int, int]
) -> dict[str, NDArray[np.float32]]:
    """A truncated SVD of who chose what: vectors as a real model has them, the same for everybody."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import svds

    matrix = csr_array((np.ones(len(people), np.float32), (people, items)), shape=shape)
    left_UD, value_D, right_DI = map(np.asarray, svds(matrix, k=DIMS, random_state=0))
    vectors = {"user_UD": left_UD * value_D, "item_ID": right_DI.T}
    return {name: np.ascontiguousarray(vector, np.float32) for name, vector in vectors.items()}

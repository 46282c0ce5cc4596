"""Dataset: events between people and items, and what is known of both. Checked once, here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import ITEM, TIME, USER, WEIGHT, Kind, Repeats, TimeKind
from recengine.core.errors import DataError, NotFoundError, did_you_mean
from recengine.core.ragged import row_offsets

COLUMNS = (USER, ITEM, TIME, WEIGHT)


@dataclass(frozen=True)
class Interactions:
    """User-item events, oldest first (file order for ties). Checked once, here; trusted elsewhere.

    Attributes:
        frame: USER and ITEM int32 codes, TIME float64 seconds, WEIGHT float32 > 0, and
            optionally EVENT (categorical); RangeIndex.
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise DataError(
                f"interactions lack column(s) {missing}; found {list(self.frame.columns)}. "
                f"Rename your columns to {list(COLUMNS)} or pick them on the Data page."
            )
        if not self.frame[TIME].is_monotonic_increasing:
            raise DataError("interactions are not in order of time; use Interactions.sorted(frame).")

    @classmethod
    def sorted(cls, frame: pd.DataFrame) -> Interactions:
        """From events in any order: dtypes set, stable sort by time."""
        types = {USER: "int32", ITEM: "int32", TIME: "float64", WEIGHT: "float32"}
        ordered = frame.astype(types).sort_values(TIME, kind="stable", ignore_index=True)
        return cls(ordered)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def order_by_user(self) -> NDArray[np.int64]:
        """Row numbers of the frame, person by person, oldest first inside each."""
        return np.argsort(self.column(USER), kind="stable")

    def offsets_by_user(self, num_users: int) -> NDArray[np.int64]:
        """Where each person's rows start in order_by_user; shape (num_users + 1,)."""
        return row_offsets(self.column(USER), num_users)

    def where(self, keep: NDArray[np.bool_]) -> Interactions:
        """A copy with only the events marked True; self is untouched."""
        return Interactions(self.frame[keep].reset_index(drop=True))

    def column(self, name: str) -> NDArray[Any]:
        """One column as an array."""
        return self.frame[name].to_numpy()


@dataclass(frozen=True)
class Entities:
    """Everyone (or everything) with an integer code, and what is known of them.

    Attributes:
        ids: the ids of the source as text; position = code.
        features: one row per code; missing values are NaN/None, never a magic word.
        kinds: how each feature is to be read; its keys are a subset of features' columns.
        title: the features column that names an entity for a reader, if there is one.
    """

    ids: pd.Index
    features: pd.DataFrame
    kinds: dict[str, Kind] = field(default_factory=dict)
    title: str | None = None

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.features):
            raise DataError(f"{len(self.ids):,} ids but {len(self.features):,} rows of features.")
        if not self.ids.is_unique:
            twice = self.ids[self.ids.duplicated()][0]
            raise DataError(f"id '{twice}' occurs twice; each id needs one row.")

    @classmethod
    def bare(cls, ids: Iterable[str]) -> Entities:
        """Entities of which only the ids are known."""
        index = pd.Index(list(ids), dtype="str")
        return cls(index, pd.DataFrame(index=pd.RangeIndex(len(index))))

    def __len__(self) -> int:
        return len(self.ids)

    def codes(self, ids: Iterable[str], what: str = "id") -> NDArray[np.int32]:
        """The code of each id.

        Raises:
            NotFoundError: naming the first unknown id and the nearest known one.
        """
        wanted = pd.Index([as_id(value) for value in ids], dtype="str")
        codes = self.ids.get_indexer(wanted)
        if (codes < 0).any():
            unknown = wanted[codes < 0][0]
            raise NotFoundError(
                f"no {what} '{unknown}' among {len(self):,}. {did_you_mean(unknown, self.ids)}"
            )
        return codes.astype(np.int32)

    def labels(self, codes: NDArray[np.integer[Any]]) -> list[str]:
        """What to call each of these in front of a reader: its title, else its id."""
        ids = self.ids.take(codes)
        if self.title is None:
            return list(ids)
        titles = self.features[self.title].iloc[codes]
        return [title if isinstance(title, str) else id_ for title, id_ in zip(titles, ids, strict=True)]


@dataclass(frozen=True)
class About:
    """Where a dataset comes from and how its numbers are to be read.

    Attributes:
        repeats: which question is asked by default: both, where people come back to what
            they had; new, where they do not.
        person, item: the domain's words, for sentences ("household", "product").
        domain: the preset chosen at import, a name in data's DOMAINS; "" where none was.
    """

    source: str = ""
    licence: str = ""
    time_kind: TimeKind = "date"
    repeats: Repeats = "new"
    weight_unit: str = ""
    person: str = "person"
    item: str = "item"
    domain: str = ""


@dataclass(frozen=True)
class DataSize:
    """How much there is to learn from, known without loading it.

    Attributes:
        repeats: whether people come back to what they had.
    """

    interactions: int
    people: int
    items: int
    repeats: bool


@dataclass(frozen=True)
class Dataset:
    """All a model may learn from. Codes in interactions index users and items.

    Attributes:
        fingerprint: 16 hex digits of the content; equal content, equal fingerprint.
        given_test: the held-out events, where the source came with a split of its own.
    """

    name: str
    interactions: Interactions
    users: Entities
    items: Entities
    fingerprint: str
    about: About = About()
    given_test: Interactions | None = None

    @property
    def num_users(self) -> int:
        return len(self.users)

    @property
    def num_items(self) -> int:
        return len(self.items)

    @property
    def size(self) -> DataSize:
        """How much there is to learn from."""
        return DataSize(len(self.interactions), self.num_users, self.num_items, self.about.repeats != "new")

    def with_interactions(self, interactions: Interactions, why: str) -> Dataset:
        """The same people and items with other events; `why` goes into the fingerprint."""
        return replace(
            self, interactions=interactions, fingerprint=digest(self.fingerprint, why), given_test=None
        )


def as_id(value: object) -> str:
    """One id as text: 17850.0 and "17850" are the same id, "007" stays "007"."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def digest(*parts: object) -> str:
    """16 hex digits of the parts' text or bytes."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part if isinstance(part, bytes) else str(part).encode())
        sha.update(b"\x1f")
    return sha.hexdigest()[:16]

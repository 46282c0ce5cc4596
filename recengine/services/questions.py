"""What exactly is asked in a test: which people, which of their targets, which pairs for P(like)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import Repeats
from recengine.core.config import Config
from recengine.core.dataset import digest
from recengine.core.profiles import Profiles
from recengine.core.ragged import Ragged
from recengine.core.split import Task

Codes = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Question:
    """A task narrowed to what is new to people, to what they had before, or neither.

    Attributes:
        places: positions in the task of the people with a target left, ascending; shape (U,).
        targets: theirs, one row a person, distinct, lowest code first.
        pairs_digest: hash of the (person, item) pairs asked for.
    """

    repeats: Repeats
    places: Places
    targets: Ragged
    pairs_digest: str


def ask(task: Task, repeats: Repeats) -> Question:
    """The part of the task that this question is about; people left with no target drop out."""
    rows, items = task.targets.rows, task.targets.values
    if repeats != "both":
        had = _contains(_distinct(task.profiles), rows, items)
        kept = had if repeats == "again" else ~had
        rows, items = rows[kept], items[kept]
    places, row_of = np.unique(rows, return_inverse=True)
    people = task.people[rows]
    return Question(
        repeats=repeats,
        places=places,
        targets=Ragged.of_rows(row_of, items, len(places)),
        pairs_digest=digest(people.astype(np.int32).tobytes(), items.astype(np.int32).tobytes()),
    )


class LikeConfig(Config):
    """How P(like) is put to the test as a yes-or-no question."""

    negatives_per_positive: int = Field(default=2, ge=1, le=100, description="Non-likes drawn for each like.")
    threshold: float = Field(
        default=0.5, gt=0, lt=1, description="From this probability on, the answer is yes."
    )
    seed: int = Field(default=0, ge=0, description="Which draw of non-likes.")


# The reference article does not state its ratio; accuracy .90, recall .80 and F1 .85 together
# imply 1.8 non-purchases for each purchase.
PURCHASE_CLASSIFICATION = LikeConfig(negatives_per_positive=2, threshold=0.5, seed=0)


@dataclass(frozen=True)
class Pairs:
    """Person-item pairs: all likes, and non-likes drawn evenly from what could have been liked.

    Attributes:
        rows: position of the person in the question, ascending; shape (N,).
        label_N: True for likes.
        weight_N: how many pairs each stands for; 1 for a like.
    """

    rows: Places
    items: Codes
    label_N: NDArray[np.bool_]
    weight_N: NDArray[np.float64]

    @property
    def sampling_rate(self) -> float:
        """Share of all non-likes that was drawn."""
        drawn = ~self.label_N
        total = self.weight_N[drawn].sum()
        return min(1.0, float(drawn.sum() / total)) if total else 1.0


def sample_pairs(
    question: Question, profiles: Profiles, catalogue_I: NDArray[np.bool_], settings: LikeConfig
) -> Pairs:
    """The targets, and for each of them non-targets of the same person, drawn with replacement.

    Args:
        profiles: of the question's people, in its order.
        catalogue_I: items that may be recommended.
    """
    targets = question.targets
    draws_U = targets.lengths * settings.negatives_per_positive
    options = _non_targets(question, profiles, catalogue_I)
    draws_U = np.where(options.counts > 0, draws_U, 0)
    rows = np.repeat(np.arange(len(targets)), draws_U)
    chance = np.random.default_rng(settings.seed).random(len(rows))
    items = options.pick(rows, (chance * options.counts[rows]).astype(np.int64))
    stands_for_U = np.divide(options.counts, draws_U, out=np.zeros(len(targets)), where=draws_U > 0)
    all_rows = np.concatenate([targets.rows, rows])
    order = np.argsort(all_rows, kind="stable")
    return Pairs(
        rows=all_rows[order],
        items=np.concatenate([targets.values, items])[order],
        label_N=(np.arange(len(all_rows)) < len(targets.values))[order],
        weight_N=np.concatenate([np.ones(len(targets.values)), stands_for_U[rows]])[order],
    )


@dataclass(frozen=True)
class _Listed:
    """Each person's options, written down."""

    options: Ragged

    @property
    def counts(self) -> Places:
        return self.options.lengths

    def pick(self, rows: Places, nth: Places) -> Codes:
        """The nth option (from 0) of each row."""
        return self.options.values[self.options.offsets[rows] + nth]


@dataclass(frozen=True)
class _AllBut:
    """Each person's options as what is left of the catalogue, without ever writing it down.

    Attributes:
        catalogue: item codes, ascending.
        left_out: one row a person: positions in the catalogue, ascending, distinct.
    """

    catalogue: Codes
    left_out: Ragged

    @property
    def counts(self) -> Places:
        return len(self.catalogue) - self.left_out.lengths

    def pick(self, rows: Places, nth: Places) -> Codes:
        """The nth option (from 0) of each row.

        Before the j-th left-out position p_j stand p_j - j options, so the nth option comes after
        every left-out position with p_j - j <= nth.
        """
        inside = np.arange(len(self.left_out.values)) - self.left_out.offsets[:-1][self.left_out.rows]
        stride = len(self.catalogue) + 1
        before = self.left_out.rows * stride + self.left_out.values - inside
        skipped = np.searchsorted(before, rows * stride + nth, side="right") - self.left_out.offsets[rows]
        return self.catalogue[nth + skipped]


def _non_targets(question: Question, profiles: Profiles, catalogue_I: NDArray[np.bool_]) -> _Listed | _AllBut:
    """What each person was offered and did not choose."""
    targets, seen = question.targets, _distinct(profiles)
    if question.repeats == "again":
        rows, items = seen.rows, seen.values
        left = catalogue_I[items] & ~_contains(targets, rows, items)
        return _Listed(Ragged.of_rows(rows[left], items[left], len(seen)))
    left_out = targets if question.repeats == "both" else _union(targets, seen)
    position_I = np.cumsum(catalogue_I) - 1
    inside = catalogue_I[left_out.values]
    rows, positions = left_out.rows[inside], position_I[left_out.values[inside]]
    return _AllBut(
        np.flatnonzero(catalogue_I).astype(np.int32), Ragged.of_rows(rows, positions, len(targets))
    )


def _distinct(profiles: Profiles) -> Ragged:
    """Each person's items once, lowest code first."""
    return _sorted_rows(profiles.rows, profiles.items, len(profiles))


def _union(first: Ragged, second: Ragged) -> Ragged:
    """Row by row the values of both, once, lowest first."""
    rows = np.concatenate([first.rows, second.rows])
    return _sorted_rows(rows, np.concatenate([first.values, second.values]), len(first))


def _sorted_rows(rows: Places, values: NDArray[Any], num_rows: int) -> Ragged:
    stride = int(values.max(initial=0)) + 1
    keys = np.sort(rows * stride + values)  # far faster here than the hashing of np.unique
    keys = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return Ragged.of_rows(keys // stride, (keys % stride).astype(np.int32), num_rows)


def _contains(table: Ragged, rows: Places, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value is in that row of the table (rows distinct, lowest first)."""
    stride = 1 + max(int(table.values.max(initial=0)), int(values.max(initial=0)))
    known, asked = table.rows * stride + table.values, rows * stride + values
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return known[at] == asked if len(known) else np.zeros(len(asked), bool)

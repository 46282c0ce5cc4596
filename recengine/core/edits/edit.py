"""What every edit promises: a text, a phrase for readers, and one `apply`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import WEIGHT
from recengine.core.dataset import About, Dataset


class Edit(ABC):
    """One change of the data that are learnt from, or of the model's settings. Frozen.

    Attributes:
        examples: how it is written, for help and error messages.
        encodes: True where it says how facts are read rather than which there are; it then holds for
            the histories of the exam too, whatever was chosen for them.
        of_time: True where it cuts a stretch of time; such edits are done first.
    """

    examples: ClassVar[tuple[str, ...]]
    encodes: ClassVar[bool] = False
    of_time: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def read(cls, clause: str) -> Self | None:
        """The edit that a clause stands for; None where it is of another kind.

        Raises:
            EditError: it is of this kind, but not complete.
        """

    @property
    @abstractmethod
    def text(self) -> str:
        """The edit in its own language, in the one way it is kept; reading it gives an equal edit."""

    @abstractmethod
    def sentence(self, about: About) -> str:
        """A phrase for a reader, such as "without households where age is 65+"."""

    def apply(self, data: Dataset) -> Dataset:
        """The data as they would have been; `data` itself is not touched. Codes keep their meaning.

        Raises:
            EditError: it names a column or value that is not there, or needs times that are not known.
        """
        return data

    def unknowns(self, data: Dataset) -> list[str]:
        """What its reader should know of values that are missing, a sentence each."""
        return []

    def named(self, data: Dataset) -> Edit:
        """The same with columns and values spelt as the data spell them.

        Raises:
            EditError: as `apply`.
        """
        return self


def keeping(data: Dataset, keep_E: NDArray[np.bool_], why: str) -> Dataset:
    """The data with these events only; the very same where all are kept."""
    return data if keep_E.all() else data.with_interactions(data.interactions.where(keep_E), f"edit {why}")


def reweighed(data: Dataset, weight_E: NDArray[np.float32], why: str) -> Dataset:
    """The same events with other weights."""
    frame = data.interactions.frame.assign(**{WEIGHT: weight_E})
    return data.with_interactions(replace(data.interactions, frame=frame), f"edit {why}")

"""What a comparison day by day has found so far, in files, so that a kill costs one day at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recengine.services.files import remove_folder, replacing, replacing_folder

if TYPE_CHECKING:
    from recengine.models.base import Recommender

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Days:
    """One file a day.

    Attributes:
        days: those that are to be gone through, in order, as days since 1970.
    """

    folder: Path
    days: tuple[int, ...]

    def missing(self) -> list[int]:
        """The days that are still to be gone through."""
        return [day for day in self.days if not self._path(day).exists()]

    def keep(self, day: int, arrays: Arrays) -> None:
        """What was found on a day."""
        with replacing(self._path(day)) as draft:
            np.savez(draft, allow_pickle=False, **arrays)
        if not self.missing():
            for folder in self._models():
                remove_folder(folder)

    def found(self) -> Iterator[Arrays]:
        """All days' arrays, in order."""
        for day in self.days:
            with np.load(self._path(day), allow_pickle=False) as arrays:
                yield dict(arrays)

    def keep_model(self, day: int, model: Recommender[Any], name: str) -> None:
        """The model as it stands on the morning of a day; older ones are of no use any more.

        Args:
            name: its place on the shelf.
        """
        older = self._models()
        with replacing_folder(self.folder / f"model-{day}") as draft:
            model.save(draft, name)
        for folder in older[:-1]:
            remove_folder(folder)

    def last_model(self) -> tuple[int, Recommender[Any]] | None:
        """The model of the last day that was gone through to its end, with that day; None without one."""
        from recengine.models import load_model

        missing = self.missing()
        done = [
            (int(folder.name.removeprefix("model-")), folder)
            for folder in self._models()
            if not missing or int(folder.name.removeprefix("model-")) < missing[0]
        ]
        return (done[-1][0], load_model(done[-1][1])) if done else None

    def _models(self) -> list[Path]:
        return sorted(self.folder.glob("model-*"), key=lambda one: int(one.name.removeprefix("model-")))

    def _path(self, day: int) -> Path:
        return self.folder / f"{day}.npz"


def kept_days(folder: Path, days: Sequence[int]) -> Days:
    """The days of one comparison, kept in a folder of its own."""
    return Days(folder, tuple(days))

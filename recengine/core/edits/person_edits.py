"""The edits there are of one person; `person` reads them from a text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.edits.person_names import (
    code_of,
    feature_value,
    feature_words,
    item_id,
    known_value,
    name_text,
    raw_value,
    title_of,
    value_words,
)
from recengine.core.edits.reading import value_text
from recengine.core.errors import EditError
from recengine.core.profiles import Profiles
from recengine.core.ragged import row_offsets
from recengine.core.split import MOMENT

MOST_ADDED = 100  # of one item


@dataclass(frozen=True)
class Someone:
    """One person as a model is asked about them, and what is otherwise of the items on offer.

    Attributes:
        offered: of item codes: feature -> value as text, "unknown" for none.
    """

    profile: Profiles
    offered: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def items(self, data: Dataset) -> pd.DataFrame:
        """All features of the items that are described otherwise; the index holds their codes."""
        shown = data.items.features
        rows = shown.iloc[list(self.offered)].astype(object)
        for code, changed in self.offered.items():
            for feature, value in changed.items():
                rows.loc[shown.index[code], feature] = raw_value(data.items, feature, value)
        rows.index = pd.Index(list(self.offered), dtype="int64")
        return rows


class PersonEdit(ABC):
    """One change of one person, or of an item as they meet it. Frozen."""

    order: ClassVar[int]  # what they had is settled before what is added, and both before features

    @property
    @abstractmethod
    def text(self) -> str:
        """The edit in its own language; reading it gives an equal edit."""

    @property
    @abstractmethod
    def subject(self) -> tuple[object, ...]:
        """What it is about; of two edits about the same, the later one counts."""

    @abstractmethod
    def spelt(self, data: Dataset) -> Self:
        """The same with ids, features and values as the data spell them.

        Raises:
            EditError: there is no such item, feature or value; names the nearest one.
        """

    @abstractmethod
    def changes(self, data: Dataset, profile: Profiles) -> bool:
        """Whether the person, or the item, is any other with it.

        Raises:
            EditError: it leaves out what the person never had.
        """

    @abstractmethod
    def back(self, data: Dataset, profile: Profiles) -> PersonEdit:
        """What takes it back, said after it."""

    @abstractmethod
    def apply(self, data: Dataset, someone: Someone) -> Someone:
        """The person as they would be; `someone` is not touched."""

    @abstractmethod
    def phrase(self, data: Dataset) -> str:
        """What it is about, as part of a sentence."""


@dataclass(frozen=True)
class Without(PersonEdit):
    """Past actions with an item left out.

    Attributes:
        last: so many of the latest only; None for all, 0 for none (which takes an earlier edit back).
    """

    item: str
    last: int | None = None
    order: ClassVar[int] = 0

    @property
    def text(self) -> str:
        if self.last == 0:
            return f"with {name_text(self.item)}"
        latest = "" if self.last is None else f"last {self.last} "
        return f"without {latest}{name_text(self.item)}"

    @property
    def subject(self) -> tuple[object, ...]:
        return self.order, self.item

    def spelt(self, data: Dataset) -> Self:
        return replace(self, item=item_id(data, self.item))

    def changes(self, data: Dataset, profile: Profiles) -> bool:
        if not len(self._events(data, profile)) and self.last != 0:
            raise EditError(
                f"this {data.about.person} never had {title_of(data, self.item)} ({self.item}), so there is "
                f"nothing to leave out. Write 'add {name_text(self.item)}' to give it to them."
            )
        return self.last != 0

    def back(self, data: Dataset, profile: Profiles) -> Without:
        return Without(self.item, 0)

    def apply(self, data: Dataset, someone: Someone) -> Someone:
        keep_E = np.ones(len(someone.profile.items), bool)
        keep_E[self._events(data, someone.profile)] = False
        return replace(someone, profile=someone.profile.where(keep_E))

    def phrase(self, data: Dataset) -> str:
        latest = "" if self.last is None else f"the last {self.last} of " if self.last > 1 else "the last "
        return latest + title_of(data, self.item)

    def _events(self, data: Dataset, profile: Profiles) -> NDArray[np.int64]:
        found = np.flatnonzero(profile.items == code_of(data, self.item))
        return found if self.last is None else found[len(found) - min(self.last, len(found)) :]


@dataclass(frozen=True)
class Added(PersonEdit):
    """An item had once more, or several times, just now, as strongly as the person usually has things."""

    item: str
    times: int = 1
    order: ClassVar[int] = 1

    @property
    def text(self) -> str:
        return f"add {name_text(self.item)}" + ("" if self.times == 1 else f" {self.times} times")

    @property
    def subject(self) -> tuple[object, ...]:
        return self.order, self.item

    def spelt(self, data: Dataset) -> Self:
        if self.times > MOST_ADDED:
            raise EditError(f"an item can be added up to {MOST_ADDED} times; found {self.times}.")
        return replace(self, item=item_id(data, self.item))

    def changes(self, data: Dataset, profile: Profiles) -> bool:
        return self.times > 0

    def back(self, data: Dataset, profile: Profiles) -> Added:
        return Added(self.item, 0)

    def apply(self, data: Dataset, someone: Someone) -> Someone:
        old = someone.profile
        latest = max(float(old.now[0]) - MOMENT, float(old.times.max(initial=-np.inf)))
        weight = float(np.median(old.weights)) if len(old.weights) else 1.0
        profile = Profiles(
            offsets=row_offsets(np.zeros(len(old.items) + self.times, np.int64), 1),
            items=np.append(old.items, np.full(self.times, code_of(data, self.item), np.int32)),
            times=np.append(old.times, np.full(self.times, latest)),
            weights=np.append(old.weights, np.full(self.times, weight, np.float32)),
            now=old.now,
            features=old.features,
        )
        return replace(someone, profile=profile)

    def phrase(self, data: Dataset) -> str:
        return title_of(data, self.item) + (f" ({self.times} times)" if self.times > 1 else "")


@dataclass(frozen=True)
class Known(PersonEdit):
    """A feature of the person with another value."""

    feature: str
    value: str
    order: ClassVar[int] = 2

    @property
    def text(self) -> str:
        return f"{name_text(self.feature)} = {value_text(self.value)}"

    @property
    def subject(self) -> tuple[object, ...]:
        return self.order, self.feature

    def spelt(self, data: Dataset) -> Self:
        feature, value = feature_value(data.users, data.about.person, self.feature, self.value)
        return replace(self, feature=feature, value=value)

    def changes(self, data: Dataset, profile: Profiles) -> bool:
        return self.value != self._now(profile)

    def back(self, data: Dataset, profile: Profiles) -> Known:
        return Known(self.feature, self._now(profile))

    def apply(self, data: Dataset, someone: Someone) -> Someone:
        raw = raw_value(data.users, self.feature, self.value)
        features = someone.profile.features.assign(**{self.feature: [raw]})
        return replace(someone, profile=replace(someone.profile, features=features))

    def phrase(self, data: Dataset) -> str:
        return f"their {feature_words(self.feature)} {value_words(self.value)}"

    def _now(self, profile: Profiles) -> str:
        return known_value(profile.features[self.feature][0] if self.feature in profile.features else None)


@dataclass(frozen=True)
class Offered(PersonEdit):
    """A feature of an item on offer with another value; in the past the item stays as it was."""

    item: str
    feature: str
    value: str
    order: ClassVar[int] = 3

    @property
    def text(self) -> str:
        return f"{name_text(self.feature)} of {name_text(self.item)} = {value_text(self.value)}"

    @property
    def subject(self) -> tuple[object, ...]:
        return self.order, self.item, self.feature

    def spelt(self, data: Dataset) -> Self:
        feature, value = feature_value(data.items, data.about.item, self.feature, self.value)
        return replace(self, item=item_id(data, self.item), feature=feature, value=value)

    def changes(self, data: Dataset, profile: Profiles) -> bool:
        return self.value != self._now(data)

    def back(self, data: Dataset, profile: Profiles) -> Offered:
        return replace(self, value=self._now(data))

    def apply(self, data: Dataset, someone: Someone) -> Someone:
        code = code_of(data, self.item)
        changed = {**someone.offered.get(code, {}), self.feature: self.value}
        return replace(someone, offered={**someone.offered, code: changed})

    def phrase(self, data: Dataset) -> str:
        return f"the {feature_words(self.feature)} of {title_of(data, self.item)} {value_words(self.value)}"

    def _now(self, data: Dataset) -> str:
        return known_value(data.items.features[self.feature].iloc[code_of(data, self.item)])

"""Edits that take a feature from the model's eyes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from recengine.core.dataset import About, Dataset, Entities, digest
from recengine.core.edits.edit import Edit
from recengine.core.edits.reading import bare, value_text
from recengine.core.errors import EditError, did_you_mean
from recengine.core.words import a

READ = re.compile(r"drop (?:the )?feature (?:of (?P<of>people|items) )?(?P<column>.+)", re.IGNORECASE)


@dataclass(frozen=True)
class DropFeature(Edit):
    """Do as if a feature were not there; readers still see it."""

    examples: ClassVar[tuple[str, ...]] = ("drop feature age", "drop feature of items price")
    of: Literal["people", "items"]
    column: str

    @classmethod
    def read(cls, clause: str) -> Self | None:
        if (match := READ.fullmatch(clause)) is None:
            return None
        of: Literal["people", "items"] = "items" if (match["of"] or "").lower() == "items" else "people"
        return cls(of, bare(match["column"]))

    @property
    def text(self) -> str:
        return f"drop feature {'of items ' if self.of == 'items' else ''}{value_text(self.column)}"

    def sentence(self, about: About) -> str:
        return f"blind to the {about.item if self.of == 'items' else about.person}'s {self.column}"

    def named(self, data: Dataset) -> Self:
        own, other = (data.users, data.items) if self.of == "people" else (data.items, data.users)
        alike = {name.casefold(): name for name in own.kinds}
        if self.column in own.kinds:
            return self
        if found := alike.get(self.column.casefold()):
            return replace(self, column=found)
        word = data.about.person if self.of == "people" else data.about.item
        if self.of == "people" and self.column in other.kinds:
            raise EditError(
                f"{a(word)} has no feature '{self.column}', but {a(data.about.item)} has one. Write drop "
                f"feature of items {value_text(self.column)}."
            )
        hint = did_you_mean(self.column, own.kinds) or "None is known here."
        raise EditError(f"{a(word)} has no feature '{self.column}' that a model reads. {hint}")

    def apply(self, data: Dataset) -> Dataset:
        meant = self.named(data)
        blind = replace(data, fingerprint=digest(data.fingerprint, f"edit {meant.text}"))
        if self.of == "people":
            return replace(blind, users=_without(data.users, meant.column))
        return replace(blind, items=_without(data.items, meant.column))


def _without(entities: Entities, column: str) -> Entities:
    kinds = {name: kind for name, kind in entities.kinds.items() if name != column}
    return replace(entities, kinds=kinds)

"""The edit that turns a setting of the model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from recengine.core.dataset import About
from recengine.core.edits.edit import Edit
from recengine.core.edits.reading import bare, value_text

READ = re.compile(r"set (?P<name>\w+) = (?P<value>.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Set(Edit):
    """Train with another value of a setting, or from another preset."""

    examples: ClassVar[tuple[str, ...]] = ("set epochs = 20", "set preset = quick")
    name: str
    value: str

    @classmethod
    def read(cls, clause: str) -> Self | None:
        match = READ.fullmatch(clause)
        return None if match is None else cls(match["name"].lower(), bare(match["value"]))

    @property
    def text(self) -> str:
        return f"set {self.name} = {value_text(self.value)}"

    def sentence(self, about: About) -> str:
        return f"with {self.name} = {self.value}"

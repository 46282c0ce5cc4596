"""Mapping: which column of a table is the person, the item, the time. Guessed, shown, corrected."""

from __future__ import annotations

import re

from pydantic import Field

from recengine.core.config import Config

RATING = re.compile(r"rating|score|stars|grade|(^|_)rate(d)?($|_)|note$", re.IGNORECASE)


class Mapping(Config):
    """Which columns hold what; fields never set are guessed, fields set to None stay empty."""

    user: str | None = Field(default=None, description="Column with the person's id.")
    item: str | None = Field(default=None, description="Column with the item's id.")
    time: str | None = Field(
        default=None,
        description="Column with the moment: ISO text, unix seconds or milliseconds, or plain day numbers.",
    )
    weight: str | None = Field(
        default=None, description="Column with a quantity or rating; how strongly an event counts."
    )
    event: str | None = Field(default=None, description="Column with the kind of event (view, purchase...).")
    event_weights: dict[str, float] = Field(
        default_factory=dict, description="How much each kind of event counts; 0 leaves it out."
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in use."""
        return tuple(name for name in (self.user, self.item, self.time, self.weight, self.event) if name)

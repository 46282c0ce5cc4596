"""What has been changed of a person, step by step, as the address has it; steps can be undone and redone.

edit=... in the order in which it was said, undone=... what the next "Redo" brings back last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from recengine.ui import navigation

DONE, UNDONE = "edit", "undone"


@dataclass(frozen=True)
class Log:
    """All that was said, in the language of edits; a later word about the same counts."""

    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()

    @classmethod
    def of_address(cls) -> Log:
        """What the address has."""
        return cls(tuple(navigation.asked_all(DONE)), tuple(navigation.asked_all(UNDONE)))

    def having(self, *texts: str) -> Log:
        """One step further; what was undone is forgotten."""
        return Log((*self.done, "; ".join(texts)))

    def undo(self) -> Log:
        """One step back."""
        return Log(self.done[:-1], (*self.undone, *self.done[-1:]))

    def redo(self) -> Log:
        """One undone step again."""
        return Log((*self.done, *self.undone[-1:]), self.undone[:-1])

    def reset(self) -> Log:
        """All steps back, each of which can be redone."""
        return Log((), (*self.undone, *reversed(self.done)))

    @property
    def changes(self) -> Mapping[str, list[str] | None]:
        """The log as parameters of an address; None where one is to go."""
        return {DONE: list(self.done) or None, UNDONE: list(self.undone) or None}

    @property
    def href(self) -> str:
        """The address of this page with this log."""
        return navigation.here(navigation.IF_PERSON, **self.changes)

    def write(self) -> None:
        """Put it into the address; for callbacks of widgets."""
        for name, value in self.changes.items():
            if value is None:
                st.query_params.pop(name, None)
            else:
                st.query_params[name] = value

"""The strategy in view: a saved one and what is changed of it, kept in the address until it is saved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from recengine.core.errors import NotFoundError, SettingsError
from recengine.services import strategies
from recengine.services.datasets import DatasetCard
from recengine.services.runs import Run
from recengine.services.strategies import Saved
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.ui import messages, navigation
from recengine.ui.page import Page

SAVED, DRAFT = "strategy", "draft"  # parameters of the address


@dataclass(frozen=True)
class Draft:
    """A strategy as it stands on the page.

    Attributes:
        saved: what it started from; None for the run's own lists.
    """

    strategy: Strategy
    saved: Saved | None = None

    @property
    def origin(self) -> Strategy:
        """The strategy before anything was changed."""
        return self.saved.strategy if self.saved else Strategy()

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return self.strategy != self.origin

    @property
    def spec(self) -> str:
        """All of it in one line, as the address and caches know it."""
        return spec_of(self.strategy)

    def write(self, **changed: Any) -> None:
        """Put a changed strategy into the address; one that is as saved needs no draft."""
        strategy = self.strategy.model_copy(update=changed)
        if strategy == self.origin:
            st.query_params.pop(DRAFT, None)
        else:
            st.query_params[DRAFT] = spec_of(strategy)

    def forget(self) -> None:
        """Take back all changes."""
        st.query_params.pop(DRAFT, None)


@dataclass(frozen=True)
class View:
    """What the page speaks of: a model's lists of `k`, and the strategy that is to make them."""

    ws: Workspace
    card: DatasetCard
    run: Run
    k: int
    draft: Draft
    page: Page

    @property
    def strategy(self) -> Strategy:
        return self.draft.strategy


def spec_of(strategy: Strategy) -> str:
    """A strategy in one line."""
    return json.dumps(strategy.model_dump(mode="json", exclude_defaults=True) | _kinds(strategy))


def _kinds(strategy: Strategy) -> dict[str, Any]:
    """The rules with their kinds, which are defaults of their classes."""
    return {"rules": [rule.model_dump(mode="json") for rule in strategy.rules]} if strategy.rules else {}


def of_address(ws: Workspace) -> Draft:
    """The strategy that the address names, with its changes; a word about what cannot be read."""
    saved = _saved(ws, navigation.asked(SAVED))
    if not (written := navigation.asked(DRAFT)):
        return Draft(saved.strategy if saved else Strategy(), saved)
    try:
        return Draft(Strategy.of(json.loads(written)), saved)
    except (ValueError, TypeError, SettingsError) as error:
        messages.state("warn", "The changes in the address cannot be read", f"{error} They are left out.")
        return Draft(saved.strategy if saved else Strategy(), saved)


def _saved(ws: Workspace, reference: str) -> Saved | None:
    if not reference:
        return None
    try:
        return strategies.get(ws, reference)
    except NotFoundError as error:
        messages.state("warn", "Not found", f"{str(error)[:1].upper()}{str(error)[1:]}")
        return None


def open_saved(reference: str) -> None:
    """Go to a saved strategy; "" for the run's own lists. Changes stay behind."""
    st.query_params.pop(DRAFT, None)
    if reference:
        st.query_params[SAVED] = reference
    else:
        st.query_params.pop(SAVED, None)

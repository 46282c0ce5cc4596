"""What pages keep of a strategy between reruns; a finished run never changes, and a spec says all of it."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from recengine.services import strategy_weights
from recengine.services.strategy_weights import Effective
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.ui.strategy_draft import View


def conflicts(view: View) -> list[str]:
    """What cannot be, in sentences."""
    return _conflicts(view.ws.root, view.run.id, view.draft.spec, view.k)


def effective(view: View) -> Effective:
    """What each part of the strategy really moves."""
    return _effective(view.ws.root, view.run.id, view.draft.spec, view.k)


def columns(view: View) -> dict[str, list[str]]:
    """What a strategy can name: column -> its values; none where it holds numbers."""
    return _columns(view.ws.root, view.run.id)


def categories(view: View) -> dict[str, list[str]]:
    """Only the columns that hold categories."""
    return {name: values for name, values in columns(view).items() if values}


def numbers(view: View) -> list[str]:
    """Only the columns that hold numbers."""
    return [name for name, values in columns(view).items() if not values]


@st.cache_data(max_entries=128, show_spinner=False)
def _conflicts(root: Path, run_id: str, spec: str, k: int) -> list[str]:
    return strategy_weights.conflicts_of(Workspace(root), run_id, Strategy.of(json.loads(spec)), k)


@st.cache_data(max_entries=128, show_spinner="Looking at what each part moves")
def _effective(root: Path, run_id: str, spec: str, k: int) -> Effective:
    return strategy_weights.effective_weights(Workspace(root), run_id, Strategy.of(json.loads(spec)), k)


@st.cache_data(max_entries=16, show_spinner=False)
def _columns(root: Path, run_id: str) -> dict[str, list[str]]:
    return strategy_weights.columns_of(Workspace(root), run_id)

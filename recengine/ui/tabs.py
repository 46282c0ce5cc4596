"""Tabs of which only the open one is worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st


def in_tabs(parts: Mapping[str, Callable[[], None]], *, key: str) -> None:
    """Draw the parts as tabs; a tab costs nothing until somebody opens it."""
    for tab, draw in zip(st.tabs(list(parts), key=key, on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                draw()

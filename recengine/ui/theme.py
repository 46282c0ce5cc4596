"""Colours and type: one accent, calm neutrals, a colour and an icon for every kind of item.

The style sheet follows Streamlit's own light or dark choice through CSS `light-dark()`, so switching the
theme needs no rerun. Charts, which need plain colours, ask for `palette()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Mode = Literal["light", "dark"]
STYLE_SHEET = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class Palette:
    """The colours of one mode, as #rrggbb.

    Attributes:
        series: for lines and bars that stand beside each other; apart from each other for the
            common kinds of colour blindness, in this order.
    """

    background: str
    surface: str
    subtle: str
    border: str
    text: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    series: tuple[str, ...]


LIGHT = Palette(
    background="#fcfcfd",
    surface="#ffffff",
    subtle="#f3f4f7",
    border="#e2e5ea",
    text="#171a21",
    muted="#5b6270",
    accent="#3452d1",
    good="#0b7a5b",
    warn="#9a5b00",
    bad="#b3261e",
    series=("#3452d1", "#d97706", "#0f8a6d", "#b4438f", "#5b8def", "#8a6d1f", "#6b7280", "#c2410c"),
)
DARK = Palette(
    background="#0f1115",
    surface="#161a20",
    subtle="#1b1f27",
    border="#2b303a",
    text="#eceef2",
    muted="#a2a9b5",
    accent="#8fa6ff",
    good="#4fd1a5",
    warn="#f0b35a",
    bad="#ff8a80",
    series=("#8fa6ff", "#f5a94b", "#3fc6a0", "#e58cc4", "#7fb2ff", "#d0b25c", "#a2a9b5", "#ff8f5c"),
)
PALETTES: dict[Mode, Palette] = {"light": LIGHT, "dark": DARK}

# A model keeps its colour on every page; what is not named here takes the next free one.
MODEL_SERIES = {"lstm": 0, "ease": 1, "habit": 2, "popularity": 6, "random": 6}


def mode() -> Mode:
    """Whether this reader looks at light or dark; light until the browser has said so."""
    import streamlit as st

    return "dark" if st.context.theme.type == "dark" else "light"


def palette() -> Palette:
    """The colours this reader sees now."""
    return PALETTES[mode()]


def model_colour(model: str, of: Palette | None = None) -> str:
    """The colour that stands for a model from the shelf wherever it is drawn."""
    series = (of or palette()).series
    if model in MODEL_SERIES:
        return series[MODEL_SERIES[model]]
    free = [place for place in range(len(series)) if place not in MODEL_SERIES.values()]
    return series[free[sum(model.encode()) % len(free)]]


def variables() -> str:
    """The palettes as CSS custom properties that follow the theme in force around them."""
    names = ("background", "surface", "subtle", "border", "text", "muted", "accent", "good", "warn", "bad")
    lines = [f"--re-{name}: light-dark({getattr(LIGHT, name)}, {getattr(DARK, name)});" for name in names]
    return ":root {" + " ".join(lines) + "}"


def css() -> str:
    """The whole style sheet, ready for one <style> element."""
    return f"{variables()}\n{STYLE_SHEET.read_text(encoding='utf-8')}"

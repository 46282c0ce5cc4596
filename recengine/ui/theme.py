"""Colours: one accent, calm neutrals, in a light and a dark set.

The style sheet follows Streamlit's own light or dark choice through CSS `light-dark()`, so switching the
theme needs no rerun and no page ever asks which one is on. .streamlit/config.toml repeats these colours for
Streamlit's widgets; a test compares the two.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

STYLE_SHEET = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class Palette:
    """The colours of one mode, as #rrggbb.

    Attributes:
        surface: of cards, on the background; subtle: of tracks and fields.
        text, muted, accent, good, warn, bad: at least 4.5:1 against background and surface.
        fill: the accent where white words stand on it.
    """

    background: str
    surface: str
    subtle: str
    border: str
    text: str
    muted: str
    accent: str
    fill: str
    good: str
    warn: str
    bad: str


LIGHT = Palette(
    background="#fcfcfd",
    surface="#ffffff",
    subtle="#f3f4f7",
    border="#e2e5ea",
    text="#171a21",
    muted="#5b6270",
    accent="#2563eb",
    fill="#2563eb",
    good="#0b7a5b",
    warn="#9a5b00",
    bad="#b3261e",
)
DARK = Palette(
    background="#0f1115",
    surface="#161a20",
    subtle="#1b1f27",
    border="#2b303a",
    text="#eceef2",
    muted="#a2a9b5",
    accent="#86aaff",
    fill="#3d6cee",
    good="#4fd1a5",
    warn="#f0b35a",
    bad="#ff8a80",
)


def variables() -> str:
    """The two palettes as CSS custom properties that follow the theme in force around them."""
    dark = asdict(DARK)
    pairs = (f"--re-{name}: light-dark({light}, {dark[name]});" for name, light in asdict(LIGHT).items())
    return f":root {{ {' '.join(pairs)} }}"


@cache
def css() -> str:
    """The whole style sheet, ready for one <style> element."""
    return f"{variables()}\n{STYLE_SHEET.read_text(encoding='utf-8')}"

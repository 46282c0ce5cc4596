from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from recengine.ui import theme
from recengine.ui.theme import DARK, LIGHT, Palette

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def config() -> dict[str, Any]:
    return tomllib.loads(CONFIG.read_text(encoding="utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_every_ground(colours: Palette) -> None:
    for name in ("text", "muted", "accent", "good", "warn", "bad"):
        for ground in (colours.background, colours.surface, colours.subtle):
            assert contrast(getattr(colours, name), ground) >= 4.5, name
    assert contrast("#ffffff", colours.fill) >= 4.5


@pytest.mark.parametrize(("mode", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_streamlits_own_widgets_have_the_same_colours(mode: str, colours: Palette) -> None:
    shown = config()["theme"][mode]
    assert shown["primaryColor"] == colours.fill
    assert shown["backgroundColor"] == colours.background
    assert shown["secondaryBackgroundColor"] == colours.subtle
    assert shown["textColor"] == colours.text
    assert shown["borderColor"] == colours.border
    assert shown["linkColor"] == colours.accent


def test_the_style_sheet_uses_only_properties_that_are_defined() -> None:
    sheet = theme.css()
    used = set(re.findall(r"var\((--[a-z-]+)", sheet))
    defined = set(re.findall(r"(--[a-z-]+):", sheet))
    assert used <= defined
    assert {f"--re-{name}" for name in asdict(LIGHT)} <= defined


def test_the_style_sheet_fetches_nothing() -> None:
    assert "url(" not in theme.css()
    assert "@import" not in theme.css()


def test_the_app_is_open_to_this_machine_only_and_tells_nobody() -> None:
    settings = config()
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["client"]["showSidebarNavigation"] is False

"""Tiles, rows, badges and doors: the pieces pages are made of, as HTML that a data string cannot break.

Every builder returns HTML in which all data strings are escaped; `draw` puts it on the page. Only addresses
are never clipped: half an address leads somewhere else.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from recengine.ui import format
from recengine.ui.looks import Look
from recengine.ui.messages import esc, isolated

Tone = Literal["good", "bad", "warn", "neutral", "accent"]
_ARROWS: dict[Tone, str] = {"good": "▲", "bad": "▼", "warn": "", "neutral": "", "accent": ""}


@dataclass(frozen=True)
class Badge:
    """A word about a row or a list, and what it means."""

    word: str
    meaning: str
    tone: Tone = "neutral"


# What services say of lists and rows, in the reader's words. Anything else is shown as it is.
BADGES = {
    "fallback": Badge(
        "fallback", "The model had nothing to go by here and fell back on what is popular.", "warn"
    ),
    "features": Badge(
        "by features", "There is nothing in the history to go by; what is known of the person counts.", "warn"
    ),
    "cold": Badge(
        "new to the model", "The model has not met this before; only what is known of it counts.", "warn"
    ),
    "short": Badge("shorter", "There are no more items to list for this question."),
    "not personal": Badge("same for everyone", "This model gives everyone the same list.", "warn"),
}


@dataclass(frozen=True)
class Tile:
    """One number against the better baseline.

    Attributes:
        against: what it is compared with, in words ("habit 0.416").
        change: the difference, short ("+6%"); its tone says whether that is an improvement.
        definition: what the number means, one click away.
        verdict: the difference in words, with its interval.
    """

    label: str
    value: str
    against: str = ""
    change: str = ""
    tone: Tone = "neutral"
    definition: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Row:
    """One item or person in a list.

    Attributes:
        href: where a click leads ("" for nowhere), from navigation.href.
        detail: the quiet second line.
        value: the number on the right; share (0 to 1) draws a bar under it.
        meaning: what value and bar stand for, shown on hover.
        action: what a click does, for screen readers, where it is not "open".
        why: where its reasons are told ("" for nowhere), a small link of its own beside the row.
        current: whether this row is what the page speaks of.
    """

    title: str
    look: Look
    href: str = ""
    detail: str = ""
    value: str = ""
    share: float | None = None
    meaning: str = ""
    badges: tuple[Badge, ...] = ()
    action: str = ""
    why: str = ""
    current: bool = False


@dataclass(frozen=True)
class Door:
    """A way on from here: where it leads and what one finds there."""

    icon: str
    title: str
    text: str
    href: str


def draw(*parts: str) -> None:
    """Put HTML made here on the page, as one element."""
    st.html("".join(parts))


def badges_of(words: str | Iterable[str]) -> tuple[Badge, ...]:
    """Badges from a service's words: a comma-separated text or several words."""
    parts = words.split(",") if isinstance(words, str) else words
    return tuple(BADGES.get(word.strip(), Badge(word.strip(), "")) for word in parts if word.strip())


def had(times: int) -> Badge:
    """The badge of an item that a person had before, with how often."""
    return Badge(f"↻ {times:,}×", f"{times:,} times in the history already")


def badge(shown: Badge) -> str:
    """One badge; its meaning appears on hover and is read to screen readers."""
    title = f' title="{esc(shown.meaning, 300)}"' if shown.meaning else ""
    return f'<span class="re-badge re-tone-{shown.tone}"{title}>{esc(shown.word, 40)}</span>'


def icon(look: Look, size: Literal["", "large"] = "") -> str:
    """The picture of an item; decoration, so screen readers skip it."""
    kind = "" if look.icon.isalnum() else " re-emoji"
    return f'<span class="re-icon re-hue-{look.hue}{kind} {size}" aria-hidden="true">{esc(look.icon)}</span>'


def tiles(shown: Sequence[Tile]) -> str:
    """Tiles side by side, as many as fit."""
    return f'<ul class="re-tiles">{"".join(map(_tile, shown))}</ul>'


def _tile(tile: Tile) -> str:
    definition = (
        f'<details class="re-def"><summary aria-label="What is {esc(tile.label)}?">?</summary>'
        f"<p>{esc(tile.definition, 600)}</p></details>"
        if tile.definition
        else ""
    )
    arrow = f'<span aria-hidden="true">{_ARROWS[tile.tone]}</span>' if _ARROWS[tile.tone] else ""
    change = (
        f'<span class="re-change re-tone-{tile.tone}">{arrow}{esc(tile.change)}</span>' if tile.change else ""
    )
    against = f"<span>vs {esc(tile.against)}</span>" if tile.against else ""
    verdict = f'<p class="re-verdict">{esc(tile.verdict, 300)}</p>' if tile.verdict else ""
    return (
        f'<li class="re-tile"><div class="re-tile-label"><span>{esc(tile.label)}</span>{definition}</div>'
        f'<div class="re-tile-value">{esc(tile.value)}</div>'
        f'<div class="re-tile-foot">{change}{against}</div>{verdict}</li>'
    )


def rows(shown: Sequence[Row], *, label: str, numbered: bool = False, grid: bool = False) -> str:
    """A list; `label` is its name for screen readers, `grid` sets the rows beside each other."""
    tag = "ol" if numbered else "ul"
    classes = "re-rows" + (" re-numbered" if numbered else "") + (" re-grid" if grid else "")
    return f'<{tag} class="{classes}" aria-label="{esc(label)}">{"".join(map(_row, shown))}</{tag}>'


def _row(row: Row) -> str:
    detail = f'<span class="re-row-detail">{isolated(row.detail, 200)}</span>' if row.detail else ""
    share = 0.0 if row.share is None else min(1.0, max(0.0, row.share))
    bar = (
        f'<span class="re-bar"><i style="width:{100 * share:.1f}%"></i></span>'
        if row.share is not None
        else ""
    )
    hint = f' title="{esc(row.meaning)}"' if row.meaning else ""
    value = f'<span class="re-row-value"{hint}>{esc(row.value)}{bar}</span>' if row.value or bar else ""
    inner = (
        f'{icon(row.look)}<span class="re-row-text"><span class="re-row-title">{isolated(row.title)}</span>'
        f'{detail}</span><span class="re-row-badges">{"".join(map(badge, row.badges))}</span>{value}'
    )
    if not row.href:
        return f'<li><div class="re-row">{inner}</div></li>'
    action = f' aria-label="{esc(row.action, 300)}"' if row.action else ""
    current = ' aria-current="true"' if row.current else ""
    link = f'<a class="re-row re-go" href="{html.escape(row.href)}"{action}{current}>{inner}</a>'
    return f"<li>{link}{_why(row)}</li>"


def _why(row: Row) -> str:
    """The small link beside a row that leads to its reasons."""
    if not row.why:
        return ""
    words = f'aria-label="Why {esc(row.title)}?" title="Why this one?"'
    return f'<a class="re-why re-go" data-top href="{html.escape(row.why)}" {words}>why?</a>'


def facts(known: Mapping[str, object], *, unknown: str = "Nothing else is known.") -> str:
    """What is known of someone or something, as a quiet table of names and values."""
    if not known:
        return f'<p class="re-small">{esc(unknown)}</p>'
    pairs = "".join(
        f"<div><dt>{isolated(words(name), 40)}</dt><dd>{isolated(value, 120)}</dd></div>"
        for name, value in known.items()
    )
    return f'<dl class="re-facts">{pairs}</dl>'


def words(name: str) -> str:
    """A column's name as a reader would write it: "household_size" -> "Household size"."""
    spaced = str(name).replace("_", " ").strip()
    return spaced[:1].upper() + spaced[1:]


def numbers(shown: Mapping[str, str]) -> str:
    """A few figures in one line: {"purchases": "512"}."""
    parts = "".join(f"<div><dd>{esc(value)}</dd><dt>{esc(name)}</dt></div>" for name, value in shown.items())
    return f'<dl class="re-numbers">{parts}</dl>'


def mix(shares: Sequence[tuple[str, Look, float]], *, label: str) -> str:
    """Shares of a whole as one bar with its legend; shares run from 0 to 1."""
    bar = "".join(
        f'<i class="re-hue-{look.hue}" style="flex-grow:{share:.4f}" title="{esc(name)}"></i>'
        for name, look, share in shares
    )
    legend = "".join(
        f'<li><span class="re-dot re-hue-{look.hue}" aria-hidden="true"></span>'
        f"<span>{isolated(name, 40)}</span><b>{_share(share)}</b></li>"
        for name, look, share in shares
    )
    return (
        f'<div class="re-mix" aria-hidden="true">{bar}</div>'
        f'<ul class="re-legend" aria-label="{esc(label)}">{legend}</ul>'
    )


def _share(share: float) -> str:
    return format.percent(share) if share >= 0.005 else "&lt;1%"


def doors(shown: Sequence[Door]) -> str:
    """Ways on, side by side."""
    parts = "".join(
        f'<a class="re-door re-go" data-top href="{html.escape(door.href)}">'
        f'<span class="re-door-icon re-emoji" aria-hidden="true">{door.icon}</span>'
        f"<strong>{esc(door.title)}</strong>"
        f"<span>{esc(door.text, 300)}</span></a>"
        for door in shown
    )
    return f'<nav class="re-doors" aria-label="Where to go from here">{parts}</nav>'


def heading(text: str, note: str = "", level: Literal[2, 3] = 2) -> str:
    """A section's heading with a quiet remark beside it."""
    remark = f'<span class="re-head-note">{isolated(note, 300)}</span>' if note else ""
    return f'<div class="re-head re-{level}"><h{level}>{isolated(text, 200)}</h{level}>{remark}</div>'


def panel(*parts: str) -> str:
    """A surface of its own around what belongs together."""
    return f'<section class="re-panel">{"".join(parts)}</section>'


def pair(before: str, after: str) -> str:
    """What was and what follows from it, with an arrow between; below each other on a phone."""
    return f'<div class="re-pair">{before}<span class="re-between" aria-hidden="true">→</span>{after}</div>'


def more(links: Mapping[str, str]) -> str:
    """Quiet links: words -> address, from navigation.href."""
    parts = "".join(
        f'<p class="re-more"><a class="re-go" data-top href="{html.escape(address)}">{esc(text)} →</a></p>'
        for text, address in links.items()
    )
    return f'<div class="re-actions">{parts}</div>'


def marks(shown: Iterable[Badge]) -> str:
    """Badges of a whole list, in a line; "" where there are none."""
    parts = "".join(map(badge, shown))
    return f'<p class="re-marks">{parts}</p>' if parts else ""

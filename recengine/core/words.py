"""Counts, places and lists in plain English, for every text a reader sees."""

from __future__ import annotations

from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"


def count(number: float) -> str:
    """1469307 -> "1,469,307"."""
    return f"{number:,.0f}".replace("-", MINUS)


def plural(number: float, word: str) -> str:
    """(1, "product") -> "1 product"; (2, "household") -> "2 households"; (3, "person") -> "3 people"."""
    return f"{count(number)} {word if number == 1 else many(word)}"


def a(word: str) -> str:
    """A domain's word with its article: "a household", "an item"."""
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"


def many(word: str) -> str:
    """The plural of a domain's word for a person or an item."""
    if word == "person":
        return "people"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def ordinal(place: int) -> str:
    """1 -> "1st", 12 -> "12th", 1023 -> "1,023rd"."""
    tens, ones = place // 10 % 10, place % 10
    ending = "th" if tens == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")
    return f"{count(place)}{ending}"


def listed(things: Sequence[str], last: str = "and") -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"

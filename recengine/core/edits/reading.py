"""How the edit language is cut into pieces: clauses, words, values in quotes, numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recengine.core.dataset import About
from recengine.core.errors import EditError
from recengine.core.words import many

TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"]|"")*"|'(?:[^']|'')*')|(?P<sign><=|>=|!=|<>|[=<>(),;])"""
    r"""|(?P<word>(?!!=)[^\s=<>(),;"'](?:(?!!=)[^\s=<>(),;])*))"""
)
PLAIN = re.compile(r"[\w.+\-%$&/]+")  # a value that needs no quotes
BEFORE_NOUN = re.compile(
    r"(?P<before>drop (?:the )?feature of |(?:drop|keep) (?:the )?\d[\d ,_]* (?:most|least) popular |"
    r"(?:drop|keep|weigh|cap) )(?P<noun>\w+)",
    re.IGNORECASE,
)
RESERVED = ("and", "or", "in", "not", "by", "where", "with")
QUOTE = '"'
LONGEST_TEXT, LONGEST_NUMBER = 4_000, 12  # characters, digits


@dataclass(frozen=True)
class Token:
    """A word, a sign, or what stood between quotes (which is never a word of the language)."""

    text: str
    quoted: bool = False

    def is_(self, *words: str) -> bool:
        """Whether it is one of these words of the language."""
        return not self.quoted and self.text.lower() in words


def tokens(text: str) -> list[Token]:
    """The words, signs and quoted values of a text.

    Raises:
        EditError: a quote is never closed, or the text is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise EditError(
            f"an edit of {len(text):,} characters is too long; at most {LONGEST_TEXT:,} are read."
        )
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise EditError(f"a quote is opened but never closed in: {text[at:].strip()[:60]}")
        if quoted := match["quoted"]:
            found.append(Token(quoted[1:-1].replace(quoted[0] * 2, quoted[0]), quoted=True))
        else:
            found.append(Token(match["sign"] or match["word"]))
        at = match.end()
    return found


def clauses(text: str) -> list[str]:
    """The edits of a text, joined by ";", with single spaces outside quotes; empty ones are left out."""
    parts: list[list[str]] = [[]]
    for token in tokens(text):
        if token.is_(";"):
            parts.append([])
        else:
            parts[-1].append(in_quotes(token.text) if token.quoted else token.text)
    return [" ".join(part) for part in parts if part]


def in_general(clause: str, about: About) -> str:
    """A clause with "people" and "items" where it has the data's own words for them."""
    match = BEFORE_NOUN.match(clause)
    if match is None:
        return clause
    noun = match["noun"].lower()
    general = {many(about.person).lower(): "people", many(about.item).lower(): "items"}.get(noun, noun)
    return f"{match['before']}{general}{clause[match.end() :]}"


def value_text(value: str) -> str:
    """A value or a column's name as it is written down: in quotes where it has to be."""
    if PLAIN.fullmatch(value) and value.lower() not in RESERVED:
        return value
    return in_quotes(value)


def in_quotes(value: str) -> str:
    """A value between double quotes; a quote inside stands twice."""
    return QUOTE + value.replace(QUOTE, QUOTE * 2) + QUOTE


def bare(text: str) -> str:
    """One name or value without its quotes; several words are joined by single spaces."""
    return " ".join(token.text for token in tokens(text))


def number_text(value: float) -> str:
    """20.0 -> "20", 0.25 -> "0.25"."""
    return f"{value:.12g}"


def whole_number(text: str) -> int:
    """1,000 -> 1000. The pattern that found it has seen to it that there are digits.

    Raises:
        EditError: there are too many of them.
    """
    digits = re.sub(r"[ ,_]", "", text)
    if len(digits) > LONGEST_NUMBER:
        raise EditError(f"{digits} is too large a number.")
    return int(digits)

"""How a text file is written: encoding, delimiter, quoting, header. Found out from its start."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from recengine.core.errors import DataError
from recengine.data.quotes import LONGEST, Cutter

Quoting = Literal["doubled", "escaped", "none"]
ESCAPES: dict[Quoting, str | None] = {"doubled": None, "escaped": "\\"}
QUOTINGS: tuple[Quoting, ...] = ("doubled", "escaped")
USUAL_DELIMITERS = ("\t", ",", ";", "|", "::")
OTHER_DELIMITERS = ("\x01", "^", "~", "¦", "#", "$", "!", "*", "&")
BLANKS = r"[ \t]+"  # any run of blanks between the cells
CONSISTENT = 0.9  # share of lines with the same number of cells, for a delimiter to be believed
MOSTLY, RAGGED = 0.7, 0.5  # the same where none is consistent; other rows are set aside and counted
SAMPLE_LINES = 500
MOST_ABOVE = 30  # lines above the names of the columns
TYPE_SUFFIX = re.compile(r":(token|float|token_seq|float_seq)$")  # RecBole's "user_id:token"
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*$")
DIGIT = re.compile(r"\d")
NAME = re.compile(
    r"user|item|product|movie|book|track|song|artist|customer|client|visitor|member|person|household|student|"
    r"session|time|date|rating|score|id$|name|title|price|quantity|qty|count|event|type|category|sku|stock",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Layout:
    """How the lines of a text file are to be cut into cells.

    Attributes:
        delimiter: one or more characters, or the pattern BLANKS.
        quoting: whether cells may stand in double quotes, and how a quote inside is written.
        skip: lines before the first row of data (titles, comments, the header).
        columns: cleaned names, distinct; "column_1"... without a header.
        above: the lines above the header that are no comments: titles, dates of export.
        lists: each line is a person's id followed by any number of items' ids.
    """

    delimiter: str
    quoting: Quoting
    header: bool
    skip: int
    columns: tuple[str, ...]
    above: tuple[str, ...] = ()
    lists: bool = False


def find_layout(text: str, header: bool | None = None) -> Layout:
    """The layout of a file that starts with this text (whole lines).

    Args:
        header: whether the first line holds names; found out if None.

    Raises:
        DataError: there are no lines, or nothing separates cells in them.
    """
    numbered = [(number, line) for number, line in enumerate(_lines(text)) if line.strip()]
    numbered = numbered[_comments([line for _, line in numbered]) :][:SAMPLE_LINES]
    if not numbered:
        raise DataError("it holds no lines. Choose a file with one event per line.")
    if max(len(line) for _, line in numbered) > LONGEST:
        raise DataError(f"a line of it is longer than {LONGEST:,} characters. Is it a table at all?")
    lines = [line for _, line in numbered]
    if header is not True and _are_lists(lines):
        return Layout(BLANKS, "none", False, numbered[0][0], ("user", "item"), lists=True)
    delimiter, quoting = _delimiter(lines)
    rows, starts = cells(lines, delimiter, quoting)
    width = Counter(map(len, rows[1:] or rows)).most_common(1)[0][0]
    num_above = 0 if header is False else lines_above(rows, width, header)
    above, rows = tuple(lines[: starts[num_above]]), rows[num_above:]
    if header is None:
        header = has_header(rows, width)
    names = names_of(rows[0], width) if header else [f"column_{place + 1}" for place in range(width)]
    first = num_above + header  # row of data
    end = starts[first] if first < len(starts) else len(numbered)  # of what stands above the data
    skip = numbered[end - 1][0] + 1 if end else numbered[0][0]
    return Layout(delimiter, quoting, header, skip, tuple(names), above)


def lines_above(rows: list[list[str]], width: int, header: bool | None = None) -> int:
    """How many rows stand above the one with the names; 0 unless there is such a row further down."""
    for place, row in enumerate(rows[:MOST_ABOVE]):
        filled = sum(bool(cell.strip()) for cell in row)
        named = len(row) == width and (filled == width or filled > max(2, width / 2))
        if named and (place == 0 or header or has_header(rows[place:], width)):
            return place
        if named:
            return 0
    return 0


def cells(lines: list[str], delimiter: str, quoting: Quoting) -> tuple[list[list[str]], list[int]]:
    """Lines cut into rows of cells, and the line at which each begins.

    Quotes mean nothing beside a delimiter of several characters.
    """
    if len(delimiter) > 1:
        cut = re.compile(delimiter if delimiter == BLANKS else re.escape(delimiter))
        rows = [cut.split(line.strip()) for line in lines]
    elif quoting == "none" or not any('"' in line for line in lines):
        rows = [line.split(delimiter) for line in lines]
    else:
        return Cutter(delimiter, ESCAPES[quoting]).rows(lines)[:2]
    return rows, list(range(len(rows)))


def clean_name(name: str) -> str:
    """A column's name without blanks, byte order mark, quotes and type suffix."""
    return TYPE_SUFFIX.sub("", name.strip().strip("\ufeff\"'").strip())


def _lines(text: str) -> list[str]:
    """Lines as the reader will see them: only line feeds and carriage returns end one."""
    if "\n" not in text:
        return text.split("\r")
    return [line.rstrip("\r").replace("\r", " ") for line in text.split("\n")]


def _comments(lines: list[str]) -> int:
    """How many lines at the top only speak about the data (KONECT's "% ...", Excel's "sep=;")."""
    count = 0
    while count < len(lines) and lines[count].lstrip().startswith(("%", "//", "# ", "sep=")):
        count += 1
    return count


def _are_lists(lines: list[str]) -> bool:
    """Lines of integers only, of many lengths: a person and all the items of that person."""
    rows = [line.split() for line in lines]
    lengths = {len(row) for row in rows}
    return len(lengths) > 2 and all(cell.isdigit() for row in rows for cell in row)


def _delimiter(lines: list[str]) -> tuple[str, Quoting]:
    """What separates cells, and how quotes protect it."""
    blanks = BLANKS if any("  " in line.strip() for line in lines) else " "
    no_comma = tuple(delimiter for delimiter in USUAL_DELIMITERS if delimiter != ",")
    tries: tuple[tuple[tuple[str, ...], float, int], ...] = (  # delimiters, least share, least cells
        (no_comma if _are_decimal(lines) else (), MOSTLY, 3),  # a ragged table, with one number a line
        (USUAL_DELIMITERS, CONSISTENT, 2),
        (USUAL_DELIMITERS, MOSTLY, 3),  # before signs that are in amounts and texts as well
        (OTHER_DELIMITERS, CONSISTENT, 2),
        (USUAL_DELIMITERS, RAGGED, 2),
        ((blanks,), CONSISTENT, 2),
        ((BLANKS,), CONSISTENT, 2),
        ((":",), CONSISTENT, 2),
    )
    for group, share, width in tries:
        if best := _best(lines, group, share, width):
            return best
    raise DataError(
        f"no delimiter cuts the lines into the same number of cells; the first line is {lines[0][:80]!r}. "
        "Save the file as CSV (comma, semicolon or tab between cells) with a person and an item per line."
    )


def _best(
    lines: list[str], delimiters: Iterable[str], least_share: float, least_width: int
) -> tuple[str, Quoting] | None:
    """The delimiter that cuts most cells out of (nearly) every line alike; earlier ones win ties."""
    best: tuple[str, Quoting] | None = None
    most = (least_width - 1, 1.0)
    for delimiter in delimiters:
        quoting = _quoting(lines, delimiter)
        width, share = _alike(cells(lines, delimiter, quoting)[0])
        if best and best[0] == "," and (width, share) == most and _are_decimal(lines):
            most = (width, 0.0)  # as many semicolons as commas, but the commas only stand in numbers
        if share >= least_share and (width, share) > most:
            best, most = (delimiter, quoting), (width, share)
    return best


def _are_decimal(lines: list[str]) -> bool:
    return all(re.search(r"(?<!\d),|,(?!\d)", line) is None for line in lines)


def _quoting(lines: list[str], delimiter: str) -> Quoting:
    """The way of quoting that the fewest lines disobey; where most do, quotes mean nothing."""
    if len(delimiter) > 1:
        return "none"
    quoted = [line for line in lines if '"' in line]
    if not quoted:
        return "doubled"
    disobey: dict[Quoting, int] = {q: Cutter(delimiter, ESCAPES[q]).rows(lines)[2] for q in QUOTINGS}
    best = min(disobey, key=lambda quoting: disobey[quoting])
    return best if disobey[best] <= len(quoted) / 2 else "none"


def _alike(rows: list[list[str]]) -> tuple[int, float]:
    """The usual number of cells in a row, and the share of rows that have it."""
    lengths = Counter(map(len, rows))
    width, count = lengths.most_common(1)[0]
    return width, count / lengths.total()


def has_header(rows: list[list[str]], width: int) -> bool:
    """The first line holds names: no number in it, and digits below a word, or names we know."""
    first, below = rows[0], [row for row in rows[1:] if len(row) == width]
    known = any(NAME.search(cell) and not DIGIT.search(cell) for cell in first)  # "user12" is an id
    if any(NUMBER.match(cell) for cell in first) or (len(set(first)) < len(first) and not known):
        return False
    if any(TYPE_SUFFIX.search(cell) for cell in first) or not below:
        return True
    for place in range(min(len(first), width)):
        filled = [row[place] for row in below if row[place].strip()]
        is_word = first[place].strip() and not DIGIT.search(first[place])
        if is_word and sum(bool(DIGIT.search(cell)) for cell in filled) > 0.9 * len(filled):
            return True
    return known and not any(first == row for row in below)


def names_of(first: list[str], width: int) -> list[str]:
    """Distinct names for `width` columns; a missing first one is the row names of R and pandas."""
    names = [clean_name(cell) for cell in first]
    if len(names) == width - 1:
        names = ["row", *names]
    names = [*names, *[""] * (width - len(names))][:width]
    seen: Counter[str] = Counter()
    distinct = []
    for place, name in enumerate(names):
        name = name or f"column_{place + 1}"
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return distinct

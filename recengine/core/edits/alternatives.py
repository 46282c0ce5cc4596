"""One text for several what-ifs: `drop people where age = {*}`, `set epochs = {5|10|20}`."""

from __future__ import annotations

import re
from itertools import product

from recengine.core.dataset import Dataset
from recengine.core.edits.combined import Edits
from recengine.core.edits.conditions import distinct
from recengine.core.edits.reading import bare, in_general, in_quotes
from recengine.core.edits.selection import What, table_of
from recengine.core.errors import EditError

MOST = 200  # what-ifs that one text may stand for
QUOTED = r"\"[^\"]*\"|'[^']*'"
PIECE = re.compile(
    rf"(?P<quoted>{QUOTED})|\{{(?P<inside>(?:{QUOTED}|[^{{}}\"'])*)\}}|(?P<text>[^{{}}\"']+|.)", re.S
)
OPTION = re.compile(rf"(?:{QUOTED}|[^|\"'])+")
COLUMN = re.compile(
    rf"\s*\w+ (?P<what>people|items|events) where (?:.* and )?(?P<column>{QUOTED}|[^\"'=<>!]+?) ?(?:=|!=)",
    re.IGNORECASE | re.DOTALL,
)
FEATURE = re.compile(r"\s*drop (?:the )?feature (?:of (?P<what>people|items))?", re.IGNORECASE | re.DOTALL)


def alternatives(text: str, data: Dataset) -> list[str]:
    """The texts of all what-ifs that a text stands for, in canonical form; edits are joined by "; ".

    {a|b} stands for a and for b in turn, {*} for each value of its column; several of them for every
    combination. Names and values are spelt as the data spell them.

    Raises:
        EditError: a text cannot be read, names what is not there, or stands for too many what-ifs.
    """
    before, options = "", []
    for piece in PIECE.finditer(text):
        inside = piece["inside"]
        if piece[0] in ("{", "}"):
            raise EditError(f"a brace stands alone in '{text[:80]}'. Alternatives are written {{a|b}}.")
        options.append([piece[0]] if inside is None else _options(inside.strip(), before, data))
        before += piece[0]
    count = 1
    for choices in options:
        count *= len(choices)
    if count > MOST:
        raise EditError(f"this stands for {count:,} what-ifs; at most {MOST} can be asked at once.")
    texts = ["".join(chosen) for chosen in product(*options)]
    return list(dict.fromkeys("; ".join(Edits.of([one], data.about).named(data).texts) for one in texts))


def _options(inside: str, before: str, data: Dataset) -> list[str]:
    """What a pair of braces stands for, given the text before it."""
    if inside == "*":
        return _each(before.rpartition(";")[2], data)
    found = [option.strip() for option in OPTION.findall(inside)]
    if len(found) < 2 or not all(found):
        raise EditError(
            f"{{{inside}}} offers no choice. Write {{a|b}}, or {{*}} for each value of a column in turn."
        )
    return found


def _each(before: str, data: Dataset) -> list[str]:
    """Each value of the column, or each feature, that stands just before {*}."""
    before = in_general(before.strip(), data.about)
    if match := FEATURE.fullmatch(before):
        entities = data.items if (match["what"] or "").lower() == "items" else data.users
        found = list(entities.kinds)
    elif match := COLUMN.fullmatch(before):
        what: What = match["what"].lower()  # type: ignore[assignment]  # one of the pattern's three
        table = table_of(data, what)
        column = table.named(bare(match["column"]))
        if table.kinds.get(column) == "numeric":
            raise EditError(f"'{column}' is a number; write {column} < {{5|10}} instead of {{*}}.")
        found = list(distinct(table.columns[column](), table.kinds.get(column)))
    else:
        raise EditError("{*} stands for each value of a column: write drop people where age = {*}.")
    if not found:
        raise EditError("{*} stands for nothing here: there is no value.")
    return [in_quotes(value) for value in found]

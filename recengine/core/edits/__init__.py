"""The edit language: what a what-if changes, in words that page, command line and report share.

To add an edit: write its class, then add its line to EDITS.
"""

from recengine.core.edits.alternatives import alternatives
from recengine.core.edits.choosing import Cap, Choose, Popular
from recengine.core.edits.combined import Edits
from recengine.core.edits.edit import Edit
from recengine.core.edits.features import DropFeature
from recengine.core.edits.periods import Days, LastMonth, Period
from recengine.core.edits.reading import clauses
from recengine.core.edits.settings import Set
from recengine.core.edits.weighing import Weigh, WeighPeople
from recengine.core.errors import EditError, did_you_mean

EDITS: dict[str, type[Edit]] = {
    "choose": Choose,
    "popular": Popular,
    "cap": Cap,
    "days": Days,
    "last month": LastMonth,
    "period": Period,
    "weigh people": WeighPeople,
    "weigh": Weigh,
    "feature": DropFeature,
    "set": Set,
}

__all__ = ["EDITS", "Edit", "EditError", "Edits", "alternatives", "parse"]


def parse(text: str) -> tuple[Edit, ...]:
    """The edits of a text; several are joined by ";".

    Raises:
        EditError: one cannot be read; says how it is written.
    """
    return tuple(_read(clause) for clause in clauses(text))


def _read(clause: str) -> Edit:
    for kind in EDITS.values():
        if (edit := kind.read(clause)) is not None:
            return edit
    raise EditError(_unreadable(clause))


def _unreadable(clause: str) -> str:
    """What is wrong with a text that is no edit."""
    examples = [example for kind in EDITS.values() for example in kind.examples]
    first = clause.split(" ")[0].lower()
    verbs = dict.fromkeys(example.split(" ")[0] for example in examples)
    if first not in verbs:
        return f"an edit begins with {', '.join(verbs)}; found '{clause[:60]}'. {did_you_mean(first, verbs)}"
    like = [example for example in examples if example.startswith(f"{first} ")]
    return f"'{clause[:80]}' cannot be read. Such edits are written: {'; '.join(like)}."

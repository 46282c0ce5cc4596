"""The edit language: what a what-if changes, in words that page, command line and report share.

To add an edit: write its class, then add its line to EDITS.
"""

from difflib import get_close_matches

from recengine.core.dataset import About
from recengine.core.edits.alternatives import alternatives
from recengine.core.edits.choosing import Cap, Choose, Popular
from recengine.core.edits.combined import Edits
from recengine.core.edits.edit import Edit
from recengine.core.edits.features import DropFeature
from recengine.core.edits.periods import Days, LastMonth, Period
from recengine.core.edits.reading import clauses, in_general
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

__all__ = ["EDITS", "DropFeature", "Edit", "EditError", "Edits", "alternatives", "parse"]


def parse(text: str, about: About | None = None) -> tuple[Edit, ...]:
    """The edits of a text; several are joined by ";".

    Args:
        about: the data's own words for people and items may then stand in their place.

    Raises:
        EditError: one cannot be read; says how it is written.
    """
    return tuple(_read(clause if about is None else in_general(clause, about)) for clause in clauses(text))


def _read(clause: str) -> Edit:
    for kind in EDITS.values():
        if (edit := kind.read(clause)) is not None:
            return edit
    raise EditError(_unreadable(clause))


def _unreadable(clause: str) -> str:
    """What is wrong with a text that is no edit."""
    like = {tuple(text.split(" ")[:2]): text for kind in EDITS.values() for text in kind.examples[::-1]}
    verb, object_ = [*clause.lower().split(" ")[:2], ""][:2]
    verbs, objects = dict.fromkeys(verb for verb, _ in like), [name for first, name in like if first == verb]
    if object_ == "=":
        return f"'{clause[:60]}' says not what to do. For a setting of the model write set {clause[:60]}."
    if verb not in verbs:
        return f"an edit begins with {', '.join(verbs)}; found '{clause[:60]}'. {did_you_mean(verb, verbs)}"
    if object_ not in objects and (near := get_close_matches(object_, objects, 1)):
        return f"'{verb} {object_}' cannot be read. Did you mean '{verb} {near[0]}'?"
    written = [text for (first, name), text in like.items() if first == verb and object_ in (name, "")]
    written = written or [text for (first, _), text in like.items() if first == verb]
    return f"'{clause[:80]}' cannot be read. Write, say, {' or '.join(written[:4])}."

"""In a sentence: what would move an item off a list or onto it, and why it is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recengine.core.words import count, listed, many, ordinal, plural
from recengine.explain.absent import Absence, Entry
from recengine.explain.counterfactual import Counterfactual
from recengine.explain.naming import Named, Words, joined

PAST = {"action", "group"}


def without(change: Counterfactual, words: Words, names: Mapping[int, Named] | None = None) -> str:
    """What the item's place would be without some reasons, or that none of the removals tried does it.

    Args:
        names: of bundles, by their code, where players go in bundles.
    """
    if not change.options:
        return "There is no past to take away." if _of_past(change) else "There is no feature to leave out."
    if change.found is None:
        return _none_does(change, words, "categories" if names else "")
    if not change.found.chosen:
        side = "on" if change.direction == "in" else "not on"
        return f"It is {side} the list of {change.k} as it is: {_place(change.rank)}."
    names = names or dict(enumerate(words.players))
    named = [names[code] for code in change.found.chosen]
    fewest = " No smaller set does it." if change.proven else " No smaller set was found."
    fewest = fewest if len(named) > 1 else ""
    off = " What is taken away is not offered in its place." if change.of_new and _of_past(change) else ""
    return f"{_absent(named, words)} it would {_goes(change.rank, change.found.rank)}.{fewest}{off}"


def kept_by(change: Counterfactual, words: Words, names: Mapping[int, Named] | None = None) -> str:
    """What alone matters most for the item's place."""
    names = names or dict(enumerate(words.players))
    if change.single is None:
        return ""
    if change.single.rank == change.rank:
        return f"Leaving out any single one of them changes nothing: it stays {ordinal(change.rank)}."
    (code,) = change.single.chosen
    verb = "keeps it up" if change.direction == "out" else "holds it back"
    return (
        f"What {verb} most is {joined([names[code]], words.item)}: without that alone it would "
        f"{_goes(change.rank, change.single.rank)}."
    )


def absence_sentence(absence: Absence, words: Words, *, last: str = "") -> str:
    """Where an item fell out on its way onto the list.

    Args:
        last: title of the item in the last place.
    """
    place = f"{ordinal(absence.rank)} of {count(absence.out_of)}"
    subject, person, items = f"“{words.subject}”", words.person, many(words.item)
    if absence.reason == "listed":
        return f"{subject} is on this {person}'s list: {_place(absence.rank)}."
    if absence.reason == "not in catalogue":
        return (
            f"{subject} was not there when the model was trained, and the model can't tell by its features "
            "where it belongs, so it is on no list. Train again on data that have it."
        )
    if absence.reason == "seen":
        return (
            f"{subject} is left out because this {person} had it before and the list is of what is new to "
            f"them; otherwise it would be {place}."
        )
    if absence.reason == "not had":
        return (
            f"{subject} is left out because this {person} never had it and the list is of what they had "
            f"before; among those {items} it would be {place}."
        )
    behind = f" The last on the list, “{last}”, scores {absence.gap:,.3g} more." if last else ""
    return f"{subject} is {place} {items} for this {person}; the list ends at {absence.k}.{behind}"


def entry_sentence(entry: Entry, words: Words, names: Mapping[int, str]) -> str:
    """What one or two more actions would do for the item's place.

    Args:
        names: titles of items by their code.
    """
    once_more = f"Had they had it itself just now, it would be in {_place(entry.itself.rank)}."
    move = entry.found or entry.best
    if move is None or move.rank >= entry.rank:
        return f"None of the {plural(entry.tried, 'addition')} tried lifts it. {once_more}"
    added = listed([f"“{names[code]}”" for code in move.chosen])
    goes = f"Had they just had {added} too, it would {_goes(entry.rank, move.rank)}"
    if entry.found is not None:
        return f"{goes}."
    return f"None of the {plural(entry.tried, 'addition')} tried brings it onto the list. {goes}. {once_more}"


def _none_does(change: Counterfactual, words: Words, bundles: str) -> str:
    to = "off the list" if change.direction == "out" else "onto the list"
    what = bundles or (many(words.item) if _of_past(change) else "features")
    if not bundles and _of_past(change) and any(named.kind == "group" for named in words.players):
        what = f"most telling {what}"
    sets = f"up to {change.most} of the {count(change.options)} {what}"
    sets = f"any of the {count(change.options)} {what}" if change.most == change.options else sets
    tried = "" if change.proven else f" ({count(change.tried)} were tried)"
    says = f"No removal of {sets} moves it {to} of {change.k}{tried}"
    if change.best is not None and _helps(change, change.best.rank):
        verb = "rises" if change.direction == "in" else "falls"
        says += f": the most it {verb} to is {_place(change.best.rank)}"
    if _of_past(change) and (change.direction == "out" or _helps(change, change.bare_rank)):
        says += f". With no past at all it would {_goes(change.rank, change.bare_rank)}"
    return f"{says}."


def _helps(change: Counterfactual, rank: int) -> bool:
    """Whether a place lies on the wanted side of where the item stands."""
    return rank < change.rank if change.direction == "in" else rank > change.rank


def _of_past(change: Counterfactual) -> bool:
    return bool(PAST.intersection(change.kinds))


def _absent(named: Sequence[Named], words: Words) -> str:
    """`Without “Milk” (3 times) in their past`; of features alone: `If their age (45-54) were unknown,`."""
    if any(each.kind in PAST for each in named):
        return f"Without {joined(named, words.item)}"
    return f"If {joined(named, words.item)} were unknown,"


def _goes(before: int, after: int) -> str:
    if before == after:
        return f"stay {ordinal(before)}"
    verb = "fall" if after > before else "rise"
    return f"{verb} from {ordinal(before)} to {ordinal(after)} place"


def _place(rank: int) -> str:
    return f"{ordinal(rank)} place"

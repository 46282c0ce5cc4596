"""The command `recengine explain`: why an item is offered, why it is not, and what would change that."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recengine.argument_parts import settings_of
from recengine.core.errors import SettingsError
from recengine.core.words import plural
from recengine.printing import print_json, print_rows, say
from recengine.sending import people_done, print_written, store_asked

if TYPE_CHECKING:
    from recengine.core.profiles import Profiles
    from recengine.services.explain import ItemExplanation
    from recengine.services.workspace import Workspace

RIVALS = "rivals"  # as a value of --against
SHOWN = 12  # reasons printed; --json has them all


def explain(options: argparse.Namespace, ws: Workspace) -> None:
    """One item's reasons, or why it is not on the list; or the reasons of everyone's lists."""
    if options.all:
        everyone(options, ws)
        return
    if options.item is None:
        raise SettingsError("say which item is to be explained: --item ID.")
    asked = {
        "run_id": options.run,
        "person": person_of(options, ws),
        "item_id": options.item,
        "repeats": options.repeats,
        "k": options.k,
    }
    if options.absent:
        _why_not(ws, asked, as_json=options.json)
    else:
        _why(ws, asked, options)


def everyone(options: argparse.Namespace, ws: Workspace) -> None:
    """The reasons of everyone's lists, or of a sample's, into a file or a database."""
    from recengine.services.explain_all import explain_all
    from recengine.services.write_back import write_explanations

    store = store_asked(options, "reasons")
    if options.against not in (None, RIVALS):
        raise SettingsError("--all explains whole lists; of --against it only knows 'rivals'.")
    asked: dict[str, Any] = {
        "people": options.sample,
        "question": "ahead" if options.against else "score",
        "precision": options.precision or "first",
        "repeats": options.repeats,
        "progress": people_done(),
    }
    if store is not None:
        written = write_explanations(ws, options.run, *store, options.k, **asked)
        print_written(written, as_json=options.json)
        return
    found = explain_all(ws, options.run, options.out, options.k, **asked)
    if options.json:
        print_json(asdict(found))
        return
    say(f"{found.rows:,} reasons of {plural(found.people, 'person')} written to {options.out}")
    if found.skipped:
        say(f"of {found.skipped:,} more the model knows nothing, so no reason is theirs")


def person_of(options: argparse.Namespace, ws: Workspace) -> str | Profiles:
    """Whom a command is about: somebody of the data, or a newcomer with the items and features named.

    Raises:
        NotFoundError: no such run or item.
        SettingsError: people of these data have no such feature, or the value is no number.
    """
    from recengine.services.recommend import guest
    from recengine.services.runs import get_run

    if options.person is not None:
        return str(options.person)
    items = [item.strip() for item in (options.items or "").split(",") if item.strip()]
    return guest(ws, get_run(ws, options.run).spec.dataset, items, dict(settings_of(options.feature)))


def _why(ws: Workspace, asked: dict[str, Any], options: argparse.Namespace) -> None:
    from recengine.explain.game import MOST_ACTIONS
    from recengine.services.changes import counterfactual
    from recengine.services.explain import explain, receipt

    rivals = options.against == RIVALS
    question: dict[str, Any] = {
        "question": "ahead" if rivals else "score",
        "against": None if rivals else options.against,
        "precision": options.precision or "fine",
    }
    told = explain(ws, **asked, **question, most=options.players or MOST_ACTIONS, expand=options.open)
    change = counterfactual(ws, **asked) if options.counterfactual else None
    checked = receipt(ws, **asked, **question) if options.receipt else None
    if options.json:
        changed = {"counterfactual": change.as_dict()} if change else {}
        receipt_rows = {"receipt": checked.frame().to_dict(orient="records")} if checked else {}
        print_json({**told.as_dict(), **changed, **receipt_rows})
        return
    for note in told.notes:
        say(note)
    print(told.sentences[options.detail])
    print_rows(_rows(told))
    if change:
        print("\n".join(filter(None, (change.sentence, change.keeps))))
    if checked:
        print(checked.sentence)


def _rows(told: ItemExplanation) -> list[list[str]]:
    """The largest reasons, between what is said of nobody and the score."""
    frame = told.frame()[told.frame()["effect"] != 0]
    rows = [["nothing known", "", told.number(told.base), ""]]
    for row in frame.head(SHOWN).itertuples(index=False):
        error = f"± {told.number(row.error)}" if row.error else ""
        rows.append([row.name, row.value, told.number(row.effect), error])
    if len(frame) > SHOWN:
        rest = float(frame["effect"].iloc[SHOWN:].sum())
        rows.append([plural(len(frame) - SHOWN, "smaller reason"), "", told.number(rest), ""])
    return [*rows, [f"everything known ({told.unit})", "", told.number(told.score), ""]]


def _why_not(ws: Workspace, asked: dict[str, Any], *, as_json: bool) -> None:
    from recengine.services.explain import explain
    from recengine.services.why_not import ways_in, why_not

    found = why_not(ws, **asked)
    if not found.outdone:
        print_json(found.as_dict()) if as_json else print(found.sentence)
        return
    over_it = explain(ws, **{**asked, "item_id": found.last}, against=found.item_id)
    ways = ways_in(ws, **asked)
    if as_json:
        print_json({**found.as_dict(), "contrast": over_it.as_dict(), "ways_in": ways.as_dict()})
        return
    print(found.sentence)
    print(over_it.sentences["executive"])
    print_rows(_rows(over_it))
    print(ways.removal.sentence)
    print(ways.sentence)

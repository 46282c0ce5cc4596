"""The command `recengine learn`: each of its verbs has a function."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recengine.argument_parts import settings_of
from recengine.off_policy import off_policy
from recengine.printing import Progress, print_json, print_rows, say, training_progress

if TYPE_CHECKING:
    from recengine.services.learning import Exam
    from recengine.services.workspace import Workspace


def learn(options: argparse.Namespace, ws: Workspace) -> None:
    """Do what was asked."""
    ACTS[options.act](options, ws)


def status(options: argparse.Namespace, ws: Workspace) -> None:
    """What waits, and what came of the last update."""
    from recengine.services.learning import exam, waiting
    from recengine.services.runs import get_run

    found = waiting(ws, options.run)
    sat = exam(ws, options.run) if get_run(ws, options.run).spec.update else None
    if options.json:
        print_json({"waiting": found.as_dict(), "exam": sat.as_dict() if sat else None})
        return
    print(found.sentence)
    if sat is not None:
        _print_exam(sat)


def update(options: argparse.Namespace, ws: Workspace) -> None:
    """One run more, and its exam."""
    from recengine.services.learning import adopt, ask_for_update, exam, update_now

    if options.background:
        queued = ask_for_update(ws, options.run, options.how)
        _answer(options, {"run": queued.id}, f"{queued.id} is queued; `recengine learn status {queued.id}`.")
        return
    run = update_now(ws, options.run, options.how, training_progress())
    sat = exam(ws, run.id)
    made = adopt(ws, run.id, options.adopt) if options.adopt else None
    if options.json:
        print_json({**sat.as_dict(), "champion": made is not None})
        return
    print(f"{run.id}, from {sat.base}")
    _print_exam(sat)
    if made is not None:
        print(f"{run.id} is the champion of {made.dataset} now.")


def drift(options: argparse.Namespace, ws: Workspace) -> None:
    """The finding in a sentence."""
    from recengine.services.drift import watch

    found = watch(ws, options.run)
    _answer(options, found.as_dict(), found.sentence)


def prequential(options: argparse.Namespace, ws: Workspace) -> None:
    """The finding, and a row for each way."""
    from recengine.services.prequential import Asked, prequential

    fields = ("dataset", "model", "days", "ways", "people", "seed", "repeats")
    asked = {name: getattr(options, name) for name in fields} | {"settings": settings_of(options.set)}
    told = Progress(lambda done, of, message: f"{done:,.0f} of {of:,.0f} days; {message}" if message else "")
    found = prequential(ws, Asked.of(asked), progress=told)
    if options.json:
        print_json(found.as_dict())
        return
    print(found.sentence)
    print_rows(
        [
            ["", "NDCG@10", "95 % interval", "hits", "regret", "seconds"],
            *map(_row, found.ways.itertuples(index=False)),
        ]
    )
    for note in found.notes:
        say(note)


def _row(row: Any) -> list[str]:
    interval = f"{row.ndcg_low:.4f} to {row.ndcg_high:.4f}"
    return [
        row.title,
        f"{row.ndcg:.4f}",
        interval,
        f"{row.hit:.3f}",
        f"{row.regret:,.1f}",
        f"{row.seconds:,.1f}",
    ]


def _print_exam(sat: Exam) -> None:
    print(sat.sentence)
    print("It may be used." if sat.usable else "It did worse than its base, which stays in use.")
    for note in sat.notes:
        say(note)


def _answer(options: argparse.Namespace, described: dict[str, Any], sentence: str) -> None:
    if options.json:
        print_json(described)
    else:
        print(sentence)


ACTS: dict[str, Callable[[argparse.Namespace, Workspace], None]] = {
    "status": status,
    "update": update,
    "drift": drift,
    "prequential": prequential,
    "off-policy": off_policy,
}

"""The commands `recengine strategy frontier` and `recengine strategy worth`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from recengine.core.errors import NotFoundError, SettingsError
from recengine.printing import Progress, print_json, print_rows, say

if TYPE_CHECKING:
    from recengine.services.frontier import Frontier
    from recengine.services.tasks import Task
    from recengine.services.workspace import Workspace
    from recengine.strategy import Strategy


def frontier(options: argparse.Namespace, ws: Workspace, asked: Strategy | str) -> None:
    """Sweep now or in the background, or show what a sweep in the background has found."""
    from recengine.services.frontier_measures import check_name
    from recengine.services.frontier_sweep import Axis
    from recengine.services.frontier_work import ask_frontier, measure_frontier

    for name in (options.gain[0], options.cost) if options.gain else ():
        check_name(name)
    if options.show:
        _show(options, ws)
        return
    sweep = [Axis(part, values) for part, values in options.sweep]
    given = {"sweep": sweep, "columns": options.column, "k": options.k, "people": options.people}
    if options.background:
        if options.lists:
            raise SettingsError("--lists writes its file here and now; leave out --background.")
        _print_task(ask_frontier(ws, options.run, asked, **given), as_json=options.json)
        return
    progress = Progress(lambda done, of, message: f"{done:.0f} of {of:.0f} settings; {message}")
    _print(measure_frontier(ws, options.run, asked, lists=options.lists, progress=progress, **given), options)


def _show(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.frontier_work import frontier_of, frontiers

    found = frontiers(ws, options.run)
    if not found:
        raise NotFoundError(f"no frontier of '{options.run}' was asked for with --background.")
    if found[0].status == "done":
        _print(frontier_of(found[0]), options)
    else:
        _print_task(found[0], as_json=options.json)


def _print_task(task: Task, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"task": task.id, "status": task.status, "progress": task.progress, "message": task.message}
        )
        return
    print_rows([[task.id, task.status, f"{task.progress:.0%}", task.message]])


def _print(found: Frontier, options: argparse.Namespace) -> None:
    """One row a setting; what was asked to be gained, and what all of it assumes."""
    offer = None
    if options.gain:
        offer = found.cheapest(*options.gain, cost=options.cost, surely=options.surely)
    if options.json:
        told = {"setting": offer.setting, "sentence": offer.sentence} if offer else None
        print_json({**found.as_dict(), "offer": told})
        return
    names = [measure.name for measure in found.measures]
    head = ["setting", *(measure.title for measure in found.measures), ""]
    rows = [
        [row["setting"], *(f"{row[name]:.4g}" for name in names), "dominated" if row["dominated"] else ""]
        for row in found.table.to_dict(orient="records")
    ]
    print_rows([head, *rows])
    if offer:
        print(offer.sentence)
    for note in found.notes:
        say(note)


def worth(options: argparse.Namespace, ws: Workspace) -> None:
    """What a strategy brings against today's."""
    from recengine.services.business import work_out

    columns = [options.column] if options.column else []
    found = work_out(
        ws, options.dataset, run=options.run, strategy=options.strategy, columns=columns, k=options.k
    )
    if options.json:
        print_json(found.as_dict())
        return
    print(found.sentence)
    print_rows(
        [one.unit, f"{one.today:,.0f}", f"{one.other:,.0f}", f"{one.difference:+,.0f}", one.verdict]
        for one in found.figures
    )
    for assumption in found.assumes:
        say(assumption)

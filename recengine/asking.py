"""The commands `recengine what-if` and `recengine champion`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from recengine.core.errors import JobError, SettingsError
from recengine.core.words import plural
from recengine.printing import Progress, print_json, print_rows, say

if TYPE_CHECKING:
    from recengine.services.what_if import Ask, CrewName, WhatIf, WhatIfSet
    from recengine.services.workspace import Workspace

SHOWN = 6  # metrics printed; --json has them all


def what_if(options: argparse.Namespace, ws: Workspace) -> None:
    """Ask what-ifs of a run, or look at those asked before."""
    for verb, done in (("show", _show), ("stop", _stop), ("delete", _delete), ("resume", _resume)):
        if (what_if_id := getattr(options, verb)) is not None:
            done(options, ws, what_if_id)
            return
    if options.all:
        _list(options, ws)
    elif options.run is None:
        raise SettingsError("say which run is asked about: recengine what-if RUN --edit '...'.")
    elif options.person is not None:
        _person(options, ws)
    elif options.preview:
        _preview(options, ws)
    else:
        _ask(options, ws)


def _ask(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.what_if import do, submit

    asks, cluster = _asks(options, ws), options.cluster or ""
    if options.background:
        found = submit(ws, asks, crew="cluster" if cluster else "pool", address=cluster, who=options.who)
        _print_set(found, as_json=options.json)
        return
    crew: CrewName = "cluster" if cluster else "inline"
    with _resumable():
        done = do(ws, asks, on_progress=_progress(), crew=crew, address=cluster, who=options.who)
    _print_all(_with_reasons(options, ws, done), as_json=options.json)


def _with_reasons(options: argparse.Namespace, ws: Workspace, found: Sequence[WhatIf]) -> list[WhatIf]:
    """With --reasons the verdicts say how those differ; worked out now where that has not been done."""
    from recengine.services.verdict import with_drift

    if not options.reasons:
        return list(found)
    progress, told = Progress(lambda done, of: f"reasons of {done:,} of {of:,} people"), []
    for one in found:
        verdict = one.verdict
        if verdict is not None and one.status == "done":
            try:
                verdict = with_drift(ws, verdict, progress=progress)
            except SettingsError as error:  # it treats everybody alike
                say(f"{one.id}: {error}")
        told.append(replace(one, verdict=verdict))
    return told


def _asks(options: argparse.Namespace, ws: Workspace) -> list[Ask]:
    """All what-ifs that --edit and --list stand for."""
    from recengine.services.what_if import Ask
    from recengine.services.what_if_edits import meant

    return [
        Ask(options.run, tuple(texts), options.seeds, options.histories)
        for text in _texts(options)
        for texts in meant(ws, options.run, text)
    ]


def _texts(options: argparse.Namespace) -> list[str]:
    """What --edit says, beside each line of --list."""
    lines = [""] if options.list is None else _lines(options.list)
    return ["; ".join(filter(None, (*options.edit, line))) for line in lines]


def _lines(path: Path) -> list[str]:
    """The lines of a file, but for empty ones and remarks behind "#".

    Raises:
        SettingsError: there is no such file, or nothing in it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise SettingsError(f"there is no file {path}.") from None
    found = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise SettingsError(f"{path} names no what-if; write one a line.")
    return found


def _progress() -> Progress:
    def words(found: WhatIfSet) -> str:
        from recengine.services.search import in_words

        left = f", about {in_words(found.eta_s)} left" if found.eta_s else ""
        return f"{found.progress:.0%}{left}: {found.message}"

    return Progress(words)


@contextmanager
def _resumable() -> Iterator[None]:
    """Whoever stops it, by Ctrl-C or on a page, is told how it goes on; what Ray prints is no result."""
    from recengine.services.recorder import Interrupted

    try:
        with redirect_stdout(sys.stderr):
            yield
    except Interrupted as ended:
        raise KeyboardInterrupt(
            f"{ended.run_id} is stopped; `recengine what-if --resume {ended.run_id}` goes on from where it "
            "stood."
        ) from None


def _show(options: argparse.Namespace, ws: Workspace, what_if_id: str) -> None:
    from recengine.services.what_if import what_if, what_if_set

    if found := what_if_set(ws, what_if_id).what_ifs:
        _print_all(_with_reasons(options, ws, found), as_json=options.json)
        return
    (one,) = _with_reasons(options, ws, [what_if(ws, what_if_id)])
    if options.json:
        print_json(one.as_dict())
    else:
        _print_one(one)


def _stop(options: argparse.Namespace, ws: Workspace, what_if_id: str) -> None:
    from recengine.services.what_if import stop

    stop(ws, what_if_id)
    _show(options, ws, what_if_id)


def _delete(options: argparse.Namespace, ws: Workspace, what_if_id: str) -> None:
    from recengine.services.what_if import delete

    delete(ws, what_if_id)
    _list(options, ws)


def _resume(options: argparse.Namespace, ws: Workspace, what_if_id: str) -> None:
    from recengine.services.what_if import resume, resume_here

    if options.background:
        _print_set(resume(ws, what_if_id), as_json=options.json)
        return
    with _resumable():
        done = resume_here(ws, what_if_id, on_progress=_progress())
    _print_all(_with_reasons(options, ws, done), as_json=options.json)


def _list(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.runs import get_run
    from recengine.services.what_if import what_ifs

    if options.run is not None:
        get_run(ws, options.run)
    found = what_ifs(ws, options.run)
    if options.json:
        print_json([one.as_dict() for one in found])
        return
    print_rows([[one.id, one.base, one.status, one.sentence, _finding(one)] for one in found])
    if not found:
        say("nothing was asked yet; `recengine what-if RUN --edit 'drop last 30 days'`")


def _print_set(found: WhatIfSet, *, as_json: bool) -> None:
    """What was handed over, and how to follow it."""
    if as_json:
        print_json([one.as_dict() for one in found.what_ifs])
        return
    print_rows([[one.id, one.sentence] for one in found.what_ifs])
    say(f"at work in the background; `recengine what-if --show {found.id}` tells how far it is")


def _print_all(found: Sequence[WhatIf], *, as_json: bool) -> None:
    """Each with its verdict; several as one table.

    Raises:
        JobError: some failed; says how many and why the first did.
    """
    if as_json:
        print_json([one.as_dict() for one in found])
    elif len(found) == 1:
        _print_one(found[0])
    else:
        print_rows([[one.id, one.status, one.sentence, _finding(one)] for one in found])
    if failed := [one for one in found if one.status == "failed"]:
        raise JobError(f"{len(failed)} of {len(found)} failed; {failed[0].id}: {failed[0].message}")


def _print_one(one: WhatIf) -> None:
    print(f"{one.id}: {one.sentence} ({one.base}, {plural(one.seeds, 'pair')} of trainings)")
    if one.status != "done":
        print(f"{one.status}: {one.message}")
    if one.verdict is None:
        return
    told = one.verdict
    print(told.sentence)
    print("\n".join(filter(None, (told.who, told.churn.sentence, *told.notes))))
    if told.drift is not None:
        print(told.drift.sentence)
    rows = told.metrics.head(SHOWN).itertuples(index=False)
    print_rows(
        [row.title, f"{row.base:.4f}", f"{row.edited:.4f}", f"{row.low:+.4f} to {row.high:+.4f}", row.verdict]
        for row in rows
    )


def _finding(one: WhatIf) -> str:
    return one.verdict.sentence if one.verdict else one.message


def _preview(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.what_if_preview import preview

    asked = {"seeds": options.seeds, "histories": options.histories}
    found = [preview(ws, ask.base, ask.edits, **asked) for ask in _asks(options, ws)]
    if options.json:
        print_json([one.as_dict() for one in found])
        return
    for one in found:
        print(one.sentence)
        print_rows([[row.part, f"{row.before:,}", f"{row.after:,}"] for row in one.rows.itertuples()])
        print(f"{plural(one.num_trainings, 'training')}, {one.seconds.in_words}")
        if one.detectable is not None:
            print(f"the smallest change of NDCG@10 that would be found: {one.detectable:.1%}")
        for note in one.notes:
            say(note)


def _person(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.what_if_person import what_if_person

    found = what_if_person(
        ws, options.run, options.person, options.edit, repeats=options.repeats, k=options.k
    )
    if options.json:
        print_json(found.as_dict())
    else:
        print(found.finding)
        print_rows(
            [f"{row.rank_after}", row.item_id, row.title, row.change, f"was {row.rank_before}"]
            for row in found.rows.itertuples()
        )
        for note in found.notes:
            say(note)


def champion(options: argparse.Namespace, ws: Workspace) -> None:
    """Make a run the champion, or say which ones are."""
    from recengine.services.champion import champion, history, make_champion
    from recengine.services.datasets import dataset_card, list_datasets
    from recengine.services.who import me

    if options.run is not None:
        found = [make_champion(ws, options.run, options.who or me(), options.why)]
    else:
        names = [card.name for card in list_datasets(ws)]
        if options.dataset:
            names = [dataset_card(ws, options.dataset).name]
        past = [history(ws, name) for name in names]
        now = [[one] for name in names if (one := champion(ws, name)) is not None]
        found = [one for ones in (past if options.history else now) for one in ones]
    if options.json:
        print_json([asdict(one) for one in found])
        return
    day = "%Y-%m-%d %H:%M"
    print_rows(
        [one.dataset, one.run_id, datetime.fromtimestamp(one.since).strftime(day), one.who, one.why]
        for one in found
    )
    if not found:
        say("no run was made the champion yet; `recengine champion RUN --why '...'`")

"""The command `recengine simulate`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.core.errors import SettingsError
from recengine.printing import Progress, print_json, print_rows, say

if TYPE_CHECKING:
    from recengine.services.simulation import Side
    from recengine.services.workspace import Workspace
    from recengine.strategy import Strategy


def simulate(options: argparse.Namespace, ws: Workspace) -> None:
    """The verdict in words and every measure's figures; or a log."""
    from recengine.services.simulation import simulate

    sides = _sides(options, ws)
    if options.log:
        _write_log(options, sides)
        return
    if options.events or options.new:
        raise SettingsError("--events and --new go with --log.")
    found = simulate(
        options.world,
        sides,
        days=options.days,
        people=options.people,
        replicates=options.replicates,
        k=options.k,
        seed=options.seed,
        progress=Progress(lambda done, of: f"{done:,.0f} of {of:,.0f} simulated days"),
    )
    if options.json:
        print_json(found.as_dict())
        return
    print(found.label)
    print(found.sentence)
    rows = found.compared().to_dict(orient="records")
    names = [["", found.names[0], found.names[1], "difference", "95 % interval", ""]]
    print_rows(names + [_row(row) for row in rows])


def _row(told: dict[str, Any]) -> list[str]:
    numbers = ("first", "second", "difference", "low", "high")
    first, second, difference, low, high = (f"{told[name]:.4g}" for name in numbers)
    return [told["title"], first, second, difference, f"{low} to {high}", told["verdict"]]


def _sides(options: argparse.Namespace, ws: Workspace) -> list[Side]:
    from recengine.services.simulation import Side

    models = list(options.models) * (1 if len(options.models) > 1 else len(options.strategies))
    if len(models) != len(options.strategies):
        raise SettingsError(
            f"--models names one model for all strategies or one each; found {len(models)} for "
            f"{len(options.strategies)}."
        )
    return [Side(_strategy(name, ws), model) for name, model in zip(options.strategies, models, strict=True)]


def _strategy(name: str, ws: Workspace) -> Strategy:
    """Of a file, the store, or the run alone."""
    from recengine.services.strategies import get
    from recengine.strategy import Strategy

    if name == Strategy().name:
        return Strategy()
    if not name.endswith(".toml"):
        return get(ws, name).strategy
    try:
        return Strategy.from_toml(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} cannot be read as text ({error}). Check the path.") from None


def _write_log(options: argparse.Namespace, sides: list[Side]) -> None:
    from recengine.services.export import check_ending, write_table
    from recengine.services.simulation import simulated_log

    paths = [path for path in (options.log, options.events, options.new) if path]
    for path in paths:
        check_ending(path, (".csv", ".parquet"))
    if options.new and len(sides) != 2:
        raise SettingsError("--new needs a second strategy, which would have shown other lists.")
    log = simulated_log(
        options.world,
        sides[0],
        days=options.days,
        people=options.people,
        k=options.k,
        seed=options.seed,
        progress=Progress(lambda done, of: f"{done:,} of {of:,} simulated days"),
    )
    names = {"list_id": "list", "earned": "reward"}
    write_table(log.places().rename(columns=names), options.log)
    if options.events:
        write_table(log.events(), options.events)
    if options.new:
        write_table(log.planned(sides[1].strategy).rename(columns=names), options.new)
    say(f"simulated, not real: written to {', '.join(map(str, paths))}")
    if options.json:
        print_json(
            {"simulated": True, "lists": int(log.places()["list_id"].nunique()), "files": [*map(str, paths)]}
        )

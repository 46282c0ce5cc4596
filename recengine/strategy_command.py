"""The command `recengine strategy`, and lists by a strategy for `recengine recommend`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.core.errors import SettingsError
from recengine.core.words import MINUS
from recengine.explaining import person_of
from recengine.printing import print_json, print_rows, say
from recengine.services.who import me

if TYPE_CHECKING:
    from recengine.services.strategic_list import StrategicList
    from recengine.services.strategies import Saved
    from recengine.services.workspace import Workspace
    from recengine.strategy import Strategy

DAY = "%Y-%m-%d %H:%M"


def strategy(options: argparse.Namespace, ws: Workspace) -> None:
    """One action on strategies."""
    ACTIONS[options.action](options, ws)


def recommend_by(options: argparse.Namespace, ws: Workspace) -> None:
    """A list by a strategy, for `recengine recommend --strategy`."""
    _print_list(_listed(options, ws, person_of(options, ws)), as_json=options.json)


def _listed(options: argparse.Namespace, ws: Workspace, person: Any) -> StrategicList:
    from recengine.services.strategic_list import strategic_list

    asked = {"repeats": getattr(options, "repeats", None), "seed": options.seed}
    return strategic_list(ws, options.run, person, _asked(options.strategy), options.k, **asked)


def _print_list(found: StrategicList, *, as_json: bool) -> None:
    if as_json:
        print_json(found.as_dict())
        return
    if found.note:
        say(found.note)
    columns = ["rank", "before", "item_id", "title", "because"]
    print_rows([list(map(str, row)) for row in found.rows[columns].to_numpy().tolist()])
    for row in found.dropped[["rank", "item_id", "title"]].to_numpy().tolist():
        print_rows([[MINUS, *map(str, row), "no longer listed"]])


def _preview(options: argparse.Namespace, ws: Workspace) -> None:
    _print_list(_listed(options, ws, options.person), as_json=options.json)


def _asked(text: str) -> Strategy | str:
    """A strategy as it was typed: a file's, or the name of a saved one."""
    if not text.endswith(".toml"):
        return text
    from recengine.strategy import Strategy

    try:
        return Strategy.from_toml(Path(text).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{text} cannot be read as text ({error}). Check the path.") from None


def _save(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategic import Maker
    from recengine.services.strategies import save

    wanted = _composed(options, ws)
    if options.run:
        Maker.of(ws, options.run, wanted)
    _print_saved(save(ws, wanted, options.who or me(), options.why), as_json=options.json)


def _composed(options: argparse.Namespace, ws: Workspace) -> Strategy:
    """The strategy that the options describe."""
    from recengine.services.strategic import strategy_of
    from recengine.strategy import Strategy

    base = strategy_of(ws, _asked(options.base))[0] if options.base else Strategy()
    said = base.model_dump() | {"name": options.name}
    said["weights"] = {name: w for name, w in (base.weights | dict(options.weight)).items() if w}
    for name, tables in (("boosts", options.boost), ("rules", options.rule)):
        said[name] = [*said[name], *map(_table, tables or ())]
    for name in ("repeats", "candidates"):
        if getattr(options, name) is not None:
            said[name] = getattr(options, name)
    said["diversify"] |= _told(
        method=options.variety, weight=options.variety_weight, column=options.variety_column
    )
    said["explore"] |= _told(method=options.explore, amount=options.explore_amount)
    return Strategy.of(said)


def _told(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _table(text: str) -> Any:
    """The values of `kind = "at most", column = "brand", count = 2`."""
    from recengine.strategy.toml import read

    return read(f"table = {{ {text} }}")["table"]


def _print_saved(saved: Saved, *, as_json: bool) -> None:
    if as_json:
        print_json(saved.as_dict())
        return
    say(f"saved as {saved.reference}")
    print(saved.strategy.to_toml(), end="")


def _list(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategies import strategies

    _print_versions(strategies(ws), as_json=options.json)


def _print_versions(found: list[Saved], *, as_json: bool) -> None:
    if as_json:
        print_json([saved.as_dict() for saved in found])
        return
    print_rows([saved.reference, _moment(saved.saved_at), saved.who, saved.why] for saved in found)
    if not found:
        say("no strategy was saved yet; `recengine strategy save NAME --weight novelty=0.3`")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime(DAY)


def _show(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategic import strategy_of
    from recengine.services.strategies import versions

    if options.history:
        _print_versions(versions(ws, options.strategy), as_json=options.json)
        return
    found, version = strategy_of(ws, _asked(options.strategy))
    if options.json:
        print_json({"name": found.name, "version": version, "strategy": found.model_dump(mode="json")})
        return
    print(found.to_toml(), end="")


def _diff(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategic import strategy_of
    from recengine.strategy.difference import difference

    said = difference(*(strategy_of(ws, _asked(one))[0] for one in (options.strategy, options.other)))
    if options.json:
        print_json(said)
        return
    print("\n".join(said) or "they make the same lists")


def _check(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategy_weights import conflicts_of

    said = conflicts_of(ws, options.run, _asked(options.strategy), options.k)
    if options.json:
        print_json({"run": options.run, "strategy": options.strategy, "conflicts": said})
    elif not said:
        print(f"all of it can be kept on lists of {options.k}")
    if said and not options.json:
        raise SettingsError(" ".join(said))


def _effective(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategy_weights import effective_weights

    found = effective_weights(ws, options.run, _asked(options.strategy), options.k, people=options.people)
    if options.json:
        print_json(found.as_dict())
        return
    print(found.sentence)
    head = ["part", "weight", "of the score", "places", "replaced", "lists changed"]
    rows = [
        [
            part,
            _number(weight, "g"),
            _number(spread, ".0%"),
            f"{places:.2f}",
            f"{replaced:.0%}",
            f"{changed:.0%}",
        ]
        for part, weight, spread, places, replaced, changed in found.table.to_numpy().tolist()
    ]
    print_rows([head, *rows])
    for number, rule in enumerate(found.order, start=1):
        say(f"rule {number}: {rule}")


def _number(value: float, form: str) -> str:
    return "" if value != value else format(value, form)  # NaN alone differs from itself


def _use(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services import strategy_use
    from recengine.services.datasets import list_datasets

    wanted = options.strategy or options.none
    if wanted and not options.dataset:
        raise SettingsError("say for which data: --dataset NAME.")
    if options.strategy and options.none:
        raise SettingsError("name a strategy, or say --none; not both.")
    if options.none:
        found = [strategy_use.stop_using(ws, options.dataset, options.who or me(), options.why)]
    elif wanted:
        found = [strategy_use.use(ws, options.dataset, options.strategy, options.who or me(), options.why)]
    else:
        names = [options.dataset] if options.dataset else [card.name for card in list_datasets(ws)]
        past = [one for name in names for one in strategy_use.history(ws, name)]
        now = [one for name in names if (one := strategy_use.in_use(ws, name))]
        found = past if options.history else now
    if options.json:
        print_json([asdict(one) for one in found])
        return
    print_rows(
        [one.dataset, one.reference or "the run's own lists", _moment(one.since), one.who, one.why]
        for one in found
    )
    if not found:
        say("no strategy is in use; lists are as the run makes them")


def _export(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategies import export_toml, get

    if options.out is None:
        saved = get(ws, options.strategy)
        print_json(saved.as_dict()) if options.json else print(saved.strategy.to_toml(), end="")
        return
    saved = export_toml(ws, options.strategy, options.out)
    say(f"{saved.reference} written to {options.out}")
    if options.json:
        print_json({**saved.as_dict(), "file": str(options.out)})


def _import(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.strategies import import_toml

    _print_saved(import_toml(ws, options.file, options.who or me(), options.why), as_json=options.json)


def _frontier(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.frontier_command import frontier

    frontier(options, ws, _asked(options.strategy))


def _worth(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.frontier_command import worth

    worth(options, ws)


ACTIONS: dict[str, Callable[[argparse.Namespace, Workspace], None]] = {
    "save": _save,
    "list": _list,
    "show": _show,
    "diff": _diff,
    "check": _check,
    "preview": _preview,
    "effective": _effective,
    "frontier": _frontier,
    "worth": _worth,
    "use": _use,
    "export": _export,
    "import": _import,
}

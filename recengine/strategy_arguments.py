"""What can be typed after `recengine strategy`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from recengine.argument_parts import Commands, add_json

NAMED = "a saved strategy (NAME@3: its version 3), or a file that ends in .toml"


def add_strategy(commands: Commands) -> None:
    """The command with its actions."""
    top = commands.add(
        "strategy",
        "Say what lists are made for: weights, rules and variety on top of a run.",
        'recengine strategy save margin --weight relevance=1 --weight "expected price=0.5"\n'
        "         recengine strategy preview ease-2 margin --person 718\n"
        "         recengine strategy frontier ease-2 margin --gain coverage=20%",
    )
    actions = Commands(top.add_subparsers(title="actions", metavar="ACTION", required=True))
    for name, (text, add) in ACTIONS.items():
        parser = actions.add(name, text)
        add(parser)
        add_json(parser)
        parser.set_defaults(verb="strategy", action=name)


def _save(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what it is called; a known name gets a new version")
    parser.add_argument(
        "--base", metavar="NAME", help=f"start from {NAMED} (default: lists as the run has them)"
    )
    parser.add_argument(
        "--weight",
        action="append",
        default=[],
        type=weight_of,
        metavar="TERM=WEIGHT",
        help="relevance, like, novelty, popularity, freshness, 'value COLUMN' or 'expected COLUMN'; 0 leaves "
        "it out",
    )
    parser.add_argument(
        "--boost",
        action="append",
        metavar="TABLE",
        help="""such as 'column = "brand", value = "Acme", weight = 0.5'""",
    )
    parser.add_argument(
        "--rule",
        action="append",
        metavar="TABLE",
        help="""such as 'kind = "at most", column = "brand", count = 2'""",
    )
    parser.add_argument("--variety", metavar="METHOD", help="none, mmr, dpp, calibrated or xquad")
    parser.add_argument("--variety-weight", type=float, metavar="W", help="from 0 to 1")
    parser.add_argument("--variety-column", metavar="COLUMN", help="by which column items are alike")
    parser.add_argument("--repeats", choices=["as the run", "allowed", "not"], help="what was had before")
    parser.add_argument(
        "--candidates", type=int, metavar="N", help="items looked at for a list (default 200)"
    )
    parser.add_argument("--explore", metavar="METHOD", help="none, epsilon, thompson or linucb")
    parser.add_argument("--explore-amount", type=float, metavar="X", help="how much is left to chance")
    parser.add_argument("--run", metavar="RUN", help="check it against this run's data before it is kept")
    _why(parser)


def _why(parser: ArgumentParser) -> None:
    parser.add_argument("--why", default="", help="the reason, for those who come after")
    parser.add_argument("--who", default="", help="who says so (default: your login)")


def _list(parser: ArgumentParser) -> None:
    """Nothing but --json."""


def _show(parser: ArgumentParser) -> None:
    parser.add_argument("strategy", metavar="NAME", help=NAMED)
    parser.add_argument("--history", action="store_true", help="all its versions, newest first")


def _diff(parser: ArgumentParser) -> None:
    parser.add_argument("strategy", metavar="OLD", help=NAMED)
    parser.add_argument("other", metavar="NEW", help=NAMED)


def _about_a_run(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, such as lstm-4")
    parser.add_argument("strategy", metavar="NAME", help=NAMED)
    parser.add_argument("-k", type=int, default=10, help="length of the lists (default 10)")


def _preview(parser: ArgumentParser) -> None:
    _about_a_run(parser)
    parser.add_argument("--person", required=True, metavar="ID", help="somebody in the data")
    parser.add_argument("--seed", type=int, default=0, help="of what is left to chance (default 0)")


def _effective(parser: ArgumentParser) -> None:
    _about_a_run(parser)
    parser.add_argument("--people", type=int, default=200, metavar="N", help="how many to ask (default 200)")


def _frontier(parser: ArgumentParser) -> None:
    _about_a_run(parser)
    parser.add_argument(
        "--sweep",
        action="append",
        default=[],
        type=axis_of,
        metavar="PART=W,W",
        help="the weights to be tried for a term, for 'boosts' or for 'variety' (default: from none to four "
        "times those the strategy has)",
    )
    parser.add_argument(
        "--column", action="append", default=[], help="also measure what lists bring of a numeric column"
    )
    parser.add_argument(
        "--gain",
        type=gain_of,
        metavar="MEASURE=20%",
        help="name the cheapest setting that gains so much of a measure",
    )
    parser.add_argument(
        "--cost", default="ndcg", metavar="MEASURE", help="what is to be kept (default: ndcg)"
    )
    parser.add_argument(
        "--surely", action="store_true", help="the whole interval of the gain must be above what is asked for"
    )
    parser.add_argument(
        "--people", type=int, default=2000, metavar="N", help="at most so many (default 2000)"
    )
    parser.add_argument("--lists", type=Path, metavar="FILE", help="also write every list that was measured")
    parser.add_argument("--background", action="store_true", help="do not wait; --show tells how far it is")
    parser.add_argument("--show", action="store_true", help="the last one that was asked for of this run")


def _export(parser: ArgumentParser) -> None:
    parser.add_argument("strategy", metavar="NAME", help="a saved strategy (NAME@3: its version 3)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .toml file (default: print it)")


def _import(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `export` wrote")
    _why(parser)


def _use(parser: ArgumentParser) -> None:
    parser.add_argument("strategy", nargs="?", metavar="NAME", help="the strategy to be put into use")
    parser.add_argument("--dataset", metavar="NAME", help="for these data's lists (default: all, to look)")
    parser.add_argument("--none", action="store_true", help="lists are the run's own again")
    parser.add_argument("--history", action="store_true", help="all there were, newest first")
    _why(parser)


def _worth(parser: ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="whose lists")
    parser.add_argument(
        "--run", metavar="RUN", help="the run that makes them (default: champion, or the best)"
    )
    parser.add_argument("--strategy", metavar="NAME", help="against today's (default: the last one saved)")
    parser.add_argument("--column", metavar="COLUMN", help="what an item brings (default: each counts as 1)")
    parser.add_argument("-k", type=int, default=10, help="length of the lists (default 10)")


ACTIONS: dict[str, tuple[str, Callable[[ArgumentParser], None]]] = {
    "save": ("Keep a strategy as the next version of its name.", _save),
    "list": ("List the saved strategies.", _list),
    "show": ("Show a strategy as TOML, or all its versions.", _show),
    "diff": ("Say how two strategies differ.", _diff),
    "check": ("Say what of a strategy cannot be kept with a run's data.", _about_a_run),
    "preview": ("Show one person's list before and after, with the reason for each move.", _preview),
    "effective": ("Say how much each part of a strategy really moves lists.", _effective),
    "frontier": ("Try many weights on held-out people: what each setting costs and buys.", _frontier),
    "worth": ("Say what a strategy brings per 1,000 lists against today's.", _worth),
    "use": ("Say which strategy is in use, or put one into use.", _use),
    "export": ("Write a strategy as TOML.", _export),
    "import": ("Keep the strategy of a TOML file.", _import),
}


def weight_of(text: str) -> tuple[str, float]:
    """The term and weight of `expected price=0.5`."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is not of the form TERM=WEIGHT, such as novelty=0.3") from None


def axis_of(text: str) -> tuple[str, tuple[float, ...]]:
    """The part and weights of `novelty=0,0.5,1`."""
    name, _, values = text.partition("=")
    try:
        return name.strip(), tuple(float(value) for value in values.split(","))
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is not of the form PART=W,W, such as novelty=0,0.5,1") from None


def gain_of(text: str) -> tuple[str, float]:
    """The measure and share of `coverage=20%`; 0.2 says the same."""
    name, _, value = text.partition("=")
    try:
        share = float(value.strip().removesuffix("%"))
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is not of the form MEASURE=20%, such as coverage=20%") from None
    return name.strip(), share / 100 if value.strip().endswith("%") else share

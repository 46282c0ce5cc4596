"""What can be typed after `recengine what-if` and `recengine champion`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from recengine.argument_parts import Commands, add_json, add_repeats

SEEDS = 3  # pairs of trainings, where a model draws lots


def add_what_if(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(
        "what-if",
        "Train a run again on other data or with other settings, and say what that does on the same test.",
        'recengine what-if lstm-4 --edit "drop people where age = 65+" --edit "from 2017-06-01"\n'
        '         recengine what-if ease-2 --edit "drop people where age = {*}" --background\n'
        '         recengine what-if lstm-4 --person 718 --edit "without 1082185"\n'
        "         recengine what-if --show what-if-7",
    )
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run that is asked about, such as lstm-4")
    parser.add_argument(
        "--edit",
        action="append",
        default=[],
        metavar="EDIT",
        help="what is to be otherwise; several hold together. {a|b} asks for a and for b in turn, {*} for "
        "each value of the column",
    )
    parser.add_argument(
        "--list", type=Path, metavar="FILE", help="a what-if a line, each done beside what --edit says"
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=SEEDS,
        metavar="N",
        help=f"pairs of trainings, to tell the edit from chance (default {SEEDS}; models that draw no lots "
        "need one)",
    )
    parser.add_argument(
        "--histories",
        choices=["kept", "edited"],
        default="kept",
        help="edited: the people in the test lose what the edits leave out too (default: kept)",
    )
    parser.add_argument(
        "--preview", action="store_true", help="only say what is left, and what could be found"
    )
    parser.add_argument("--background", action="store_true", help="do not wait; --show tells how far it is")
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="train on the Ray cluster at this address (auto: the one here)"
    )
    parser.add_argument(
        "--reasons",
        action="store_true",
        help="work out as well how the model's reasons differ (as long as a training, for neural models)",
    )
    parser.add_argument("--who", default="", help="who asks (default: your login)")
    parser.add_argument(
        "--person", metavar="ID", help="nothing is trained: one person's list, with their past edited"
    )
    parser.add_argument("-k", type=int, default=10, help="length of that list (default 10)")
    add_repeats(parser)
    _add_kept(parser)
    add_json(parser)


def _add_kept(parser: ArgumentParser) -> None:
    """What can be done with what-ifs that were asked before."""
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--all", action="store_true", help="list what was asked (of RUN, where one is named)")
    for verb, text in (
        ("show", "this what-if, or set of them, as it stands now"),
        ("stop", "stop it; what is done of it stays"),
        ("resume", "go on with it, here and now, or with --background behind the scenes"),
        ("delete", "forget it; the runs stay"),
    ):
        kept.add_argument(f"--{verb}", metavar="ID", help=text)


def add_champion(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(
        "champion",
        "Say which run is the champion of each dataset, or make one it.",
        'recengine champion lstm-4 --why "finds more, for two cents a day"',
    )
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run to be made the champion")
    parser.add_argument("--why", default="", help="the reason, for those who come after")
    parser.add_argument("--who", default="", help="who says so (default: your login)")
    parser.add_argument("--dataset", metavar="NAME", help="only this dataset's")
    parser.add_argument("--history", action="store_true", help="all there were, newest first")
    add_json(parser)

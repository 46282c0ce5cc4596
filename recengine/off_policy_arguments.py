"""What can be typed after `recengine learn off-policy`."""

from __future__ import annotations

from pathlib import Path

from recengine.argument_parts import Commands, add_json, words_of


def add_off_policy(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(
        "off-policy",
        "Say what a strategy that was never shown would have earned, from a log of another one.",
        "recengine learn off-policy --log shown.csv --new strategy.csv\n"
        "         recengine learn off-policy --with-run ease-2 --with-strategy fresh --earning purchases",
    )
    parser.set_defaults(verb="learn", act="off-policy")
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="what was shown, .csv or .parquet: a row a place with the columns list, person, item, position, "
        "propensity, reward (default: the lists shown here, with their feedback)",
    )
    parser.add_argument("--run", metavar="RUN", help="without --log: only lists of this run")
    parser.add_argument("--strategy", metavar="NAME", help="without --log: only lists of this strategy")
    parser.add_argument("--with-run", metavar="RUN", help="what would be shown: the lists of this run")
    parser.add_argument(
        "--with-strategy", metavar="NAME", help="under this saved strategy (name@2: version 2)"
    )
    parser.add_argument(
        "--new",
        type=Path,
        metavar="FILE",
        help="or what the new strategy would show there, in a file: list, position, item, and the chance of "
        "each if not 1",
    )
    parser.add_argument(
        "--earning",
        default="clicks",
        help="what a list earns: clicks (default), likes, purchases or revenue; with --log, any word for the "
        "rewards in it",
    )
    parser.add_argument(
        "--contexts",
        type=words_of,
        default=(),
        metavar="A,B",
        help="columns of the log that were known when a list was made",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the redraws (default 0)")
    add_json(parser)

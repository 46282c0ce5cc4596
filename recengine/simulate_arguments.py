"""What can be typed after `recengine simulate`."""

from __future__ import annotations

from pathlib import Path

from recengine.argument_parts import Commands, add_json, words_of


def add_simulate(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(
        "simulate",
        "Run two strategies side by side in a simulated world, whose people's tastes are known.",
        'recengine simulate shop "as the run" margin.toml\n'
        '         recengine simulate feed "as the run" "as the run" --models popularity,ease\n'
        "         recengine simulate shop exploring.toml --log shown.csv --events events.csv",
    )
    parser.add_argument("world", metavar="WORLD", help="shop, feed (a social feed) or courses (a catalogue)")
    parser.add_argument(
        "strategies",
        nargs="+",
        metavar="STRATEGY",
        help='two of them: a .toml file, a saved strategy (name or name@version), or "as the run"',
    )
    parser.add_argument(
        "--models",
        type=words_of,
        default=("ease",),
        metavar="A,B",
        help="what scores the items for each, learnt anew every night: one for both or one each (default "
        "ease); perfect knows the world's own tastes",
    )
    parser.add_argument("--days", type=int, default=30, help="simulated days (default 30)")
    parser.add_argument("--people", type=int, default=1000, help="people of each world (default 1000)")
    parser.add_argument(
        "--replicates",
        type=int,
        default=5,
        metavar="N",
        help="worlds, each drawn anew; intervals are over them (default 5)",
    )
    parser.add_argument("-k", type=int, default=10, help="length of the lists (default 10)")
    parser.add_argument("--seed", type=int, default=0, help="which worlds (default 0)")
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="compare nothing, but write what the first strategy showed in one world: a row a place with its "
        "propensity, reward and true value, as `recengine learn off-policy --log` reads it (.csv, .parquet)",
    )
    parser.add_argument("--events", type=Path, metavar="FILE", help="with --log: the feedback as events")
    parser.add_argument(
        "--new",
        type=Path,
        metavar="FILE",
        help="with --log: what the second strategy would have shown on the same lists, with its true value",
    )
    add_json(parser)

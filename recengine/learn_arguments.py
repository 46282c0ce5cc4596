"""What can be typed after `recengine learn`."""

from __future__ import annotations

from recengine.argument_parts import Commands, add_json, add_repeats, words_of
from recengine.off_policy_arguments import add_off_policy


def add_learn(commands: Commands) -> None:
    """The command and its verbs."""
    parser = commands.add("learn", "Learn from what people did with lists they were shown.")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for add in (_add_status, _add_update, _add_drift, _add_prequential, add_off_policy):
        add(Commands(verbs))


def _add_status(commands: Commands) -> None:
    parser = commands.add(
        "status",
        "Say how much feedback a run has not learnt from; of an updated run, how it did against its base.",
        "recengine learn status ease-2",
    )
    parser.set_defaults(verb="learn", act="status")
    parser.add_argument("run", metavar="RUN", help="a finished run")
    add_json(parser)


def _add_update(commands: Commands) -> None:
    parser = commands.add(
        "update",
        "Bring a run up to date with all feedback there is, and hold it against its base on the same test.",
        "recengine learn update ease-2\n         recengine learn update lstm-4 --how full --background",
    )
    parser.set_defaults(verb="learn", act="update")
    parser.add_argument("run", metavar="RUN", help="the run to go on from; it stays as it is")
    parser.add_argument(
        "--how",
        choices=["incremental", "full"],
        default="incremental",
        help="incremental: go on from what was learnt (default). full: train from the start",
    )
    parser.add_argument("--adopt", metavar="WHO", help="make it the champion, unless it did worse")
    parser.add_argument("--background", action="store_true", help="queue it and do not wait")
    add_json(parser)


def _add_drift(commands: Commands) -> None:
    parser = commands.add(
        "drift",
        "Say whether the lists of a run that were shown have become worse, and since when.",
        "recengine learn drift ease-2",
    )
    parser.set_defaults(verb="learn", act="drift")
    parser.add_argument("run", metavar="RUN", help="the run whose lists were shown")
    add_json(parser)


def _add_prequential(commands: Commands) -> None:
    parser = commands.add(
        "prequential",
        "Compare ways of learning day by day: test on the day, then learn from it.",
        "recengine learn prequential --dataset grocery --days 60\n"
        "         recengine learn prequential --dataset grocery --model ials --ways incremental,nightly",
    )
    parser.set_defaults(verb="learn", act="prequential")
    parser.add_argument("--dataset", required=True, metavar="NAME", help="an imported dataset")
    parser.add_argument("--model", default="ease", help="a model on the shelf (default ease)")
    parser.add_argument(
        "--set", action="append", nargs="+", metavar="FIELD=VALUE", help="a setting of the model"
    )
    parser.add_argument("--days", type=int, default=60, help="the last so many days (default 60)")
    parser.add_argument(
        "--ways",
        type=words_of,
        default=("incremental", "nightly", "frozen", "popularity"),
        metavar="A,B",
        help="of incremental, nightly, frozen and popularity (default: all four)",
    )
    parser.add_argument(
        "--people", type=int, default=500, metavar="N", help="at most so many are asked a day (default 500)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the model and the draw of people (default 0)")
    add_repeats(parser)
    add_json(parser)
